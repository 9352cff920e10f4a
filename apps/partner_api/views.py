"""/t/<slug>/contacts/api-clients/<id>/...: what a client's developer starts with."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from apps.clients.models import ApiClient
from apps.core import jsontext
from apps.partner_api import postman
from apps.tenants.access import Need, TenantRequest, tenant_page


@require_GET
@tenant_page(Need.VIEW)
def first_call(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The first call with the client's own ids, for a terminal, for Python and for Postman."""
    client = request.access.fetch(ApiClient, pk=client_id)
    context = {
        "title": f"First call of {client.name}",
        "client": client,
        "base": settings.BASE_URL,
        "customer": postman.customer_of(client),
        "takes_token": client.kind in ("client", "channel"),
    }
    return render(request, "partner_api/first_call.html", context)


@require_GET
@tenant_page(Need.VIEW)
def postman_collection(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The client's Postman collection, as a file."""
    client = request.access.fetch(ApiClient, pk=client_id)
    name = slugify(client.name) or "client"
    headers = {"Content-Disposition": f'attachment; filename="gatepass-{name}.postman_collection.json"'}
    return HttpResponse(
        jsontext.dumps(postman.collection(client)), content_type="application/json", headers=headers
    )
