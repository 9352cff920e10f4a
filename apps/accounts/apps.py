from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    default = True
    name = "apps.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what writes sign-ins and second factors into the audit record."""
        from apps.accounts import receivers  # noqa: F401, PLC0415  # models have to be loaded first


class SupportDeskConfig(admin_apps.AdminConfig):
    """Stands in for django.contrib.admin in INSTALLED_APPS."""

    default = False
    default_site = "apps.accounts.desk.SupportDesk"
