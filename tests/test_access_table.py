"""Every address x everybody x every method, and nothing that is not in the table (promises 8, 9, 11 and 20)."""

import copy
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.tenants.access import Need
from apps.tenants.models import Membership
from tests import factories
from tests.access_table import MACHINE, NOBODY, OPEN, OTHER_ROUTES, SIGNED_IN, TENANT_ROUTES
from tests.routes import Route, every_route
from tests.world import World, nowhere

pytestmark = pytest.mark.django_db

ROUTES = every_route()
TENANT = [route for route in ROUTES if route.is_tenant and route.name in TENANT_ROUTES]
WITH_ID = [route for route in TENANT if any(name.endswith("_id") for name in route.kwargs)]
PORTAL = [route for route in ROUTES if not route.is_desk and not route.name.startswith("partner_api:")]
INSIDERS = {
    "administrator": set(Need),
    "limited_administrator": {Need.MEMBER, Need.VIEW, Need.EDIT},
    "viewer": {Need.MEMBER, Need.VIEW},
    "customer_user": {Need.MEMBER},
}
# What a refused form, a second press and a redirect after success answer.
TAKEN = {200, 302, 303, 400, 409, 410, 422}
# Addresses of something that these people don't have: an invitation of their own, a second factor.
NOTHING_THERE = {"invitations:accept", "mfa_view_recovery_codes", "mfa_deactivate_totp"}
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|req_[0-9a-f]{24}|\b\d+\b")
TOKEN = re.compile(rb"\b[0-9A-Za-z]{64}\b")


@pytest.fixture(scope="module")
def world(worlds: tuple[World, World]) -> World:
    return worlds[0]


@pytest.fixture(scope="module")
def other(worlds: tuple[World, World]) -> World:
    return worlds[1]


@pytest.fixture(scope="module")
def clients(world: World, other: World) -> dict[str, Client]:
    """A browser for each kind of person, and a machine with a bearer token and no session."""
    people: dict[str, User | None] = {name: getattr(world, name) for name in INSIDERS}
    people["outsider"] = other.administrator
    people["staff"] = factories.UserFactory.create(is_staff=True, is_superuser=True)
    people["anonymous"] = None
    found = {name: signed_in(user) for name, user in people.items()}
    found["machine"] = Client(
        headers={"Authorization": f"Bearer {world.bearer_token}", "Accept-Version": "1"}
    )
    return found


