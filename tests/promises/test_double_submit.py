"""Promise 14: a double click makes one object; of two tabs that regenerate, one shows a secret, one is told."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse

from apps.clients.models import ApiClient
from apps.customers.models import Customer
from apps.orders.models import Order, Product
from apps.tenants.models import Invitation, Warehouse
from apps.webhooks.models import Endpoint
from tests import pages
from tests.figures import figure
from tests.orders.factories import ProductFactory, stocked
from tests.promises import naive
from tests.promises.callers import Proof, one_of_each_kind
from tests.promises.conftest import Office
from tests.promises.test_rotation import SECRET
from tests.promises.web import Answer, Web, posts_together

pytestmark = pytest.mark.slow
PASSWORD = "Kestrel-paper-41-lantern"
ORDER: dict[str, Any] = {"quantity1": "1"}
ADDRESS = {"contact_name": "Kim", "address1": "9 Quay St", "city": "Perth", "country": "AU"}
FORMS: dict[str, tuple[type[Model], Callable[[str], dict[str, Any]]]] = {
    "clients:add": (
        ApiClient,
        lambda n: {"name": n, "customers": "all", "warehouses": "all", "roles": "WMS_CREATE_JOBS"},
    ),
    "clients:channel_add": (
        ApiClient,
        lambda n: {
            "name": n, "configuration": "manual", "threshold_weight": "1", "threshold_volume": "1",
            "webhook_url": "https://hooks.example.com/x", "auth_token": "a-token-of-theirs",
        },
    ),
    "clients:token_add": (ApiClient, lambda n: {"name": n, "use_case": "own", "roles": "WMS_CREATE_JOBS"}),
    "clients:access_token_add": (
        ApiClient,
        lambda n: {"username": n.lower(), "password": PASSWORD, "roles": "ORDER_API_ACCESS"},
    ),
    "customers:add": (Customer, lambda n: {"name": n}),
    "sandboxes:duplicate": (Customer, lambda n: {"name": f"{n} Sandbox"}),
    "tenants:warehouse_add": (Warehouse, lambda n: {"name": n}),
    "tenants:invite": (Invitation, lambda n: {"email": f"{n.lower()}@example.com", "role": "viewer"}),
    "webhooks:add": (Endpoint, lambda n: {"name": n, "url": "https://hooks.example.com/x"}),
    "orders:product_add": (Product, lambda n: {"code": n, "name": n, "unit": "EA"}),
    "orders:add": (Order, lambda n: {"reference": n, **ADDRESS, **ORDER}),
    "orders:inbound_add": (Order, lambda n: {"reference": n, **ORDER}),
}  # fmt: skip
ROUNDS = figure(100, 2 * len(FORMS))
TABS = figure(50, 6)


@pytest.fixture
def addresses(office: Office) -> dict[str, str]:
    """The address of each form, with what it asks about."""
    product = ProductFactory.create(customer=office.customer, code="MUG-12")
    stocked(product, office.warehouse, 10_000)
    ORDER["product1"] = str(product.pk)
    office.plan.token_limit = 1_000
    office.plan.save()
    slug, customer = office.tenant.slug, office.customer.pk
    found = {name: reverse(name, args=[slug]) for name in FORMS if name != "sandboxes:duplicate"}
    for name in ("orders:add", "orders:inbound_add", "orders:product_add"):
        found[name] += f"?customer={customer}"
    return {**found, "sandboxes:duplicate": reverse("sandboxes:duplicate", args=[slug, customer])}


def test_a_double_click_makes_one_object(
    port: int, office: Office, portal: Web, addresses: dict[str, str]
) -> None:
    for number in range(ROUNDS):
        name = list(FORMS)[number % len(FORMS)]
        model, fields = FORMS[name]
        form = pages.values(pages.main_form(pages.read(portal.get(addresses[name]))))
        before = model._default_manager.count()
        answers = click_twice(port, office, addresses[name], {**form, **fields(f"Made-{number}")})
        statuses = sorted(answer.status for answer in answers)
        made = model._default_manager.count() - before
        assert made == 1, f"{name}: {made} made, {statuses}: {said(answers[0])}"
        assert statuses[0] in (200, 303) and statuses[1] in (200, 303, 409, 422), f"{name}: {statuses}"
        secrets = [set(SECRET.findall(answer.text)) for answer in answers]
        assert not secrets[0] or not secrets[1], f"{name}: both answers show a secret"


def click_twice(port: int, office: Office, path: str, data: dict[str, Any]) -> list[Answer]:
    """The same form twice at once."""
    return posts_together(port, [(path, data), (path, data)], **office.cookies)


def said(answer: Answer) -> str:
    """The words of a page's errors."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2]).split())[:500]


@pytest.mark.parametrize("kind", ["client", "bearer", "access"])
def test_of_two_tabs_one_shows_a_secret_that_works_and_the_other_is_told(
    kind: str, port: int, office: Office, portal: Web
) -> None:
    client, _ = one_of_each_kind(office.tenant)[kind]
    path = reverse("clients:generate", args=[office.tenant.slug, client.pk])
    for number in range(TABS):
        client.refresh_from_db()
        overlap = ("now", "1h")[number % 2]
        form = {"version": client.version, "understood": "on", "stored": "on", "overlap": overlap}
        winner, loser = sorted(click_twice(port, office, path, form), key=lambda answer: answer.status)
        assert (winner.status, loser.status) == (200, 409)
        (secret,) = set(SECRET.findall(winner.text))
        assert not SECRET.search(loser.text)
        assert "Nothing was generated now" in loser.text
        named = client.client_id if kind == "client" else ""
        assert Proof("new", secret, named).call(portal, office.tenant) == 200
        assert client.credentials.filter(state="active", kind=("secret" if named else "bearer")).count() == 1


@pytest.mark.postgres
def test_looking_before_writing_fails_this_test(port: int, office: Office) -> None:
    # Whether two clicks meet is chance, the more so on a busy machine, so they get some tries.
    for number in range(300):
        click_twice(port, office, "/naive/once/", {"key": str(number)})
        if naive.count("once", str(number)) == 2:
            return
    pytest.fail("Looking before writing made one object, in 300 tries.")
