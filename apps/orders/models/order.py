"""An order in either direction, its lines, and the history of its status."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from apps.core.models import Entity
from apps.customers.models import Customer
from apps.orders.fields import json_field, quantity_field
from apps.orders.models.catalogue import Product
from apps.orders.querysets import OrderQuerySet
from apps.tenants.models import Tenant, Warehouse


class Direction(models.TextChoices):
    """Outbound is a sale order, inbound a purchase order."""

    OUTBOUND = "OUTBOUND", "Outbound"
    INBOUND = "INBOUND", "Inbound"


class Status(models.TextChoices):
    """Where an order is (partner_api §6); the words of the wire."""

    DRAFT = "DRAFT", "Draft"
    AWAITING_STOCK = "AWAITING_STOCK", "Awaiting stock"
    AWAITING_PICK_AND_PACK = "AWAITING_PICK_AND_PACK", "Awaiting pick and pack"
    PACKING_IN_PROGRESS = "PACKING_IN_PROGRESS", "Packing in progress"
    PACKED = "PACKED", "Packed"
    DISPATCHED = "DISPATCHED", "Dispatched"
    NOT_YET_RECEIVED = "NOT_YET_RECEIVED", "Not yet received"
    RECEIVED = "RECEIVED", "Received"
    VERIFIED = "VERIFIED", "Verified"
    ALLOCATED = "ALLOCATED", "Allocated"
    CANCELLED = "CANCELLED", "Cancelled"
    REJECTED = "REJECTED", "Rejected"


class Allocation(models.TextChoices):
    """How an order finds its warehouse and stock; the last two are a channel's choice."""

    STANDARD = "standard", "Standard"
    SMART = "smart", "Smart Allocation"
    MANUAL = "manual", "Manual"


class LineState(models.TextChoices):
    """In what state the goods of an inbound line arrived."""

    OK = "OK", "OK"
    RECEIVED_DAMAGED = "RECEIVED_DAMAGED", "Received damaged"
    MISSING = "MISSING", "Missing"
    QUARANTINE = "QUARANTINE", "Quarantine"
    DAMAGED_BY_CARRIER = "DAMAGED_BY_CARRIER", "Damaged by carrier"
    DAMAGED = "DAMAGED", "Damaged"
    LOST = "LOST", "Lost"


class Order(Entity):
    """One order. `details`, `references` and `properties` are the caller's own members, in the form of the wire.

    `created` and `modified` are set by the services, from one reading of the clock.
    """

    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="orders")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, null=True, blank=True, related_name="orders")
    warehouse_requested = models.BooleanField(
        default=False, help_text="Whether the caller named the warehouse."
    )
    direction = models.CharField(max_length=8, choices=Direction)
    status = models.CharField(max_length=24, choices=Status)
    version = models.PositiveIntegerField(default=1)
    reference = models.CharField(max_length=255)
    part = models.PositiveSmallIntegerField(
        default=1, help_text="2 for what was split off for lack of stock."
    )
    numeric_id = models.CharField("Number", max_length=20)
    details = json_field()
    references = json_field()
    properties = json_field()
    errors = json_field(list)
    defaulted = json_field(list)
    weight = quantity_field(null=True, blank=True)
    cubic = quantity_field(null=True, blank=True)
    allocation = models.CharField(max_length=16, choices=Allocation, default=Allocation.STANDARD)
    allocation_note = models.CharField(max_length=300, blank=True)
    channel_client_id = models.UUIDField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, help_text="Who made it: a client or a person.")
    packed_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "direction", "reference", "part"),
                name="orders_order_reference",
            ),
            models.UniqueConstraint(
                fields=("customer", "direction", "numeric_id"),
                name="orders_order_numeric_id",
            ),
        )
        indexes = (
            # A search counts and orders its rows from one of these alone; the last columns are there to be read,
            # so that narrowing by status, customer or warehouse does not have to look at the table.
            models.Index(
                fields=(
                    "tenant",
                    "direction",
                    "created",
                    "id",
                    "status",
                    "customer",
                    "warehouse",
                    "modified",
                ),
                name="orders_order_created",
            ),
            models.Index(
                fields=("tenant", "direction", "status", "created", "id", "customer", "warehouse"),
                name="orders_order_status",
            ),
            models.Index(
                fields=(
                    "tenant",
                    "direction",
                    "modified",
                    "created",
                    "id",
                    "status",
                    "customer",
                    "warehouse",
                ),
                name="orders_order_modified",
            ),
            models.Index(
                fields=("customer", "direction", "created", "id", "status", "warehouse"),
                name="orders_order_customer",
            ),
            # The number of rows of a span of time, from a third of the pages that the first one would take.
            models.Index(fields=("tenant", "direction", "created"), name="orders_order_span"),
            # As the search compares texts: without regard to case.
            models.Index("tenant", "direction", Upper("reference"), name="orders_order_reference_key"),
            models.Index(fields=("tenant", "direction", "numeric_id"), name="orders_order_number"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_outbound(self) -> bool:
        """Whether goods leave."""
        return self.direction == Direction.OUTBOUND

    @property
    def entity_type(self) -> str:
        """What its webhook events are named after."""
        return "outbound-order" if self.is_outbound else "inbound-order"


class OrderLine(Entity):
    """One line. A line of a rejected order may name a product that does not exist: `product_sent` is what came."""

    created = None  # type: ignore[assignment]  # A line is as old as its order.
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="order_lines")
    product_sent = json_field()
    unit = models.CharField("Unit of measure", max_length=32, blank=True)
    unit_name = models.CharField(max_length=64, blank=True)
    quantity = quantity_field(help_text="In the line's unit.")
    base_quantity = quantity_field(default=0)
    allocated = quantity_field(default=0, help_text="Base units held in the warehouse.")
    state = models.CharField(max_length=24, choices=LineState, blank=True)
    unit_price = json_field()
    properties = json_field()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("order", "position"), name="orders_line_position"),
            models.CheckConstraint(condition=Q(allocated__gte=0), name="orders_line_allocated"),
        )

    def __str__(self) -> str:
        return f"{self.position} of {self.order}"


class Change(models.Model):
    """One step in the life of an order or a consignment: who, when, from what to what, why."""

    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)

    class Meta:
        abstract = True
        ordering = ("id",)


class StatusChange(Change):
    """One step in an order's life."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="changes")
    before = models.CharField(max_length=24, choices=Status, blank=True)
    after = models.CharField(max_length=24, choices=Status)

    def __str__(self) -> str:
        return f"{self.order}: {self.get_after_display()}"
