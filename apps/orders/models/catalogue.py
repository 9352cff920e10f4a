"""What is stored: products, their units, and how much of each lies in which warehouse."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.core.models import Entity
from apps.customers.models import Customer
from apps.orders.fields import json_field, quantity_field
from apps.orders.querysets import ProductQuerySet, StockQuerySet
from apps.tenants.models import Tenant, Warehouse


class Product(Entity):
    """A warehouse product of one customer (partner_api §4.3). `details` holds the optional members as served."""

    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="products")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="products")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=64, default="General")
    is_active = models.BooleanField("Active", default=True)
    default_unit = models.CharField("Default unit of measure", max_length=32)
    details = json_field()
    references = json_field()
    item_property_requirements = json_field()
    notifications = json_field(list)
    version = models.PositiveIntegerField(default=1)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("customer", "code"), name="orders_product_code"),)
        indexes = (
            models.Index(fields=("tenant", "created", "id"), name="orders_product_created"),
            models.Index(fields=("customer", "name"), name="orders_product_name"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class TransportProduct(Entity):
    """What a customer has carried (partner_api §3 #35, #36), apart from what it has stored; `measures` are of one."""

    created = models.DateTimeField(default=timezone.now, editable=False)
    modified = models.DateTimeField(default=timezone.now, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="transport_products")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="transport_products")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=64, default="General")
    is_active = models.BooleanField("Active", default=True)
    measures = json_field()
    references = json_field()
    properties = json_field()

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("customer", "code"), name="orders_transport_product_code"),
        )
        indexes = (models.Index(fields=("tenant", "created", "id"), name="orders_transport_created"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class UnitOfMeasure(models.Model):
    """One way to count a product: a carton of twelve has a base quantity of 12."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="units")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    base_quantity = quantity_field(default=1)
    weight = quantity_field(null=True, blank=True)
    length = quantity_field(null=True, blank=True)
    width = quantity_field(null=True, blank=True)
    height = quantity_field(null=True, blank=True)
    volume = quantity_field(null=True, blank=True)
    barcode = models.CharField(max_length=100, blank=True)
    is_directly_shippable = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "units of measure"
        ordering = ("base_quantity", "code")
        constraints = (
            models.UniqueConstraint(fields=("product", "code"), name="orders_unit_code"),
            models.CheckConstraint(condition=Q(base_quantity__gt=0), name="orders_unit_base_positive"),
        )
        indexes = (models.Index(fields=("barcode",), name="orders_unit_barcode"),)

    def __str__(self) -> str:
        return self.name


class Stock(models.Model):
    """How much of a product lies in a warehouse, in base units. Free is what no order holds."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="stock")
    product = models.ForeignKey(Product, models.CASCADE, related_name="stock")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="stock")
    on_hand = quantity_field(default=0)
    allocated = quantity_field(default=0)
    is_offered = models.BooleanField(
        "In the assortment",
        default=True,
        help_text="Off: orders do not take it from this warehouse.",
    )

    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "stock"
        ordering = ("warehouse__name",)
        constraints = (
            models.UniqueConstraint(fields=("product", "warehouse"), name="orders_stock_once"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="orders_stock_on_hand"),
            models.CheckConstraint(condition=Q(allocated__gte=0), name="orders_stock_allocated"),
            models.CheckConstraint(condition=Q(on_hand__gte=F("allocated")), name="orders_stock_free"),
        )

    def __str__(self) -> str:
        return f"{self.product} in {self.warehouse}"

    @property
    def free(self) -> Decimal:
        """What an order can still take."""
        return self.on_hand - self.allocated
