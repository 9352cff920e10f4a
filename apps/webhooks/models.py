"""Where events go, the events themselves (the outbox), and each attempt to deliver one."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from apps.core.models import Entity
from apps.core.names import name_key
from apps.tenants.models import Tenant
from apps.tenants.querysets import TenantQuerySet
from apps.webhooks.events import LABELS
from apps.webhooks.querysets import DeliveryQuerySet, EndpointQuerySet

# An endpoint that has failed for so long is disabled.
GIVE_UP_AFTER = timedelta(days=5)


class EndpointState(models.TextChoices):
    """Whether an endpoint is sent to."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled"
    REMOVED = "removed", "Removed"


class Endpoint(Entity):
    """A URL that receives events: a channel's (`client_id` set) or the tenant's.

    The Auth Token and the signing keys are sealed, because we show them to the receiver; ids of customers and of the
    channel's client are plain ids, since those apps stand above this one.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="webhook_endpoints")
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    url = models.CharField("Webhook URL", max_length=500)
    auth_token_sealed = models.TextField(blank=True)
    signing_key_sealed = models.TextField()
    key_number = models.PositiveIntegerField(default=1, editable=False)
    previous_key_sealed = models.TextField(blank=True)
    previous_key_until = models.DateTimeField(null=True)
    events = models.JSONField(default=list, blank=True, help_text="Names of events; none means all.")
    customer_ids = models.JSONField(default=list, blank=True, help_text="Ids of customers; none means all.")
    client_id = models.UUIDField(null=True)
    strict_order = models.BooleanField(
        default=False, help_text="Later events of an order wait until the earlier ones are delivered."
    )
    state = models.CharField(max_length=16, choices=EndpointState, default=EndpointState.ACTIVE)
    disabled_reason = models.CharField(max_length=300, blank=True)
    disabled_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True, help_text="The first failure after the last success.")
    days_warned = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="After how many days of failing the last mail went out."
    )
    last_success_at = models.DateTimeField(null=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("name_key",)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "name_key"),
                # A channel's endpoint has the channel's name, which nobody chose for the endpoint.
                condition=~Q(state=EndpointState.REMOVED) & Q(client_id=None),
                name="webhooks_endpoint_name",
            ),
            models.UniqueConstraint(
                fields=("client_id",),
                condition=~Q(state=EndpointState.REMOVED),
                name="webhooks_endpoint_one_a_channel",
            ),
        )
        indexes = (
            models.Index(
                fields=("failing_since",),
                condition=Q(state=EndpointState.ACTIVE, failing_since__isnull=False),
                name="webhooks_endpoint_failing",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that makes names unique in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Model.save's own signature

    @property
    def gives_up_at(self) -> datetime | None:
        """When it is disabled if no delivery succeeds before."""
        return self.failing_since + GIVE_UP_AFTER if self.failing_since else None

    def wants(self, event: str, customer_id: Any, channel_client_id: Any) -> bool:
        """Say whether an event of this name, customer and channel goes here."""
        if self.client_id and str(self.client_id) != str(channel_client_id):
            return False
        if self.events and event not in self.events:
            return False
        if customer_id is None and event in self.events:
            # It is about the whole organisation, such as its allowance, and was asked for by name.
            return True
        return not self.customer_ids or str(customer_id) in self.customer_ids


class Event(models.Model):
    """Something that happened, as its receivers are told: the body is the entity as GET returns it."""

    message_id = models.CharField(max_length=40, unique=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="webhook_events", db_index=False)
    name = models.CharField(max_length=64)
    entity_type = models.CharField(max_length=32)
    entity_id = models.UUIDField()
    reference = models.CharField(max_length=255, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    customer_id = models.UUIDField(null=True)
    body = models.TextField()
    is_test = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=("tenant", "reference"), name="webhooks_event_reference"),)

    def __str__(self) -> str:
        return f"{self.name} {self.reference or self.entity_id}"

    @property
    def label(self) -> str:
        """What lists call it; an event without a word of its own goes by its name."""
        return LABELS.get(self.name, self.name)


class DeliveryState(models.TextChoices):
    """How far the delivery of one event to one endpoint is."""

    PENDING = "pending", "Waiting"
    SENDING = "sending", "Being sent"
    HELD = "held", "Held back"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)
FINISHED = (DeliveryState.DELIVERED, DeliveryState.FAILED)


class Delivery(models.Model):
    """One event on its way to one endpoint. A worker claims it by lease; `attempt` fences a late finisher.

    `attempt` counts claims and never falls. `tries` counts the failures of the current round, so that a claim which a
    dead worker lost costs no place in the schedule and a resent event begins with all of it. What an endpoint can't
    get now, because it is paused or disabled, is held: nothing that can't be sent is among what is due.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    entity_id = models.UUIDField()
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="When it was delivered, or failed for good.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(fields=("event", "endpoint"), name="webhooks_delivery_once"),
            models.UniqueConstraint(
                fields=("endpoint", "entity_id"),
                condition=Q(state=DeliveryState.SENDING),
                name="webhooks_delivery_one_in_flight",
            ),
        )
        indexes = (
            models.Index(
                fields=("due", "id"), condition=Q(state=DeliveryState.PENDING), name="webhooks_delivery_due"
            ),
            models.Index(fields=("entity_id", "endpoint"), name="webhooks_delivery_entity"),
            models.Index(fields=("endpoint", "state", "finished_at"), name="webhooks_delivery_state"),
            models.Index(fields=("endpoint", "-id"), name="webhooks_delivery_endpoint"),
        )

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"

    @property
    def badge(self) -> str:
        """The name of the look of its state: pages call what is pending waiting."""
        return "waiting" if self.state == DeliveryState.PENDING else str(self.state)

    @property
    def may_be_resent(self) -> bool:
        """Whether it is finished and its endpoint is still there."""
        return self.state in FINISHED and self.endpoint.state != EndpointState.REMOVED


class Attempt(models.Model):
    """One try: what was sent, what was answered and how long it took, or why nothing was."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts", db_index=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    ms = models.PositiveIntegerField(default=0)
    address = models.GenericIPAddressField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    request_headers = models.JSONField(default=dict, help_text="As sent, without Authorization.")
    answer = models.TextField(blank=True, help_text="The first 4 KiB of the answer's body.")
    retry_at = models.DateTimeField(null=True, help_text="When it is tried again after a failure.")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("delivery", "number"), name="webhooks_attempt_once"),)
        indexes = (models.Index(fields=("endpoint", "-at"), name="webhooks_attempt_recent"),)

    def __str__(self) -> str:
        return f"Attempt {self.number}: {self.status or self.error}"

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300
