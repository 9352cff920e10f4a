"""Promotions, transport products and transport jobs of the demo, made by the services that the API uses."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.audit.actors import Actor
from apps.operations.demo import data
from apps.operations.demo.organisation import Built
from apps.orders.models import Product
from apps.orders.services import EVERYTHING, create_consignment, create_promotion, create_transport_product


def add_offers(built: Built, actor: Actor) -> None:
    """Store the promotions: one runs, one is to come, one is over."""
    for offer in built.facts.offers:
        products = Product.objects.filter(customer=built.customers[offer.customer], code__in=offer.codes)
        payload = {
            "name": offer.name,
            "products": [{"id": str(product.pk)} for product in products],
            "discount": {"type": offer.kind, "value": offer.value},
            "starts": _midnight(built, offer.first_day),
            "ends": _midnight(built, offer.last_day),
            "limits": {"perOrder": offer.per_order},
        }
        create_promotion(tenant=built.tenant, scope=EVERYTHING, payload=payload, actor=actor)


def add_transport(built: Built, actor: Actor) -> None:
    """Store what is moved, and the jobs that no order has made."""
    for load in built.facts.loads:
        payload = {
            "references": {"code": load.code},
            "customer": {"id": str(built.customers[load.customer].pk)},
            "name": load.name,
            "measures": {"weight": load.weight, "cubic": load.cubic, "pallets": 1},
        }
        create_transport_product(tenant=built.tenant, scope=EVERYTHING, payload=payload, actor=actor)
    for job in built.facts.jobs:
        wanted = _job(job, str(built.customers[job.customer].pk))
        create_consignment(tenant=built.tenant, scope=EVERYTHING, payload=wanted, actor=actor)


def _midnight(built: Built, days: int) -> str:
    """The beginning of a day of the organisation, counted from today."""
    zone = ZoneInfo(built.tenant.zone)
    day = timezone.now().astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(), zone).isoformat()


def _job(job: data.Job, customer_id: str) -> dict[str, object]:
    address = {
        "companyName": "Fremantle Roastery",
        "address1": "12 Cliff Street",
        "city": "Fremantle",
        "postcode": "6160",
        "state": {"code": "WA"},
        "country": {"iso2Code": "AU"},
    }
    return {
        "references": {"customer": job.reference},
        "customer": {"id": customer_id},
        "status": job.status,
        "details": {"type": job.kind, "deliver": {"address": address}},
        "items": [{"properties": {"description": job.load}, "measures": {"quantity": job.quantity}}],
    }
