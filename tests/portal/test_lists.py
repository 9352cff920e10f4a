"""Lists and pages: no query more for twice the rows, and no address that breaks them (promise 25)."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.billing.services import close_week
from apps.clients import services as clients
from apps.clients.models import Configuration
from apps.clients.services import ChannelInput, ClientInput
from apps.customers.models import Customer, Kind
from apps.orders.models import StatusChange
from apps.tenants.models import Invitation, Plan, Role
from apps.tenants.zones import Calendar
from apps.webhooks.endpoints import create_endpoint
from tests import factories, pages
from tests.access_table import TENANT_ROUTES
from tests.customers.factories import CustomerFactory
from tests.orders.factories import ProductFactory, make_inbound_order, make_order, stocked
from tests.routes import Route, every_route
from tests.test_access_table import address
from tests.world import ACTOR, World, a_call, a_consignment

pytestmark = pytest.mark.django_db

READABLE = [
    route
    for route in every_route()
    if route.name in TENANT_ROUTES and "GET" in TENANT_ROUTES[route.name].methods
]
# Session, person and membership take three; a list then asks for its rows, how many there are, and what they name.
MOST = 8
MORE: dict[str, tuple[int, str]] = {
    "portal:dashboard": (12, "five tiles and two short lists, each of another table"),
    "portal:search": (10, "one question for each kind of thing that can be found"),
    "clients:detail": (19, "its secrets, reach, UUIDs, use and calls are on one page"),
    "clients:edit": (
        13,
        "what is chosen and what can be, of customers and of warehouses, the advice, the plan",
    ),
    "customers:detail": (14, "its details, warehouses, sandboxes, clients and orders are on one page"),
    "orders:detail": (10, "its lines, history, consignments and documents are on one page"),
    "orders:inbound": (10, "its lines and history are on one page"),
    "orders:assortment": (10, "two filters, and for each product its warehouses and what they offer"),
    "orders:product": (10, "its units, stock, orders and promotions are on one page"),
    "webhooks:detail": (11, "its state, its health of a week, what waits and its latest deliveries"),
    "billing:usage_report": (13, "weeks, counters, plan and the names of clients"),
    "billing:meter_panel": (17, "the forecast looks at the four weeks before"),
    "billing:statement": (12, "statement, lines, late calls, days and their neighbours"),
    "billing:cap": (17, "the meter stands above the form"),
    "billing:statements": (13, "the running week and what waits to be closed stand above the closed ones"),
    "usage:calls": (9, "the choices of its filter, and the names beside the calls"),
    "usage:client_panel": (11, "the calls, their names, and the use of a day and a week"),
    "sandboxes:go_live": (12, "the checklist and the summary of each sandbox"),
}
number = count(1)


@pytest.fixture(scope="module")
def world(worlds: tuple[World, World]) -> World:
    Plan.objects.filter(tenant=worlds[0].tenant).update(token_limit=1000)
    return worlds[0]


@pytest.fixture(scope="module")
def portal(world: World) -> Client:
    client = Client()
    client.force_login(world.administrator)
    return client


def add_ten_of_everything(world: World) -> None:
    """Rows for every list, with what hangs on them."""
    for _ in range(10):
        which = next(number)
        warehouse = factories.WarehouseFactory.create(tenant=world.tenant, name=f"Store {which}")
        customer = CustomerFactory.create(tenant=world.tenant, name=f"Roastery {which}")
        customer.warehouses.add(warehouse, world.warehouse)
        Customer.objects.create(
            tenant=world.tenant, name=f"Sandbox {which}", kind=Kind.SANDBOX, copied_from=world.customer
        )
        product = ProductFactory.create(
            customer=world.customer, code=f"X-{which}", units={"EA": 1, "CTN": 12}
        )
        stocked(product, world.warehouse, 1000)
        stocked(product, warehouse, 1000)
        order = make_order(world.customer, (f"X-{which}", 1), ("MUG-12", 1), reference=f"SO-X{which}")
        StatusChange.objects.create(
            order=world.order,
            version=which + 1,
            after=world.order.status,
            actor_kind="worker",
            actor_name="w",
        )
        make_inbound_order(world.customer, (f"X-{which}", 2), reference=f"PO-X{which}")
        if not order.consignments.exists():
            a_consignment(order, numeric_id=f"9{which}")
        add_clients(world, which, customer)
        create_endpoint(
            tenant=world.tenant, name=f"Hook {which}", url="https://hooks.example.com/", actor=ACTOR
        )
        factories.MembershipFactory.create(tenant=world.tenant, role=Role.VIEWER)
        Invitation.objects.create(
            tenant=world.tenant,
            email=f"invited{which}@example.com",
            role=Role.VIEWER,
            token_digest=f"digest{which}",
            expires=timezone.now() + timedelta(days=1),
        )
        calendar = Calendar(world.tenant)
        world.week = calendar.week_before(world.week)
        close_week(tenant=world.tenant, week=world.week, actor=ACTOR)


def add_clients(world: World, which: int, customer: Customer) -> None:
    """One of each kind, with a rotation that overlaps and a call."""
    values = ClientInput(
        name=f"Client {which}",
        roles=["WMS_CREATE_JOBS"],
        customers=[customer, world.customer, world.sandbox],
        warehouses=[world.warehouse],
    )
    client = clients.create_client(tenant=world.tenant, actor=ACTOR, values=values)
    for _ in range(2):
        clients.generate_credentials(client=client, actor=ACTOR, retire_after=timedelta(hours=1))
    clients.generate_credentials(client=world.client, actor=ACTOR)
    for called in (client, world.client):
        a_call(world.tenant, called, world.customer)
    channel = ChannelInput(
        name=f"Channel {which}",
        configuration=Configuration.MANUAL,
        threshold_weight=Decimal(1),
        threshold_volume=Decimal(1),
    )
    pending = clients.create_channel(tenant=world.tenant, actor=ACTOR, values=channel)
    clients.confirm_channel(client=pending.client, actor=ACTOR)
    roles = ["ORDER_API_ACCESS"]
    clients.create_bearer(tenant=world.tenant, actor=ACTOR, name=f"Token {which}", roles=roles)
    clients.create_access(tenant=world.tenant, actor=ACTOR, username=f"user-{which}", roles=roles)


def queries(portal: Client, path: str) -> list[str]:
    """The queries of one request, after one that warmed up what is kept."""
    assert portal.get(path).status_code == 200, path
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = portal.get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
    return [query["sql"] for query in captured.captured_queries]


def test_no_page_asks_more_for_twice_the_rows(world: World, portal: Client) -> None:
    add_ten_of_everything(world)
    paths = {route.name: address(route, world) for route in READABLE}
    before = {name: queries(portal, path) for name, path in paths.items()}
    add_ten_of_everything(world)
    grown = {}
    for name, path in paths.items():
        after = queries(portal, path)
        if len(after) > len(before[name]):
            grown[name] = f"{len(before[name])} -> {len(after)}:\n  " + "\n  ".join(sorted(after))
    assert not grown, "\n".join(f"{name}: {what}" for name, what in grown.items())


@pytest.mark.parametrize("route", READABLE, ids=lambda route: route.name)
def test_a_page_asks_few_questions(route: Route, world: World, portal: Client) -> None:
    most, _ = MORE.get(route.name, (MOST, ""))
    asked = queries(portal, address(route, world))
    assert len(asked) <= most, f"{len(asked)} queries:\n" + "\n".join(asked)


BAD = (
    "0", "-1", "1e3", "+1", "１２", "zz", "NaN", "' OR 1=1 --", str(2**31), str(2**63), str(2**70), "9" * 5000,
    "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59", "２０２６-01-05", "\x00",
    "11111111-2222-4333-8444-555555555555",
    "\u202e", "a" * 10_000, "-password", "[]",
)  # fmt: skip
ONE_OF_EACH = ("１２", str(2**70), "2026-02-30", "\x00", "11111111-2222-4333-8444-555555555555")
ALWAYS = {"page", "sort", "q"}


@pytest.mark.parametrize(
    "route",
    [route for route in READABLE if TENANT_ROUTES[route.name].methods == ("GET",)],
    ids=lambda r: r.name,
)
def test_a_parameter_that_makes_no_sense_breaks_no_page(route: Route, world: World, portal: Client) -> None:
    portal.raise_request_exception = False
    path = address(route, world)
    answer = portal.get(path)
    is_page = answer.headers["Content-Type"].startswith("text/html")
    names = ALWAYS | (pages.parameters(pages.read(answer)) if is_page else set())
    # Every value at once in all parameters, and each parameter alone with one value of each sort, because what one
    # parameter refuses may hide what another would have broken.
    asked = [dict.fromkeys(sorted(names), value) for value in BAD]
    asked += [{name: value} for name in sorted(names) for value in ONE_OF_EACH]
    for query in asked:
        answer = portal.get(path, query)
        place = f"{path}?{'&'.join(query)}={next(iter(query.values()))[:40]!r}: {answer.status_code}"
        assert answer.status_code in (200, 303, 400, 404, 422), place
        if answer.streaming:
            b"".join(answer.streaming_content)


# What no form sends: half characters, bytes that are no UTF-8, one name often, no name at all.
RAW = (
    "page=%ED%A0%80", "page=%FF%FE", "q=%C0%80", "page=1&page=2&page=zz", "=", "&&&", "page", "?", "%",
    "&".join(f"p{index}=1" for index in range(1500)),
)  # fmt: skip


@pytest.mark.parametrize("query", RAW, ids=lambda query: query[:12])
def test_no_query_string_breaks_a_list(query: str, world: World, portal: Client) -> None:
    portal.raise_request_exception = False
    for route in READABLE:
        if route.name.endswith(
            ("list", "products", "consignments", "calls", "audit", "warehouses", "search")
        ):
            answer: Any = portal.generic("GET", address(route, world), QUERY_STRING=query)
            assert answer.status_code in (200, 400, 404, 422), f"{route.name}: {answer.status_code}"
