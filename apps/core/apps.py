"""The Django app of what knows no domain."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, register
from django.core.exceptions import ImproperlyConfigured

from apps.core import checks, sealing


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Refuse to start with sealing keys that can't be used, before anything is sealed or fails to open.

        What is only unwise is said by Django's checks.
        """
        try:
            sealing.parse_keys(settings.SEALING_KEYS)
        except ValueError as error:
            raise ImproperlyConfigured(str(error)) from None
        register(checks.trusts_everybody, Tags.security)
        register(checks.trusts_look_alikes, Tags.security, deploy=True)
