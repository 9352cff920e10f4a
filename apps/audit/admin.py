"""The audit record at the support desk, to read."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from apps.audit.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """Every entry, of every organisation and of none."""

    list_display = ("at", "actor_name", "action", "target_name", "tenant_id", "address")
    list_filter = ("actor_kind", "action")
    search_fields = ("actor_name", "target_name", "=target_id", "=tenant_id", "=request_id")
    show_full_result_count = False
    fields = (
        "at",
        "tenant_id",
        "sequence",
        "actor_kind",
        "actor_name",
        "actor_id",
        "action",
        "target_type",
        "target_id",
        "target_name",
        "before",
        "after",
        "address",
        "request_id",
        "previous_digest",
        "digest",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Entries are written by the acts themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing changes an entry."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing deletes an entry."""
        return False
