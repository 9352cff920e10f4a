"""API clients for support staff: to look up, to deactivate, to revoke. No digest, and no secret to show."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from apps.audit import actors
from apps.clients import services
from apps.clients.models import ApiClient, Channel, Credential
from apps.core.admin import ReadOnlyAdmin, ReadOnlyInline


class CredentialInline(ReadOnlyInline):
    """A client's credentials: when each was made and how it ended, and nothing of the secret."""

    model = Credential
    fields = ("kind", "number", "state", "created", "activated", "ends", "revoked", "created_by")
    readonly_fields = fields


class ChannelInline(ReadOnlyInline):
    """A channel's order processing."""

    model = Channel
    fields = ("configuration", "threshold_weight", "threshold_volume")
    readonly_fields = fields


@admin.register(ApiClient)
class ApiClientAdmin(ReadOnlyAdmin):
    """Look a client up by name or id; end it by the services that the portal calls."""

    list_display = ("name", "client_id", "tenant", "kind", "is_active", "is_legacy", "revoked_at", "created")
    list_filter = ("kind", "is_active", "is_legacy")
    search_fields = ("name", "client_id", "=id", "tenant__name", "tenant__slug")
    list_select_related = ("tenant",)
    fields = (
        "id", "tenant", "kind", "client_id", "name", "role_names", "all_customers", "customers", "all_warehouses",
        "warehouses", "is_active", "is_internal", "is_legacy", "expires", "allowed_networks", "created", "created_by",
        "revoked_at", "deleted_at",
    )  # fmt: skip
    inlines = (ChannelInline, CredentialInline)
    actions = ("deactivate", "revoke")

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Who may change clients may end them here, and that is all that changes."""
        return request.user.has_perm("clients.change_apiclient")

    @admin.action(description="Deactivate (can be undone in the portal)", permissions=["end"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[ApiClient]) -> None:
        """Switch the chosen clients off."""
        chosen = list(queryset.filter(revoked_at=None, is_active=True))
        for client in chosen:
            services.set_active(client=client, actor=actors.person(request), active=False)
        messages.success(request, f"{len(chosen)} deactivated.")

    @admin.action(description="Revoke for good", permissions=["end"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiClient]) -> TemplateResponse | None:
        """Revoke the chosen clients, after a page that says what that means."""
        chosen = list(queryset.filter(revoked_at=None))
        if "confirmed" not in request.POST:
            context = {**self.admin_site.each_context(request), "title": "Revoke for good", "clients": chosen}
            return TemplateResponse(request, "clients/admin_revoke.html", context)
        for client in chosen:
            services.revoke_client(client=client, actor=actors.person(request))
        messages.success(request, f"{len(chosen)} revoked.")
        return None
