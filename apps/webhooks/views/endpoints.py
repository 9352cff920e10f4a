"""The endpoints: listed, added, changed, tested, paused, removed; their signing keys."""

from collections.abc import Callable
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
from apps.webhooks import endpoints, selectors, services, snippets, words
from apps.webhooks.forms import EndpointForm, OfferCustomers, RotateForm
from apps.webhooks.views.deliveries import table
from apps.webhooks.views.shared import delivery_url, endpoint_of, show_key, url_of


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


def endpoint_add(offer_customers: OfferCustomers) -> Callable[..., HttpResponseBase]:
    """The view that adds an endpoint; what offers the tenant's customers is handed in from above."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest) -> HttpResponse:
        data = request.POST if request.method == "POST" else None
        form = EndpointForm(data, tenant=request.access.tenant, offer_customers=offer_customers)
        if not form.is_valid():
            return _form_page(request, form)
        try:
            endpoint, key = endpoints.create_endpoint(
                tenant=form.tenant, actor=request.access.actor, **form.values()
            )
        except ValidationError as error:
            form.add_error(None, error)
            return _form_page(request, form)
        return show_key(request, endpoint, key)

    return view


def endpoint_edit(offer_customers: OfferCustomers) -> Callable[..., HttpResponseBase]:
    """The view that changes an endpoint."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
        endpoint = endpoint_of(request, endpoint_id)
        data = request.POST if request.method == "POST" else None
        form = EndpointForm(
            data, tenant=request.access.tenant, offer_customers=offer_customers, endpoint=endpoint
        )
        if not form.is_valid():
            return _form_page(request, form)
        try:
            endpoints.update_endpoint(endpoint=endpoint, actor=request.access.actor, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
            return _form_page(request, form)
        messages.success(request, "Saved. The next delivery uses it.")
        return fragments.redirect_to(request, url_of(request, endpoint))

    return view


def endpoint_search(offer_customers: OfferCustomers) -> Callable[..., HttpResponseBase]:
    """The view of the form as it was filled in so far, with its list of customers narrowed. Stores nothing."""

    @require_POST
    @tenant_page(Need.EDIT)
    def view(request: TenantRequest, endpoint_id: UUID | None = None) -> HttpResponse:
        endpoint = endpoint_of(request, endpoint_id) if endpoint_id else None
        tenant = request.access.tenant
        form = EndpointForm.draft(
            request.POST, tenant=tenant, offer_customers=offer_customers, endpoint=endpoint
        )
        return _form_page(request, form)

    return view


def _form_page(request: TenantRequest, form: EndpointForm) -> HttpResponse:
    endpoint, verb = form.endpoint, "edit" if form.endpoint else "add"
    ids = [request.access.tenant.slug, *([endpoint.pk] if endpoint else [])]
    context = {
        "title": f"Edit {endpoint.name}" if endpoint else "Add endpoint",
        "form": form,
        "endpoint": endpoint,
        "form_url": reverse(f"webhooks:{verb}", args=ids),
        "search_url": reverse(f"webhooks:search_{verb}", args=ids),
    }
    status = fragments.UNPROCESSABLE if form.is_bound else 200
    return fragments.render_page(request, "webhooks/form.html", context, partial="form", status=status)


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
