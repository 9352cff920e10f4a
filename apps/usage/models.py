"""The ledger of calls and the counters derived from it. Ids and names, no foreign keys: history outlives a client."""

from django.db import models

from apps.usage.classes import CallClass
from apps.usage.levels import Level
from apps.usage.querysets import CallQuerySet


class Call(models.Model):
    """One request to the API. No body, no query string, no value that a caller sent."""

    tenant_id = models.UUIDField()
    client_id = models.UUIDField()
    client_name = models.CharField(max_length=120, blank=True)
    credential_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    customer_kind = models.CharField(max_length=8, blank=True)
    method = models.CharField(max_length=8)
    endpoint = models.CharField(max_length=80, help_text="The name of the route, not the path.")
    status = models.PositiveSmallIntegerField()
    call_class = models.CharField("class", max_length=10, choices=CallClass)
    reason = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    error_field = models.CharField(max_length=120, blank=True)
    address = models.GenericIPAddressField(null=True)
    ms = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    request_id = models.CharField(max_length=64, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("tenant_id", "received_at"), name="usage_call_tenant"),
            models.Index(fields=("tenant_id", "client_id", "received_at"), name="usage_call_client"),
            models.Index(fields=("credential_id", "received_at"), name="usage_call_credential"),
            models.Index(fields=("tenant_id", "recorded_at"), name="usage_call_recorded"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.status}"


class Counter(models.Model):
    """How many calls of one kind a quarter of an hour had. Derived: `apps.usage.counters` writes it, nobody else.

    `kept` counts the calls that are still in the ledger and is recomputed whole; `pruned` counts those that retention
    has removed and only grows. A quarter is the number of quarter hours since 1970 in UTC: every zone's Monday
    midnight falls on one.
    """

    tenant_id = models.UUIDField()
    quarter = models.IntegerField()
    client_id = models.UUIDField()
    endpoint = models.CharField(max_length=80)
    status = models.PositiveSmallIntegerField()
    call_class = models.CharField(max_length=10, choices=CallClass)
    kept = models.PositiveIntegerField(default=0)
    pruned = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("tenant_id", "client_id", "quarter"), name="usage_counter_client"),)
        constraints = (
            models.UniqueConstraint(
                fields=("tenant_id", "quarter", "client_id", "endpoint", "status", "call_class"),
                name="usage_counter_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kept + self.pruned} x {self.endpoint} {self.status}"


class DaySum(models.Model):
    """What the counters of a tenant's local day add up to. Derived from them, so that a page reads 96 times less.

    A day that has no row is read from the counters; one whose counters change loses its rows, of all levels. The day is
    the span of quarter hours from `start` up to `stop`, so a change of zone makes other days of it. What a level does
    not tell apart is empty in it.
    """

    tenant_id = models.UUIDField()
    start = models.IntegerField()
    stop = models.IntegerField()
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.DETAIL)
    client_id = models.UUIDField()
    endpoint = models.CharField(max_length=80)
    status = models.PositiveSmallIntegerField()
    call_class = models.CharField(max_length=10, choices=CallClass)
    calls = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                # The level comes early: which days there are is read off the few rows of one level.
                fields=(
                    "tenant_id",
                    "level",
                    "start",
                    "stop",
                    "client_id",
                    "endpoint",
                    "status",
                    "call_class",
                ),
                name="usage_daysum_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.calls} x {self.endpoint} {self.status}"


class CountedTo(models.Model):
    """One row: the counters hold exactly the calls recorded before this instant. Its lock is the counters' lock."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.at.isoformat()
