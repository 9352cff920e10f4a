"""What belongs to orders: consignments, promotions, documents, report runs."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from apps.core.models import Entity
from apps.core.names import name_key
from apps.customers.models import Customer
from apps.orders.fields import json_field, quantity_field
from apps.orders.models.catalogue import Product
from apps.orders.models.order import Change, Order
from apps.orders.querysets import ChildQuerySet, OrderQuerySet
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet


class ConsignmentStatus(models.TextChoices):
    """Where a transport job is (partner_api §6)."""

    DRAFT = "DRAFT", "Draft"
    AWAITING_PICKUP = "AWAITING_PICKUP", "Awaiting pickup"
    AWAITING_POINT_TO_POINT_PICKUP = (
        "AWAITING_POINT_TO_POINT_PICKUP",
        "Awaiting point to point pickup",
    )
    AWAITING_SALE_ORDER_PACKING = (
        "AWAITING_SALE_ORDER_PACKING",
        "Awaiting sale order packing",
    )
    AWAITING_DROPOFF = "AWAITING_DROPOFF", "Awaiting drop-off"
    IN_TRANSIT_PICKUP_WAREHOUSE = (
        "IN_TRANSIT_PICKUP_WAREHOUSE",
        "In transit to the warehouse",
    )
    IN_WAREHOUSE = "IN_WAREHOUSE", "In warehouse"
    WITH_ON_FORWARDER = "WITH_ON_FORWARDER", "With on-forwarder"
    IN_TRANSIT_WAREHOUSE_DELIVERY = (
        "IN_TRANSIT_WAREHOUSE_DELIVERY",
        "In transit to delivery",
    )
    IN_TRANSIT_PICK_DELIVERY = (
        "IN_TRANSIT_PICK_DELIVERY",
        "In transit from pickup to delivery",
    )
    COLLECTED = "COLLECTED", "Collected"
    DELIVERED = "DELIVERED", "Delivered"
    POINT_TO_POINT_DELIVERED = "POINT_TO_POINT_DELIVERED", "Point to point delivered"
    CANCELLED = "CANCELLED", "Cancelled"


class ConsignmentType(models.TextChoices):
    """What kind of transport job it is."""

    DELIVERY = "DELIVERY", "Delivery"
    DUPLICATE = "DUPLICATE", "Duplicate"
    RETURNED = "RETURNED", "Returned"
    PICKUP = "PICKUP", "Pickup"
    POINT_TO_POINT = "POINT_TO_POINT", "Point to point"
    PICKUP_DELIVERY = "PICKUP_DELIVERY", "Pickup and delivery"
    WAREHOUSE_FULFILMENT = "WAREHOUSE_FULFILMENT", "Warehouse fulfilment"


class Consignment(Entity):
    """A transport job (partner_api §4.7); one made from a sale order names it."""

    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="consignments")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consignments")
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, null=True, blank=True, related_name="consignments"
    )
    order = models.ForeignKey(Order, models.CASCADE, null=True, blank=True, related_name="consignments")
    status = models.CharField(max_length=32, choices=ConsignmentStatus)
    type = models.CharField(max_length=24, choices=ConsignmentType, default=ConsignmentType.DELIVERY)
    version = models.PositiveIntegerField(default=1)
    reference = models.CharField(max_length=255)
    tracking = models.CharField(max_length=255, blank=True)
    numeric_id = models.CharField("Number", max_length=20)
    details = json_field()
    references = json_field()
    properties = json_field()
    measures = json_field()
    items = json_field(list)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")
        constraints = (
            models.UniqueConstraint(fields=("customer", "numeric_id"), name="orders_consignment_numeric_id"),
        )
        indexes = (
            models.Index(fields=("tenant", "created", "id"), name="orders_consignment_created"),
            models.Index(fields=("customer", "reference"), name="orders_consignment_reference"),
            models.Index("tenant", Upper("reference"), name="orders_consignment_key"),
            models.Index(fields=("tenant", "status", "created", "id"), name="orders_consignment_status"),
            models.Index(fields=("tenant", "modified"), name="orders_consignment_modified"),
        )

    def __str__(self) -> str:
        return self.reference


class ConsignmentChange(Change):
    """One step in a consignment's life."""

    consignment = models.ForeignKey(Consignment, models.CASCADE, related_name="changes")
    before = models.CharField(max_length=32, choices=ConsignmentStatus, blank=True)
    after = models.CharField(max_length=32, choices=ConsignmentStatus)

    def __str__(self) -> str:
        return f"{self.consignment}: {self.get_after_display()}"


class DiscountType(models.TextChoices):
    """How a discount is counted."""

    PERCENT = "PERCENT", "Percent"
    AMOUNT = "AMOUNT", "Amount"


class Promotion(Entity):
    """A discount on products for a time. Its status follows from the clock unless it was ended by hand."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="promotions")
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    products = models.ManyToManyField(Product, related_name="promotions")
    discount_type = models.CharField(max_length=8, choices=DiscountType)
    discount_value = quantity_field()
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    per_order = models.PositiveIntegerField("Limit per order", null=True, blank=True)
    modified = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "name_key"), name="orders_promotion_name"),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gt=F("starts")),
                name="orders_promotion_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(discount_value__gt=0)
                & (~Q(discount_type=DiscountType.PERCENT) | Q(discount_value__lte=100)),
                name="orders_promotion_discount",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that makes names unique in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Model.save's own signature

    @property
    def status(self) -> str:
        """SCHEDULED, ACTIVE or ENDED now."""
        return self.status_at(timezone.now())

    def status_at(self, moment: datetime) -> str:
        """SCHEDULED, ACTIVE or ENDED at a moment."""
        if self.ended_at or (self.ends and self.ends <= moment):
            return "ENDED"
        return "SCHEDULED" if self.starts > moment else "ACTIVE"


class Document(Entity):
    """A file attached to an order, such as its invoice."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="documents")
    order = models.ForeignKey(Order, models.CASCADE, related_name="documents")
    type = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    data = models.BinaryField()

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")

    def __str__(self) -> str:
        return self.name


class Simulation(models.Model):
    """The switch of a sandbox customer: while its row is there, the worker moves the customer's orders on."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="simulation")
    since = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(null=True, blank=True, help_text="When the worker last took its turn.")

    def __str__(self) -> str:
        return f"Simulation of {self.customer}"


class ReportType(models.TextChoices):
    """The reports that the API offers."""

    STOCK_ON_HAND = "STOCK_ON_HAND", "Stock on hand"
    BULK_CHARGES = "BULK_CHARGES", "Bulk charges"


class ReportStatus(models.TextChoices):
    """How far a report is."""

    IN_PROCESS = "IN_PROCESS", "In process"
    SUCCESS = "SUCCESS", "Success"
    FAILED = "FAILED", "Failed"


class ReportRun(Entity):
    """One report asked for through the API: its parameters as normalised and, for seven days, its rows."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="report_runs")
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, blank=True, related_name="report_runs")
    client_id = models.UUIDField(null=True, blank=True)
    type = models.CharField(max_length=24, choices=ReportType)
    status = models.CharField(max_length=16, choices=ReportStatus, default=ReportStatus.IN_PROCESS)
    parameters = json_field()
    rows = json_field(list)
    failures = json_field(list)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "id")

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {self.created:%Y-%m-%d %H:%M}"
