"""Customers for support staff: to look at, and to deactivate."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.audit.actors import person
from apps.core.admin import ReadOnlyAdmin
from apps.customers import services
from apps.customers.models import Customer


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers of every tenant."""

    list_display = ("name", "code", "kind", "tenant", "is_active", "created")
    list_filter = ("kind", "is_active")
    list_select_related = ("tenant",)
    search_fields = ("id", "name", "code", "tenant__name", "tenant__slug")
    actions = ("activate", "deactivate")

    @admin.action(description="Activate the chosen customers", permissions=["view"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """Let them take orders."""
        self._set_active(request, queryset, is_active=True)

    @admin.action(description="Deactivate the chosen customers", permissions=["view"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """Stop them from taking orders."""
        self._set_active(request, queryset, is_active=False)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Customer], *, is_active: bool) -> None:
        for customer in queryset:
            services.set_active(customer=customer, actor=person(request), is_active=is_active)
        self.message_user(request, f"{len(queryset)} customers are {'active' if is_active else 'inactive'}.")