def signed_in(user: User | None, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    if user is not None:
        client.force_login(user)
    return client


def address(route: Route, world: World, ids: Callable[[str], Any] | None = None) -> str:
    """The address of a route in this world, or with ids from elsewhere."""
    if not route.is_tenant:
        if route.name == "invitations:accept":
            return reverse(route.name, args=[world.invitation.pk])
        if route.name not in OTHER_ROUTES:
            return "/" + route.pattern
        return reverse(route.name, args=OTHER_ROUTES[route.name].kwargs)
    kwargs = {name: (ids or id_for(route, world))(name) for name in route.kwargs if name != "tenant_slug"}
    path = reverse(route.name, kwargs={"tenant_slug": world.tenant.slug, **kwargs})
    query = TENANT_ROUTES[route.name].query
    return f"{path}?{query}={world.of_kwarg(f'{query}_id')}" if query else path


def id_for(route: Route, world: World) -> Callable[[str], Any]:
    """The usual object's id for each name in an address, or that of the object which the table names."""
    of = TENANT_ROUTES[route.name].of
    return (lambda name: getattr(world, of).pk) if of else world.of_kwarg


@contextmanager
def taken_back() -> Iterator[None]:
    """A savepoint for one request that may change something."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str, **options: Any) -> Any:
    # What was done is taken back in the browser too: signing out, a new session key, a message for the next page.
    before = copy.deepcopy(client.cookies)
    with taken_back():
        answer = client.generic(method, path, **options)
    client.cookies = before
    return answer


def plain(response: HttpResponse) -> bytes:
    """A body without what differs from request to request."""
    return IDS.sub(b"#", TOKEN.sub(b"", response.content))


# --- The table is whole -----------------------------------------------------------------------------------------


def test_every_address_of_an_organisation_is_in_the_table() -> None:
    missing = [
        f'    **_rows({route.view.need.name}, ..., "{route.name}"),'
        for route in ROUTES
        if route.is_tenant and route.name not in TENANT_ROUTES and hasattr(route.view, "need")
    ]
    assert not missing, "Add to TENANT_ROUTES in tests/access_table.py:\n" + "\n".join(missing)


def test_every_address_of_an_organisation_declares_what_it_needs() -> None:
    undeclared = [route.name for route in ROUTES if route.is_tenant and not hasattr(route.view, "need")]
    assert not undeclared, f"Put @tenant_page(Need.…) on the views of {undeclared}."


def test_every_other_address_is_in_the_table() -> None:
    missing = [
        f'    **_outside(..., "{route.name}"),'
        for route in ROUTES
        if not route.is_tenant and not route.is_desk and route.name not in OTHER_ROUTES
    ]
    assert not missing, "Add to OTHER_ROUTES in tests/access_table.py:\n" + "\n".join(missing)


def test_every_row_of_the_table_has_an_address() -> None:
    names = {route.name for route in ROUTES}
    gone = [name for name in (*TENANT_ROUTES, *OTHER_ROUTES) if name not in names]
    assert not gone, f"Take out of tests/access_table.py what no address has any more: {gone}"


@pytest.mark.parametrize("route", TENANT, ids=lambda route: route.name)
def test_an_address_declares_what_the_table_says(route: Route) -> None:
    assert route.view.need is TENANT_ROUTES[route.name].need


# --- Who gets in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", TENANT, ids=lambda route: route.name)
def test_members_get_in_by_their_rights(route: Route, world: World, clients: dict[str, Client]) -> None:
    row, path = TENANT_ROUTES[route.name], address(route, world)
    for name, rights in INSIDERS.items():
        for method in row.methods:
            answer = ask(clients[name], method, path)
            allowed = ({200} if method == "GET" else TAKEN) if row.need in rights else {403}
            assert answer.status_code in allowed, f"{method} {path} as {name}: {answer.status_code}"


@pytest.mark.parametrize("route", TENANT, ids=lambda route: route.name)
def test_nobody_else_gets_in(route: Route, world: World, clients: dict[str, Client]) -> None:
    path = address(route, world)
    for method in TENANT_ROUTES[route.name].methods:
        for name in ("anonymous", "machine"):
            answer = ask(clients[name], method, path)
            assert answer.status_code == 302, f"{method} {path} as {name}: {answer.status_code}"
            assert answer["Location"].startswith("/accounts/login/?next="), f"{method} {path} as {name}"
        for name in ("outsider", "staff"):
            answer = ask(clients[name], method, path)
            assert answer.status_code == 404, f"{method} {path} as {name}: {answer.status_code}"
        # And again when whatever there is to be cached has been asked for by somebody who may see it.
        ask(clients["administrator"], method, path)
        assert ask(clients["outsider"], method, path).status_code == 404, f"{method} {path} after an insider"


@pytest.mark.parametrize("route", TENANT, ids=lambda route: route.name)
def test_a_method_that_is_not_declared_is_refused(
    route: Route, world: World, clients: dict[str, Client]
) -> None:
    path = address(route, world)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(TENANT_ROUTES[route.name].methods):
        answer = ask(clients["administrator"], method, path)
        assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
        answer = ask(clients["outsider"], method, path)
        assert answer.status_code in (404, 405), f"{method} {path} as outsider: {answer.status_code}"


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: route.name)
def test_a_foreign_id_and_none_at_all_are_answered_alike(
    route: Route, world: World, other: World, clients: dict[str, Client]
) -> None:
    row = TENANT_ROUTES[route.name]
    theirs = address(route, world, id_for(route, other))
    random = address(route, world, lambda name: nowhere(id_for(route, world)(name)))
    for name in ("administrator", "customer_user"):
        expected = 404 if row.need in INSIDERS[name] else 403
        for method in row.methods:
            answers = [ask(clients[name], method, path) for path in (theirs, random)]
            assert [answer.status_code for answer in answers] == [expected] * 2, (
                f"{method} {theirs} as {name}"
            )
            assert plain(answers[0]) == plain(answers[1]), f"{method} {theirs} as {name}"


def test_a_customer_user_sees_nothing_of_other_customers(world: World, clients: dict[str, Client]) -> None:
    Membership.objects.filter(tenant=world.tenant, user=world.customer_user).update(
        customer_ids=[str(world.other_customer.pk)]
    )
    for route in WITH_ID:
        if TENANT_ROUTES[route.name].need is Need.MEMBER:
            path = address(route, world)
            assert ask(clients["customer_user"], "GET", path).status_code == 404, path
    for route in TENANT:
        if TENANT_ROUTES[route.name].need is Need.MEMBER and route not in WITH_ID:
            page = b"".join(ask(clients["customer_user"], "GET", address(route, world))).decode()
            for hidden in (
                world.customer.name,
                world.product.code,
                world.order.reference,
                str(world.customer.pk),
            ):
                assert hidden not in page, f"{hidden} on {route.name}"


def test_a_foreign_organisation_and_none_at_all_are_answered_alike(
    world: World, clients: dict[str, Client]
) -> None:
    answers = [ask(clients["outsider"], "GET", f"/t/{slug}/") for slug in (world.tenant.slug, "no-such-slug")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert plain(answers[0]) == plain(answers[1])


# --- Outside every organisation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in OTHER_ROUTES if OTHER_ROUTES[name].who != MACHINE])
def test_addresses_outside_organisations_open_for_whom_they_should(
    name: str, world: World, clients: dict[str, Client]
) -> None:
    row = OTHER_ROUTES[name]
    path = address(next(route for route in ROUTES if route.name == name), world)
    for principal in ("anonymous", "machine", "viewer", "staff"):
        for method in row.methods:
            answer = ask(clients[principal], method, path)
            place = f"{method} {path} as {principal}: {answer.status_code}"
            knows_nobody = principal in ("anonymous", "machine")
            if row.who == NOBODY:
                assert answer.status_code == 404, place
            elif row.who == SIGNED_IN and knows_nobody:
                assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"), place
            else:
                assert row.who in (OPEN, SIGNED_IN) and answer.status_code in TAKEN | {404}, place
                assert answer.status_code != 404 or name in NOTHING_THERE, place


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.is_desk], ids=lambda route: route.pattern
)
def test_the_support_desk_opens_for_staff_alone(
    route: Route, clients: dict[str, Client], settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    path = desk_address(route)
    for principal in ("anonymous", "machine", "viewer", "outsider"):
        for method in ("GET", "POST"):
            answer = ask(clients[principal], method, path)
            place = f"{method} {path} as {principal}: {answer.status_code}"
            if answer.status_code == 302:
                # Whoever isn't staff is sent to where people sign in, or change their own password, and no further.
                assert re.match(r"/accounts/|/admin/(login/.*)?$", answer["Location"]), place
            else:
                assert principal in ("viewer", "outsider") and answer.status_code in (403, 404, 405), place
    assert ask(clients["staff"], "GET", path).status_code in (200, 302, 400, 403, 404, 405), path


def desk_address(route: Route) -> str:
    """An address of the support desk, with something in each place for an id."""
    path = re.sub(r"<[^>]*>|\(\?P<url>[^)]*\)", "1", route.pattern).replace("^(?P<app_label>", "(")
    return "/" + re.sub(r"\(([a-z]+)[^)]*\)|[\^$]", r"\1", path)


# --- Machines and people apart ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in OTHER_ROUTES if OTHER_ROUTES[name].who == MACHINE])
def test_the_api_takes_no_session(name: str, world: World, clients: dict[str, Client]) -> None:
    row = OTHER_ROUTES[name]
    path = reverse(name, args=row.kwargs)
    for principal in ("administrator", "staff", "anonymous"):
        for method in row.methods:
            answer = ask(clients[principal], method, path, headers={"Accept-Version": "1"})
            assert answer.status_code in (400, 401, 403, 404), f"{method} {path} as {principal}"
            assert "Set-Cookie" not in answer.headers and not answer.cookies


def test_a_session_opens_no_resource_of_the_api(world: World, clients: dict[str, Client]) -> None:
    document = clients["anonymous"].get("/api/openapi.json").json()
    path = f"/tenants/{world.tenant.pk}/customers"
    assert ask(clients["machine"], "GET", path).status_code == 200
    tried = 0
    for template, methods in document["paths"].items():
        if not template.startswith("/tenants/"):
            continue
        path = re.sub(r"\{[^}]*\}", str(world.order.pk), template.replace("{tenantId}", str(world.tenant.pk)))
        for method in {"get", "put", "post", "patch", "delete"} & set(methods):
            for name in ("administrator", "staff", "anonymous"):
                answer = ask(clients[name], method.upper(), path, headers={"Accept-Version": "1"})
                assert answer.status_code == 401, f"{method} {path} as {name}: {answer.status_code}"
            tried += 1
    assert tried > 20


# --- Requests that change something -----------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_no_post_is_taken_without_a_csrf_token(htmx: bool, world: World) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    client = signed_in(world.administrator, enforce_csrf_checks=True)
    for route in PORTAL:
        before = snapshot()
        answer = client.post(address(route, world), headers=headers)
        assert answer.status_code in (403, 405), f"POST {address(route, world)}: {answer.status_code}"
        assert "POST" not in methods_of(route) or answer.status_code == 403, route.name
        assert snapshot() == before, route.name


def methods_of(route: Route) -> tuple[str, ...]:
    row: Any = TENANT_ROUTES.get(route.name) or OTHER_ROUTES.get(route.name)
    return row.methods if row else ()


def test_staff_need_a_csrf_token_too(settings: Any, world: World) -> None:
    settings.STAFF_SECOND_FACTOR = False
    user = factories.UserFactory.create(is_staff=True, is_superuser=True)
    client = signed_in(user, enforce_csrf_checks=True)
    desk = [desk_address(route) for route in ROUTES if route.is_desk]
    before = snapshot()
    for path in (*desk, "/admin/tenants/plan/add/", "/admin/accounts/user/add/"):
        assert client.post(path).status_code in (403, 404), path
    assert [client.post(path).status_code for path in desk].count(403) > len(desk) / 2
    assert snapshot() == before


# A session notes when its person was last here, and the cache counts; neither is anybody's data.
UNWATCHED = {"django_session", "cache_entries"}
TABLES = sorted(
    {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    - UNWATCHED
)


def snapshot() -> dict[str, str]:
    """A checksum of every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = f"{len(rows)} rows, {hashlib.sha256(''.join(rows).encode()).hexdigest()}"
    return found


def test_the_snapshot_sees_a_change_of_one_value(world: World) -> None:
    before = snapshot()
    type(world.warehouse).objects.filter(pk=world.warehouse.pk).update(city="1")
    assert [table for table in TABLES if snapshot()[table] != before[table]] == ["tenants_warehouse"]


@pytest.mark.parametrize("name", ["administrator", "customer_user", "anonymous", "staff"])
def test_reading_changes_nothing(name: str, world: World, clients: dict[str, Client], settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    before = snapshot()
    for route in ROUTES:
        if route.is_desk and name != "staff":
            continue
        path = desk_address(route) if route.is_desk else address(route, world)
        for method in ("GET", "HEAD"):
            clients[name].generic(method, path)
        if snapshot() != before:
            changed = [table for table in TABLES if snapshot()[table] != before[table]]
            pytest.fail(f"GET {path} as {name} changed {changed}")
