"""Closed weeks. Their tables are append-only in the database itself (migration 0002)."""

from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from apps.billing.pricing import Inclusion, Price
from apps.billing.querysets import StatementQuerySet
from apps.core.models import Entity
from apps.core.weeks import Week
from apps.tenants.models import Tenant


class Statement(Entity):
    """The closed account of one tenant's week. It never changes: late calls go on a later one, as adjustments."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="statements")
    monday = models.DateField(help_text="The local date of the Monday on which the week began.")
    week_start = models.DateTimeField()
    week_end = models.DateTimeField()
    zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    included = models.PositiveBigIntegerField()
    # Unknown of the weeks that were closed before statements said where the inclusion comes from.
    calls_per_unit = models.PositiveSmallIntegerField(null=True)
    consignments = models.PositiveIntegerField(null=True)
    warehouse_orders = models.PositiveIntegerField(null=True)
    billable = models.PositiveBigIntegerField()
    excess = models.PositiveBigIntegerField()
    price_minor = models.PositiveIntegerField()
    charge_minor = models.PositiveBigIntegerField()
    adjusted_minor = models.BigIntegerField(default=0, help_text="Late calls of earlier weeks, in cents.")
    credited_minor = models.PositiveBigIntegerField(
        default=0, help_text="Credits given by support, in cents."
    )
    refused = models.PositiveBigIntegerField(default=0)
    throttled = models.PositiveBigIntegerField(default=0)
    our_errors = models.PositiveBigIntegerField(default=0)
    sandbox = models.PositiveBigIntegerField(default=0)
    days = models.JSONField(help_text="Billable calls by local date.")
    closed_at = models.DateTimeField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of everything the statement says.")

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ("-week_start",)
        constraints = (
            models.UniqueConstraint(fields=("tenant", "week_start"), name="billing_statement_one_a_week"),
            models.CheckConstraint(
                condition=Q(week_end__gt=F("week_start")), name="billing_statement_week_has_length"
            ),
            models.CheckConstraint(
                condition=Q(charge_minor=F("excess") * F("price_minor")), name="billing_statement_adds_up"
            ),
        )

    def __str__(self) -> str:
        return f"week of {self.monday:%Y-%m-%d}"

    @property
    def week(self) -> Week:
        """The span of time that the statement is about."""
        return Week(self.week_start, self.week_end, ZoneInfo(self.zone))

    @property
    def total_minor(self) -> int:
        """What is to be paid, in cents; below zero where credits are higher than the charge."""
        return self.charge_minor + self.adjusted_minor - self.credited_minor

    @property
    def inclusion(self) -> Inclusion | None:
        """Where the number of included calls comes from, if the statement says it."""
        if self.calls_per_unit is None or self.consignments is None or self.warehouse_orders is None:
            return None
        return Inclusion(self.calls_per_unit, self.consignments, self.warehouse_orders)

    @property
    def price(self) -> Price:
        """The calculation of the week."""
        return Price(included=self.included, billable=self.billable, price_minor=self.price_minor)


class StatementLine(models.Model):
    """One client's part of a statement. Id and name, no foreign key: it outlives the client."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    api_client_id = models.UUIDField()
    client_id = models.CharField("Client ID", max_length=100)
    name = models.CharField(max_length=120)
    billable = models.PositiveBigIntegerField()
    charge_minor = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("name", "client_id")
        constraints = (
            models.UniqueConstraint(fields=("statement", "api_client_id"), name="billing_line_one_a_client"),
        )

    def __str__(self) -> str:
        return self.name


class Adjustment(models.Model):
    """Late calls of a week that was closed before, on the statement closed next."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="adjustments")
    corrects = models.ForeignKey(Statement, models.PROTECT, related_name="corrections")
    calls = models.BigIntegerField(help_text="Billable calls that came late.")
    charge_minor = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("corrects__week_start",)
        constraints = (
            models.UniqueConstraint(fields=("statement", "corrects"), name="billing_adjustment_once"),
        )

    def __str__(self) -> str:
        return f"{self.calls} late calls of the {self.corrects}"


class Credit(models.Model):
    """Money that support gives a tenant, with the reason. It stands on the statement that is closed next."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="credits")
    amount_minor = models.PositiveBigIntegerField(help_text="In cents.")
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=254)
    form_key = models.UUIDField(
        unique=True, default=uuid4, help_text="One form gives one credit, sent twice or not."
    )

    class Meta:
        ordering = ("given_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="billing_credit_is_an_amount"),
        )

    def __str__(self) -> str:
        return f"credit to {self.tenant}"


class CreditLine(models.Model):
    """That a credit stands on a statement. A row of its own, so that neither of the two ever changes."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="credits")
    credit = models.OneToOneField(Credit, models.PROTECT, related_name="line")

    class Meta:
        ordering = ("credit__given_at", "credit_id")

    def __str__(self) -> str:
        return str(self.credit)


class Alert(models.Model):
    """That a tenant was told once in a week how much of the inclusion is used; inserting the row claims the telling."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="usage_alerts")
    week_start = models.DateTimeField()
    percent = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "week_start", "percent"), name="billing_alert_once_a_week"
            ),
        )

    def __str__(self) -> str:
        return f"{self.percent} % in the week from {self.week_start:%Y-%m-%d}"
