"""Products, stock, orders and consignments for support staff: to look at; changes are made in the portal."""

from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin, ReadOnlyInline
from apps.orders.models import (
    Consignment,
    ConsignmentChange,
    Document,
    Order,
    OrderLine,
    Product,
    Promotion,
    ReportRun,
    StatusChange,
    Stock,
    TransportProduct,
    UnitOfMeasure,
)


class UnitInline(ReadOnlyInline):
    """The units of a product."""

    model = UnitOfMeasure


class StockInline(ReadOnlyInline):
    """What lies where."""

    model = Stock
    exclude = ("tenant",)


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products of every tenant."""

    list_display = ("code", "name", "customer", "tenant", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("customer", "tenant")
    search_fields = ("id", "code", "name", "customer__name")
    inlines = (UnitInline, StockInline)


@admin.register(TransportProduct)
class TransportProductAdmin(ReadOnlyAdmin):
    """Transport products of every tenant."""

    list_display = ("code", "name", "customer", "tenant", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("customer", "tenant")
    search_fields = ("id", "code", "name", "customer__name")


class LineInline(ReadOnlyInline):
    """The lines of an order."""

    model = OrderLine


class ChangeInline(ReadOnlyInline):
    """The history of an order."""

    model = StatusChange


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders of every tenant, with their history."""

    list_display = ("reference", "direction", "status", "customer", "tenant", "warehouse", "created")
    list_filter = ("direction", "status", "allocation")
    list_select_related = ("customer", "tenant", "warehouse")
    search_fields = ("id", "reference", "numeric_id", "customer__name", "tenant__slug")
    date_hierarchy = "created"
    inlines = (LineInline, ChangeInline)


class ConsignmentChangeInline(ReadOnlyInline):
    """The history of a consignment."""

    model = ConsignmentChange


@admin.register(Consignment)
class ConsignmentAdmin(ReadOnlyAdmin):
    """Transport jobs of every tenant."""

    list_display = ("reference", "status", "type", "customer", "tenant", "created")
    list_filter = ("status", "type")
    list_select_related = ("customer", "tenant")
    search_fields = ("id", "reference", "tracking", "customer__name")
    inlines = (ConsignmentChangeInline,)


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    """Promotions of every tenant."""

    list_display = ("name", "tenant", "starts", "ends", "ended_at")
    list_select_related = ("tenant",)
    search_fields = ("id", "name", "tenant__name")


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Files attached to orders, without their content."""

    list_display = ("name", "type", "order", "tenant", "created")
    list_select_related = ("order", "tenant")
    search_fields = ("id", "name", "order__reference")
    exclude = ("data",)


@admin.register(ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    """Reports that callers asked for."""

    list_display = ("type", "status", "tenant", "customer", "created", "finished_at")
    list_filter = ("type", "status")
    list_select_related = ("tenant", "customer")
    search_fields = ("id", "tenant__name", "customer__name")
