"""The ledger at the support desk: to read, never to write."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from apps.usage.models import Call


@admin.register(Call)
class CallAdmin(admin.ModelAdmin):
    """Look a call up by its request id, its client or its tenant."""

    list_display = (
        "received_at",
        "client_name",
        "method",
        "endpoint",
        "status",
        "call_class",
        "reason",
        "ms",
    )
    list_filter = ("call_class",)
    search_fields = ("=request_id", "=client_id", "=tenant_id", "=address")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Calls come from the API alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """The ledger is not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only retention removes calls, and keeps their numbers."""
        return False
