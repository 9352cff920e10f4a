"""/accounts/: sign-in, passwords and second factors.

allauth's addresses are listed one by one, so that what it adds in a later version isn't open by itself.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse_lazy
from django.views.generic import RedirectView

from apps.accounts.views import answer_422, as_one, closed, unkept

# /accounts/: in and out
ENTRANCE = [
    path("login/", answer_422(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", answer_422(account.reauthenticate), name="account_reauthenticate"),
]
# /accounts/password/
PASSWORDS = [
    path("password/change/", as_one(answer_422(account.password_change)), name="account_change_password"),
    path("password/reset/", answer_422(account.password_reset), name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        unkept(as_one(answer_422(account.password_reset_from_key))),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
# /accounts/2fa/
SECOND_FACTORS = [
    path("2fa/", factor.index, name="mfa_index"),
    path("2fa/authenticate/", answer_422(factor.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", answer_422(factor.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", unkept(as_one(answer_422(totp.activate_totp))), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", as_one(answer_422(totp.deactivate_totp)), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", unkept(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        as_one(answer_422(recovery.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
]
# Accounts come by invitation, and an address is changed by support. allauth's code reverses these names.
CLOSED = [
    path("signup/", closed, name="account_signup"),
    path("email/", closed, name="account_email"),
    path("confirm-email/", closed, name="account_email_verification_sent"),
    path("password/set/", closed, name="account_set_password"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include([*ENTRANCE, *PASSWORDS, *SECOND_FACTORS, *CLOSED])),
    # The admin's own page would change a password without a line in the audit record.
    path("admin/password_change/", RedirectView.as_view(url=reverse_lazy("account_change_password"))),
]
