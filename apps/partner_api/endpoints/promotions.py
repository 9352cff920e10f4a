"""Promotions, an addition of Gatepass: what is on offer."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders import selectors, services, wire
from apps.orders.models import Promotion
from apps.partner_api import samples
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.paging import paged
from apps.partner_api.schemas import PromotionOut


@endpoint(
    "GET",
    "/promotions",
    name="promotions.list",
    summary="List promotions",
    needs=Permission.PROMOTIONS,
    query=(PAGE, SIZE),
    paged=True,
    prefer=("minimal",),
    addition=True,
    returns={200: list[PromotionOut]},
)
def list_promotions(call: ApiCall) -> Answer:
    """Those of products within reach."""
    return paged(call, selectors.promotions(call.tenant, call.scope), wire.promotion_json)


@endpoint(
    "GET",
    "/promotions/{promotionId}",
    name="promotions.get",
    summary="One promotion",
    needs=Permission.PROMOTIONS,
    addition=True,
    returns={200: PromotionOut},
)
def get(call: ApiCall, promotion_id: UUID) -> Answer:
    """A promotion of products out of reach is not there."""
    return Answer(wire.promotion_json(_fetch(call, promotion_id)))


@endpoint(
    "POST",
    "/promotions",
    name="promotions.create",
    summary="Create a promotion",
    needs=Permission.PROMOTIONS,
    body=samples.PROMOTION_BODY,
    addition=True,
    returns={201: PromotionOut},
)
def create(call: ApiCall) -> Answer:
    """Products by id or references.code; it starts now if nothing else is said. A name is 422 when it is taken."""
    made = services.create_promotion(
        tenant=call.tenant, scope=call.scope, payload=call.body, actor=call.actor
    )
    return Answer(wire.promotion_json(_fetch(call, made.pk)), status=201)


@endpoint(
    "PUT",
    "/promotions/{promotionId}",
    name="promotions.put",
    summary="Replace a promotion",
    needs=Permission.PROMOTIONS,
    body=samples.PROMOTION_BODY,
    addition=True,
    returns={200: PromotionOut},
)
def put(call: ApiCall, promotion_id: UUID) -> Answer:
    """The whole promotion; 409 once it has ended."""
    services.update_promotion(
        promotion=_fetch(call, promotion_id), scope=call.scope, payload=call.body, actor=call.actor
    )
    return Answer(wire.promotion_json(_fetch(call, promotion_id)))


@endpoint(
    "POST",
    "/promotions/{promotionId}/end",
    name="promotions.end",
    summary="End a promotion now",
    needs=Permission.PROMOTIONS,
    addition=True,
    returns={200: PromotionOut},
)
def end(call: ApiCall, promotion_id: UUID) -> Answer:
    """409 if it has ended already."""
    services.end_promotion(promotion=_fetch(call, promotion_id), scope=call.scope, actor=call.actor)
    return Answer(wire.promotion_json(_fetch(call, promotion_id)))


def _fetch(call: ApiCall, promotion_id: UUID) -> Promotion:
    promotion: Promotion | None = (
        selectors.promotions(call.tenant, call.scope).filter(pk=promotion_id).first()
    )
    if promotion is None:
        raise not_found()
    return promotion
