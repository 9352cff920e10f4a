"""Statements at the support desk: to read and to explain, never to change."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from apps.billing.models import Adjustment, Statement, StatementLine


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Closing a week makes statements, nobody else."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A closed statement never changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A closed statement stays."""
        return False


class LineInline(_ReadOnly, admin.TabularInline):
    """Each client's part."""

    model = StatementLine
    extra = 0


class AdjustmentInline(_ReadOnly, admin.TabularInline):
    """Late calls of earlier weeks."""

    model = Adjustment
    fk_name = "statement"
    extra = 0


@admin.register(Statement)
class StatementAdmin(_ReadOnly, admin.ModelAdmin):
    """Look a statement up."""

    list_display = (
        "tenant",
        "monday",
        "included",
        "billable",
        "excess",
        "charge_minor",
        "adjusted_minor",
        "currency",
    )
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug", "=digest")
    date_hierarchy = "monday"
    inlines = (LineInline, AdjustmentInline)
