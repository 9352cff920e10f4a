"""Writes to API clients and their credentials: every one locks, checks, acts and records in one transaction.

Locks are taken in one order, tenant, client, audit chain, and never the other way round.
"""

from apps.clients.services.channels import (
    ChannelInput,
    confirm_channel,
    create_channel,
    remove_abandoned,
    reseal,
    unconfirmed,
    update_channel,
)
from apps.clients.services.clients import (
    Change,
    ClientInput,
    changes_of,
    create_client,
    deactivate_clients,
    delete_client,
    revoke_client,
    set_active,
    update_client,
)
from apps.clients.services.credentials import (
    OVERLAPS,
    finish_rotation,
    generate_credentials,
    keep_old,
    revoke_credential,
)
from apps.clients.services.drafts import discard_draft, remove_old_drafts, save_draft, try_webhook
from apps.clients.services.gateway import MOST_RULES, create_rule, delete_rule, update_rule
from apps.clients.services.legacy import import_legacy, import_legacy_keys
from apps.clients.services.problems import (
    AlreadyDone,
    LimitReached,
    NotIncluded,
    Outdated,
)
from apps.clients.services.results import Issued
from apps.clients.services.tokens import (
    create_access,
    create_bearer,
    username_from,
)

__all__ = [
    "MOST_RULES",
    "OVERLAPS",
    "AlreadyDone",
    "Change",
    "ChannelInput",
    "ClientInput",
    "Issued",
    "LimitReached",
    "NotIncluded",
    "Outdated",
    "changes_of",
    "confirm_channel",
    "create_access",
    "create_bearer",
    "create_channel",
    "create_client",
    "create_rule",
    "deactivate_clients",
    "delete_client",
    "delete_rule",
    "discard_draft",
    "finish_rotation",
    "generate_credentials",
    "import_legacy",
    "import_legacy_keys",
    "keep_old",
    "remove_abandoned",
    "remove_old_drafts",
    "reseal",
    "revoke_client",
    "revoke_credential",
    "save_draft",
    "set_active",
    "try_webhook",
    "unconfirmed",
    "update_channel",
    "update_client",
    "update_rule",
    "username_from",
]
