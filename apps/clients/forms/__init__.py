"""The forms of API clients and their credentials."""

from apps.clients.forms.channels import ChannelEditForm, ChannelForm
from apps.clients.forms.client import ClientForm
from apps.clients.forms.credentials import ConfirmForm, GenerateForm, IdentifyForm, SavedForm
from apps.clients.forms.gateway import RuleForm, TestForm
from apps.clients.forms.other_kinds import AccessForm, BearerForm

__all__ = [
    "AccessForm",
    "BearerForm",
    "ChannelEditForm",
    "ChannelForm",
    "ClientForm",
    "ConfirmForm",
    "GenerateForm",
    "IdentifyForm",
    "RuleForm",
    "SavedForm",
    "TestForm",
]
