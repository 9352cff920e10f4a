"""Billing: statements and usage reports."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Hands the request log its look-ups when the process starts."""

    name = "apps.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Provide the names of clients and customers to the app below that shows them."""
        from apps.billing import labels  # noqa: PLC0415  # models are not loaded before this point
        from apps.usage.labels import provide  # noqa: PLC0415

        provide(clients=labels.clients, customers=labels.customers)
