"""Gives the demo's customers orders in every status, made by the services that the API and the portal use."""

from datetime import timedelta
from random import Random

from django.db.models import F

from apps.audit.actors import Actor
from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.operations.demo.organisation import THRESHOLD_VOLUME, THRESHOLD_WEIGHT, Built
from apps.orders.models import Allocation, Consignment, Order, Product, Status, StatusChange
from apps.orders.services import (
    EVERYTHING,
    OrderDefaults,
    cancel,
    create_inbound_order,
    create_order,
    dispatch,
    pack,
)

ORDERS_A_CUSTOMER = 9
FIRST_WAITING = 51
STREETS = ("Quay Street", "Station Road", "Harbour Parade", "Mill Lane", "George Street")
TOWNS = (
    ("Perth", "6000", "WA"),
    ("Hobart", "7000", "TAS"),
    ("Cairns", "4870", "QLD"),
    ("Geelong", "3220", "VIC"),
)
PEOPLE = ("Kim Lee", "Noor Haddad", "Jo Fraser", "Mateus Silva", "Grace Abara")


def add_orders(built: Built, actor: Actor) -> int:
    """Store the orders; return how many."""
    random = Random(built.tenant.slug)
    count = 0
    # What came in to be on stock came before anything left.
    for order in Order.objects.filter(tenant=built.tenant):
        _date_back(order, timedelta(days=3 * ORDERS_A_CUSTOMER))
    makers = {
        customer.pk: _caller(client)
        for _, client in reversed(built.clients)
        for customer in client.customers.all()
    }
    for customer in (*built.customers.values(), *built.sandboxes.values()):
        products = list(Product.objects.filter(customer=customer).order_by("code"))
        if not products:
            continue
        for number in range(1, ORDERS_A_CUSTOMER + 1):
            payload = _order(random, customer, products, number)
            order = create_order(
                tenant=built.tenant, scope=EVERYTHING, payload=payload, actor=makers.get(customer.pk, actor)
            ).order
            _move_on(order, number, actor)
            _date_back(
                order, timedelta(days=2 * (ORDERS_A_CUSTOMER - number), minutes=random.randint(5, 600))
            )
            count += 1
        announced = create_inbound_order(
            tenant=built.tenant, scope=EVERYTHING, payload=_announced(customer, products), actor=actor
        ).order
        _date_back(announced, timedelta(days=random.randint(1, 4), minutes=random.randint(5, 600)))
        count += 1
    return count + _add_waiting(built, random)


def _caller(client: ApiClient) -> Actor:
    """The client as the one who makes an order."""
    return Actor(kind="client", name=client.name, id=str(client.pk))


def _add_waiting(built: Built, random: Random) -> int:
    """Orders that came through channels which leave the choice of the warehouse to a person."""
    count = 0
    for caller, client in built.clients:
        for customer in built.customers.values() if caller.is_manual else ():
            products = list(Product.objects.filter(customer=customer).order_by("code"))
            order = create_order(
                tenant=built.tenant,
                scope=EVERYTHING,
                payload=_order(random, customer, products, FIRST_WAITING + count),
                actor=_caller(client),
                defaults=OrderDefaults(Allocation.MANUAL, THRESHOLD_WEIGHT, THRESHOLD_VOLUME),
                channel_client_id=client.pk,
            ).order
            _date_back(order, timedelta(minutes=random.randint(20, 900)))
            count += 1
    return count


def _order(random: Random, customer: Customer, products: list[Product], number: int) -> dict[str, object]:
    town, postcode, state = random.choice(TOWNS)
    chosen = random.sample(products, k=min(len(products), random.randint(1, 2)))
    return {
        "references": {"customer": f"SO-{1000 + number}"},
        "customer": {"id": str(customer.pk)},
        "details": {
            "urgent": number % 5 == 0,
            "deliver": {
                "address": {
                    "contactName": random.choice(PEOPLE),
                    "address1": f"{random.randint(1, 180)} {random.choice(STREETS)}",
                    "city": town,
                    "postcode": postcode,
                    "state": {"code": state},
                    "country": {"iso2Code": "AU"},
                },
                "method": {"type": "SHIPPING"},
            },
        },
        "items": [
            # The last order asks for more than there is, to show what a rejected one looks like.
            {
                "details": {"product": {"id": str(product.pk)}},
                "measures": {"quantity": 5000 if number == ORDERS_A_CUSTOMER else random.randint(1, 3)},
            }
            for product in chosen
        ],
    }


def _move_on(order: Order, number: int, actor: Actor) -> None:
    """Some wait, some are packed, some gone, one cancelled."""
    if order.status != Status.AWAITING_PICK_AND_PACK:
        return
    if number == 1:
        cancel(order=order, actor=actor, reason="The customer ordered twice.")
    elif number <= 5:
        order = pack(order=order, actor=actor)
        if number <= 4:
            dispatch(order=order, actor=actor)


def _announced(customer: Customer, products: list[Product]) -> dict[str, object]:
    return {
        "references": {"customer": "PO-NEXT"},
        "customer": {"id": str(customer.pk)},
        "items": [
            {"details": {"product": {"id": str(product.pk)}}, "measures": {"quantity": 48}}
            for product in products
        ],
    }


def _date_back(order: Order, by: timedelta) -> None:
    """Let an order look as if it had been made earlier; services store everything with the time of now."""
    Order.objects.filter(pk=order.pk).update(
        created=F("created") - by,
        modified=F("modified") - by,
        packed_at=F("packed_at") - by,
        dispatched_at=F("dispatched_at") - by,
    )
    StatusChange.objects.filter(order=order).update(at=F("at") - by)
    Consignment.objects.filter(order=order).update(created=F("created") - by, modified=F("modified") - by)
