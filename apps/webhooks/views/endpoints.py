"""The endpoints: listed, added, changed, tested, paused, removed; their signing keys."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Tenant
from apps.webhooks import endpoints, selectors, services, snippets, words
from apps.webhooks.forms import EndpointForm, RotateForm
from apps.webhooks.views.deliveries import table
from apps.webhooks.views.shared import delivery_url, endpoint_of, show_key, url_of

CustomerChoices = Callable[[Tenant], Sequence[tuple[str, str]]]


@require_GET
@tenant_page(Need.VIEW)
def endpoint_list(request: TenantRequest) -> HttpResponse:
    """The endpoints and how each fares."""
    tenant = request.access.tenant
    rates = selectors.success_rates(tenant)
    rows = [(endpoint, rates.get(endpoint.pk)) for endpoint in selectors.endpoints(tenant)]
    context = {"title": "Webhooks", "rows": rows}
    return fragments.render_page(request, "webhooks/list.html", context)


@require_GET
@tenant_page(Need.VIEW)
def endpoint_detail(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint with how it fares and its latest deliveries."""
    endpoint = endpoint_of(request, endpoint_id)
    slug, zone = request.access.tenant.slug, request.access.tenant.zone
    ends = endpoint.disabled_at or endpoint.gives_up_at
    keeps_old_key = endpoint.previous_key_until and endpoint.previous_key_until > timezone.now()
    context = {
        "title": endpoint.name,
        "endpoint": endpoint,
        "health": selectors.health(endpoint),
        "ends": words.moment(ends, zone) if ends else "",
        "old_key_until": endpoint.previous_key_until if keeps_old_key else None,
        "rotate_url": reverse("webhooks:rotate_key", args=[slug, endpoint.pk]),
        "remove_url": reverse("webhooks:remove", args=[slug, endpoint.pk]),
        "edit_url": reverse("webhooks:edit", args=[slug, endpoint.pk]) if request.access.may_edit else "",
        **table(request, selectors.found(selectors.deliveries(request.access), endpoint_id=endpoint.pk)),
    }
    return fragments.render_page(request, "webhooks/detail.html", context, partial="list")


@require_GET
@tenant_page(Need.VIEW)
def verify(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """For the receiver's developer: how a delivery is verified, in a language of their choice."""
    endpoint = endpoint_of(request, endpoint_id)
    page = reverse("webhooks:verify", args=[request.access.tenant.slug, endpoint.pk])
    context = {
        "title": "Verify deliveries",
        "endpoint": endpoint,
        "snippet": snippets.snippet(endpoint, request.GET.get("language", "")),
        "languages": [(name, f"{page}?{urlencode({'language': name})}") for name in snippets.LANGUAGES],
    }
    return fragments.render_page(request, "webhooks/verify.html", context)


def endpoint_add(customer_choices: CustomerChoices) -> Callable[..., HttpResponseBase]:
    """The view that adds an endpoint; whose customers it may choose is handed in from above."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest) -> HttpResponse:
        tenant = request.access.tenant
        form = EndpointForm(request.POST or None, tenant=tenant, customers=customer_choices(tenant))
        context = {"title": "Add endpoint", "form": form}
        if request.method != "POST":
            return fragments.render_page(request, "webhooks/form.html", context)
        if not form.is_valid():
            return fragments.render_invalid(request, "webhooks/form.html", context, partial="form")
        try:
            endpoint, key = endpoints.create_endpoint(
                tenant=tenant, actor=request.access.actor, **form.values()
            )
        except ValidationError as error:
            form.add_error(None, error)
            return fragments.render_invalid(request, "webhooks/form.html", context, partial="form")
        return show_key(request, endpoint, key)

    return view


def endpoint_edit(customer_choices: CustomerChoices) -> Callable[..., HttpResponseBase]:
    """The view that changes an endpoint."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
        endpoint = endpoint_of(request, endpoint_id)
        tenant = request.access.tenant
        form = EndpointForm(
            request.POST or None, tenant=tenant, customers=customer_choices(tenant), endpoint=endpoint
        )
        context = {"title": f"Edit {endpoint.name}", "form": form, "endpoint": endpoint}
        if request.method != "POST":
            return fragments.render_page(request, "webhooks/form.html", context)
        if not form.is_valid():
            return fragments.render_invalid(request, "webhooks/form.html", context, partial="form")
        try:
            endpoints.update_endpoint(endpoint=endpoint, actor=request.access.actor, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
            return fragments.render_invalid(request, "webhooks/form.html", context, partial="form")
        messages.success(request, "Saved. The next delivery uses it.")
        return fragments.redirect_to(request, url_of(request, endpoint))

    return view


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def rotate_key(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask, then give the endpoint a new signing key and show it once."""
    endpoint = endpoint_of(request, endpoint_id)
    if request.method != "POST":
        context = {"title": "Rotate the signing key", "endpoint": endpoint}
        return fragments.render_page(request, "webhooks/rotate.html", context, partial="dialog")
    form = RotateForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else -1
    key = endpoints.rotate_signing_key(endpoint=endpoint, expected_number=number, actor=request.access.actor)
    if key is None:
        messages.info(
            request, "The signing key was rotated already, here or in another tab. Nothing has changed."
        )
        return fragments.redirect_to(request, url_of(request, endpoint))
    return show_key(request, endpoint, key)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def remove(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask, then stop sending to the endpoint for good."""
    endpoint = endpoint_of(request, endpoint_id)
    if request.method != "POST":
        context = {"title": "Remove this endpoint", "endpoint": endpoint}
        return fragments.render_page(request, "webhooks/remove.html", context, partial="dialog")
    endpoints.remove_endpoint(endpoint=endpoint, actor=request.access.actor)
    messages.success(request, f"{endpoint.name} is removed. Its deliveries stay in the log.")
    return fragments.redirect_to(request, reverse("webhooks:list", args=[request.access.tenant.slug]))


@require_POST
@tenant_page(Need.EDIT)
def send_test(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Queue a test event and show its delivery."""
    endpoint = endpoint_of(request, endpoint_id)
    delivery = services.send_test(endpoint=endpoint, actor=request.access.actor)
    messages.success(request, "A test event is on its way.")
    return fragments.redirect_to(request, delivery_url(request, delivery))


@require_POST
@tenant_page(Need.EDIT)
def pause(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Hold deliveries back; events wait."""
    endpoint = endpoint_of(request, endpoint_id)
    if endpoints.pause(endpoint=endpoint, actor=request.access.actor):
        messages.success(request, "Paused. Events are held back until you resume, for up to 30 days.")
    return fragments.redirect_to(request, url_of(request, endpoint))


@require_POST
@tenant_page(Need.EDIT)
def resume(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again, beginning with what was held back."""
    endpoint = endpoint_of(request, endpoint_id)
    replayed = endpoints.resume(endpoint=endpoint, actor=request.access.actor)
    if replayed is not None:
        messages.success(
            request, f"Deliveries go on. Events that were held back and go out now: {replayed:,}."
        )
    return fragments.redirect_to(request, url_of(request, endpoint))
