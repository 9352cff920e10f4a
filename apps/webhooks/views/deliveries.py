"""What was sent: the log of deliveries, one delivery, sending again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import fragments
from apps.core.paging import page_of
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.webhooks import selectors, services, words
from apps.webhooks.forms import FilterForm, SinceForm
from apps.webhooks.models import Delivery
from apps.webhooks.views.shared import delivery_url, endpoint_of, url_of


@require_GET
@tenant_page(Need.MEMBER)
def delivery_list(request: TenantRequest) -> HttpResponse:
    """All deliveries, newest first; by order reference, endpoint and state."""
    filters = FilterForm(request.GET)
    filters.is_valid()
    wanted = filters.cleaned_data
    rows = selectors.found(
        selectors.deliveries(request.access),
        reference=wanted.get("q", "").strip(),
        endpoint_id=wanted.get("endpoint"),
        state=wanted.get("state", ""),
    )
    context = {
        "title": "Deliveries",
        "filters": {**wanted, "any": any(wanted.values())},
        "states": filters.fields["state"].choices,  # type: ignore[attr-defined]  # a choice field
        # A customer user knows endpoints from their deliveries alone.
        "endpoints": selectors.endpoint_names(request.access.tenant) if request.access.may_view else [],
        **table(request, rows),
    }
    return fragments.render_page(request, "webhooks/deliveries.html", context, partial="list")


@require_GET
@tenant_page(Need.MEMBER)
def delivery_detail(request: TenantRequest, delivery_id: int) -> HttpResponse:
    """One delivery: what was sent, and what each attempt came to."""
    delivery = request.access.fetch(selectors.delivery_with_everything(), pk=delivery_id)
    attempts = list(delivery.attempts.all())
    context = {
        "title": delivery.event.label,
        "delivery": delivery,
        "told": words.tell(delivery, attempts),
        "summary": words.summary(delivery, attempts),
        "may_resend": request.access.may_edit and delivery.may_be_resent,
    }
    return fragments.render_page(request, "webhooks/delivery.html", context)


@require_POST
@tenant_page(Need.EDIT)
def resend(request: TenantRequest, delivery_id: int) -> HttpResponse:
    """Send one event again under the same webhook-id."""
    delivery = request.access.fetch(selectors.deliveries(request.access), pk=delivery_id)
    if services.resend(delivery=delivery, actor=request.access.actor):
        messages.success(request, "The event is sent again.")
    else:
        messages.info(request, "The event is on its way already, or its endpoint was removed.")
    return fragments.redirect_to(request, delivery_url(request, delivery))


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def resend_failed(request: TenantRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask since when, show how many that are, then send all of them again."""
    endpoint = endpoint_of(request, endpoint_id)
    tenant = request.access.tenant
    given = request.POST if request.method == "POST" else request.GET if "since" in request.GET else None
    form = SinceForm(given, tenant=tenant, initial={"since": selectors.first_failure(endpoint)})
    context: dict[str, Any] = {"title": "Resend what failed", "endpoint": endpoint, "form": form}
    if form.is_bound and not form.is_valid():
        return fragments.render_invalid(request, "webhooks/resend_failed.html", context)
    if request.method == "POST":
        since = form.cleaned_data["since"]
        count = services.resend_failed(endpoint=endpoint, since=since, actor=request.access.actor)
        messages.success(request, f"Events that are sent again: {count:,}.")
        return fragments.redirect_to(request, url_of(request, endpoint))
    if form.is_bound:
        since = form.cleaned_data["since"]
        context["since"], context["count"] = since, Delivery.objects.failed_since(endpoint, since).count()
    return fragments.render_page(request, "webhooks/resend_failed.html", context)


def table(request: TenantRequest, rows: Any) -> dict[str, Any]:
    """The context of a table of deliveries: the page, and each row with its sentence."""
    page = page_of(rows, request)
    return {"page": page, "rows": [(row, words.latest(row, list(row.attempts.all()))) for row in page]}
