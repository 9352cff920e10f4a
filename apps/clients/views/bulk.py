"""Deactivating several clients of the list at once."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from apps.clients import services
from apps.clients.models import ApiClient
from apps.clients.views.shared import address
from apps.core import fragments
from apps.core.paging import PAGE_SIZE
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.usage import selectors as usage


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def deactivate(request: TenantRequest) -> HttpResponse:
    """What deactivating the ticked clients breaks; its POST does it, all or none."""
    clients = _chosen(request)
    if request.method == "POST" and clients:
        number = services.deactivate_clients(clients=clients, actor=request.access.actor)
        messages.success(request, f"{number} API client{'' if number == 1 else 's'} deactivated.")
        return fragments.redirect_to(request, address(request, "list"))
    uses = usage.impacts(request.access.tenant, [client.pk for client in clients])
    rows = [(client, uses[client.pk]) for client in clients]
    calls = sum(use.calls_7d for use in uses.values())
    context = {
        "title": f"Deactivate {len(rows)} API client{'' if len(rows) == 1 else 's'}",
        "rows": rows,
        "together": f"Together they made {calls:,} call{'' if calls == 1 else 's'} in the last 7 days.",
        "back": address(request, "list"),
    }
    status = fragments.UNPROCESSABLE if request.method == "POST" else 200
    return fragments.render_page(request, "clients/deactivate_many.html", context, status=status)


def _chosen(request: TenantRequest) -> list[ApiClient]:
    """The clients that were ticked and are active; 404 if one of them does not exist here."""
    texts = (request.POST if request.method == "POST" else request.GET).getlist("client")
    try:
        ids = {UUID(text) for text in texts}
    except ValueError:
        raise Http404 from None
    if len(ids) > PAGE_SIZE:
        raise BadRequest(f"At most {PAGE_SIZE} at once.")
    found = list(ApiClient.objects.visible_to(request.access).filter(pk__in=ids))
    if len(found) < len(ids):
        raise Http404
    return [client for client in found if client.is_active]
