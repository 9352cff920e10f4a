"""Admin classes for rows that support staff look at and nobody changes there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class _Untouched:
    """Refuses every change, whatever permissions a user has."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class ReadOnlyAdmin(_Untouched, admin.ModelAdmin):
    """Rows to search and to read."""


class ReadOnlyInline(_Untouched, admin.TabularInline):
    """Rows that belong to the one that is shown."""

    extra = 0
