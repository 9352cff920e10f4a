"""Warehouse > Promotions: the list, a promotion's page, adding, changing and ending one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.selectors import entries
from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.core.problems import Conflict, Invalid
from apps.orders import selectors, services
from apps.orders.models import Promotion
from apps.orders.promotion_form import PromotionForm
from apps.orders.services.promotion_import import COLUMNS, promotion_lines
from apps.orders.views.lists import Listing, list_csv, list_page
from apps.tenants.access import Need, TenantRequest, tenant_page


class PromotionState(TextChoices):
    """What the list of promotions can be narrowed to."""

    SCHEDULED = "SCHEDULED", "Scheduled"
    ACTIVE = "ACTIVE", "Active"
    ENDED = "ENDED", "Ended"


PROMOTIONS = Listing(
    title="Promotions",
    template="orders/promotions.html",
    search="Name or product code",
    statuses=PromotionState,
    rows=selectors.shown_promotions,
    columns=(*COLUMNS, "status"),
    lines=promotion_lines,
    need=Need.VIEW,
    joins=("products__customer",),
)

promotion_list, promotion_csv = list_page(PROMOTIONS), list_csv(PROMOTIONS)


@require_safe
@tenant_page(Need.VIEW)
def promotion_detail(request: TenantRequest, promotion_id: UUID) -> HttpResponse:
    """One promotion: its products, its time, and what became of it."""
    return _show(request, _fetch(request, promotion_id))


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def promotion_add(request: TenantRequest) -> HttpResponse:
    """Add a promotion."""
    form = PromotionForm(request.POST or None, tenant=request.access.tenant)
    context = {"title": "Add a promotion", "form": form}
    if request.method != "POST":
        return render_page(request, "orders/promotion_form.html", context)
    if form.is_valid():
        try:
            made = services.create_promotion(
                tenant=request.access.tenant,
                scope=services.EVERYTHING,
                payload=form.document(),
                actor=request.access.actor,
            )
        except Invalid as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"{made.name} is saved.")
            return _back(request, made)
    return render_invalid(request, "orders/promotion_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.EDIT)
def promotion_edit(request: TenantRequest, promotion_id: UUID) -> HttpResponse:
    """Change a promotion that has not ended."""
    promotion = _fetch(request, promotion_id)
    if promotion.status == PromotionState.ENDED:
        return _show(request, promotion, refusal="This promotion has ended.")
    form = PromotionForm(request.POST or None, tenant=request.access.tenant, promotion=promotion)
    context = {"title": f"Edit {promotion.name}", "form": form, "promotion": promotion}
    if request.method != "POST":
        return render_page(request, "orders/promotion_form.html", context)
    if form.is_valid():
        try:
            services.update_promotion(
                promotion=promotion,
                scope=services.EVERYTHING,
                payload=form.document(),
                actor=request.access.actor,
            )
        except Invalid as refusal:
            form.refuse(refusal)
        except Conflict as conflict:
            return _show(request, promotion, refusal=conflict.message)
        else:
            messages.success(request, "Saved. API clients read it so from the next call on.")
            return _back(request, promotion)
    return render_invalid(request, "orders/promotion_form.html", context)


@require_POST
@tenant_page(Need.EDIT)
def promotion_end(request: TenantRequest, promotion_id: UUID) -> HttpResponse:
    """End a promotion now."""
    promotion = _fetch(request, promotion_id)
    try:
        services.end_promotion(promotion=promotion, scope=services.EVERYTHING, actor=request.access.actor)
    except Conflict as conflict:
        return _show(request, promotion, refusal=conflict.message)
    messages.success(request, f"{promotion.name} has ended.")
    return _back(request, promotion)


def _fetch(request: TenantRequest, promotion_id: UUID) -> Promotion:
    rows = Promotion.objects.select_related("tenant").prefetch_related("products__customer")
    return request.access.fetch(rows, pk=promotion_id)


def _back(request: TenantRequest, promotion: Promotion) -> HttpResponse:
    return redirect_to(request, reverse("orders:promotion", args=[request.access.tenant.slug, promotion.pk]))


def _show(request: TenantRequest, promotion: Promotion, refusal: str = "") -> HttpResponse:
    status = promotion.status_at(timezone.now())
    history = entries(request.access.tenant.pk).filter(
        target_type=promotion._meta.label_lower, target_id=str(promotion.pk)
    )
    context: dict[str, Any] = {
        "title": promotion.name,
        "promotion": promotion,
        "status": status,
        "refusal": refusal,
        "history": history.order_by("id")[:100],
        "may_change": request.access.may_edit and status != PromotionState.ENDED,
    }
    return render_page(request, "orders/promotion.html", context, status=409 if refusal else 200)
