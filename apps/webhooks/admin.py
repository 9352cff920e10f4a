"""What support staff see of webhooks: endpoints and deliveries, never a key or a token."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin, ReadOnlyInline
from apps.webhooks.models import Attempt, Delivery, Endpoint, Event


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Endpoints and how they fare."""

    list_display = ("name", "tenant", "url", "state", "failing_since", "last_success_at")
    list_filter = ("state",)
    list_select_related = ("tenant",)
    search_fields = ("name", "url", "tenant__name")
    # Named one by one, so that a sealed column that is added later does not show by itself.
    fields = (
        "tenant",
        "name",
        "url",
        "key_number",
        "previous_key_until",
        "events",
        "customer_ids",
        "client_id",
        "strict_order",
        "state",
        "disabled_reason",
        "disabled_at",
        "failing_since",
        "days_warned",
        "last_success_at",
    )


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Events as their receivers are told."""

    list_display = ("name", "reference", "tenant", "sequence", "is_test", "created")
    list_filter = ("name", "is_test")
    list_select_related = ("tenant",)
    search_fields = ("message_id", "reference", "entity_id")


class AttemptInline(ReadOnlyInline):
    """The attempts of a delivery."""

    model = Attempt
    fields = ("number", "at", "status", "error", "ms", "address", "retry_at", "request_headers", "answer")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Deliveries with every attempt."""

    list_display = ("event", "endpoint", "tenant", "state", "attempt", "due", "finished_at")
    list_filter = ("state",)
    list_select_related = ("event__tenant", "endpoint")
    search_fields = ("event__message_id", "event__reference", "endpoint__name", "event__tenant__name")
    fields = ("event", "body", "endpoint", "state", "attempt", "tries", "due", "lease_until", "finished_at")
    readonly_fields = ("body",)
    inlines = (AttemptInline,)

    @admin.display(ordering="event__tenant__name")
    def tenant(self, delivery: Delivery) -> str:
        """Whose it is."""
        return str(delivery.event.tenant)

    @admin.display()
    def body(self, delivery: Delivery) -> str:
        """What is sent."""
        return str(delivery.event.body)
