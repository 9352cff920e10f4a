"""allauth's forms in our words: labels, autocomplete hints and no placeholders."""

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts


def describe(form: forms.BaseForm, **labels: str) -> None:
    """Give fields their labels and take the placeholders away, which would repeat them."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = labels.get(name, field.label)


def password_rules() -> str:
    """The rules for a new password as one line of help."""
    return " ".join(password_validators_help_texts())


class LoginForm(AllauthLoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(self, login="E-mail", password="Password")
        self.fields["password"].help_text = ""


class ReauthenticateForm(AllauthReauthenticateForm):
    """The password of the person who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(self, password="Password")
        self.fields["password"].help_text = ""


class ResetPasswordForm(AllauthResetPasswordForm):
    """The address that the link goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(self, email="E-mail")


class ResetPasswordKeyForm(AllauthResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(self, password1="New password", password2="New password again")
        self.fields["password1"].help_text = password_rules()


class ChangePasswordForm(AllauthChangePasswordForm):
    """The password of now, and a new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe(
            self,
            oldpassword="Current password",
            password1="New password",
            password2="New password again",
        )
        self.fields["password1"].help_text = password_rules()
