"""Products with stock, and the documents that orders are made from."""

from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.audit.actors import Actor
from apps.customers.models import Customer
from apps.orders import services
from apps.orders.models import Order, Product, Stock, UnitOfMeasure
from apps.tenants.models import Warehouse
from tests.customers.factories import CustomerFactory

CALLER = Actor(kind="client", name="Acme integration", id="client-1")


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product
        skip_postgeneration_save = True

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    code = factory.Sequence(lambda n: f"P-{n}")
    name = factory.Sequence(lambda n: f"Product {n}")
    default_unit = "EA"

    @factory.post_generation
    def units(self: Product, create: bool, extracted: dict[str, int] | None, **kwargs: Any) -> None:
        """Units of measure by code and base quantity."""
        for code, base in (extracted or {self.default_unit: 1}).items():
            UnitOfMeasure.objects.create(product=self, code=code, name=code, base_quantity=base)


def stocked(product: Product, warehouse: Warehouse, on_hand: int | str) -> Stock:
    """Put a quantity of a product into a warehouse."""
    return Stock.objects.create(
        tenant=product.tenant, product=product, warehouse=warehouse, on_hand=Decimal(on_hand)
    )


def order_document(
    customer: Customer, *lines: tuple[str, Any], reference: str = "SO-771", **members: Any
) -> dict[str, Any]:
    """A sale order as a caller sends it; lines are product codes and quantities."""
    return {
        "references": {"customer": reference},
        "customer": {"id": str(customer.pk)},
        "details": {
            "deliver": {
                "address": {
                    "contactName": "Kim Lee",
                    "address1": "9 Quay St",
                    "city": "Perth",
                    "postcode": "6000",
                    "state": {"code": "WA"},
                    "country": {"iso2Code": "AU"},
                },
                "method": {"type": "SHIPPING"},
            }
        },
        "items": [
            {"details": {"product": {"references": {"code": code}}}, "measures": {"quantity": quantity}}
            for code, quantity in lines
        ],
        **members,
    }


def inbound_document(
    customer: Customer, *lines: tuple[str, Any], reference: str = "PO-88", **members: Any
) -> dict[str, Any]:
    """A purchase order as a caller sends it."""
    document = order_document(customer, *lines, reference=reference, type="INBOUND", **members)
    return {**document, "details": members.get("details", {"urgent": False})}


def make_order(customer: Customer, *lines: tuple[str, Any], **members: Any) -> Order:
    """A sale order, through the service."""
    return services.create_order(
        tenant=customer.tenant,
        scope=services.EVERYTHING,
        payload=order_document(customer, *lines, **members),
        actor=CALLER,
    ).order


def make_inbound_order(customer: Customer, *lines: tuple[str, Any], **members: Any) -> Order:
    """A purchase order, through the service."""
    return services.create_inbound_order(
        tenant=customer.tenant,
        scope=services.EVERYTHING,
        payload=inbound_document(customer, *lines, **members),
        actor=CALLER,
    ).order
