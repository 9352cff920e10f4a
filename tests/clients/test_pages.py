"""API clients on screen: added, generated, shown once, edited, ended."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import services
from apps.clients.models import ApiClient, Credential, Kind
from apps.customers.models import Customer
from apps.tenants.models import Warehouse
from tests.clients.conftest import ACTOR
from tests.world import a_call

SECRET = re.compile(r"gp_(?:cs|bt|at)_[0-9A-Za-z]{49}")


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


def url(name, *args, slug="coastal"):
    return reverse(f"clients:{name}", args=[slug, *args])


def form_data(customer, warehouse, **more):
    return {
        "name": "ABC Foods Booking System",
        "customers": [customer.pk],
        "warehouses": [warehouse.pk],
        "roles": ["WMS_CREATE_JOBS", "TMS_CREATE_JOBS"],
        "is_active": "on",
        "creation_key": uuid4(),
        **more,
    }


def tick(client, **more):
    return {"version": client.version, "understood": "on", "stored": "on", **more}


def text_of(response):
    return response.content.decode()


def test_a_client_is_added_and_its_pop_out_is_the_next_page(portal, customer, warehouse):
    response = portal.post(url("add"), form_data(customer, warehouse))
    client = ApiClient.objects.get()
    assert response.status_code == 303
    assert response.url == url("generate", client.pk)
    assert list(client.customers.all()) == [customer]
    assert client.is_active
    assert client.client_id.startswith("gpc_")
    page = text_of(portal.get(response.url))
    assert page.count('type="checkbox"') == 2
    assert "checked" not in page
    assert "Generate Credentials" in page
    entry = Entry.objects.get(action="client.created")
    assert entry.after["roles"] == ["WMS_CREATE_JOBS", "TMS_CREATE_JOBS", "TMS_VIEW_JOBS"]


def test_with_htmx_the_pop_out_opens_over_the_client_page(portal, customer, warehouse):
    response = portal.post(url("add"), form_data(customer, warehouse), headers={"HX-Request": "true"})
    client = ApiClient.objects.get()
    assert response["HX-Redirect"] == url("detail", client.pk) + "?generate=1"
    assert "click, load" in text_of(portal.get(response["HX-Redirect"]))
    dialog = text_of(portal.get(url("generate", client.pk), headers={"HX-Request": "true"}))
    assert "<html" not in dialog
    assert 'id="dialog-title"' in dialog


def test_a_form_submitted_twice_adds_one_client(portal, customer, warehouse):
    data = form_data(customer, warehouse)
    first, second = portal.post(url("add"), data), portal.post(url("add"), data)
    assert first.url == second.url
    assert ApiClient.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "required"),
        ({"name": "\u200b\u2060"}, "required"),
        ({"name": "a\tb"}, "Line breaks and control characters"),
        ({"name": "x" * 121}, "at most 120"),
        ({"customers": []}, "Choose at least one customer, or all."),
        ({"customers": ["all", "x"]}, "Choose from the list."),
        ({"warehouses": [str(uuid4())]}, "Choose from the list."),
        ({"roles": []}, "Choose at least one API role."),
        ({"roles": ["ROOT"]}, "Choose from the list."),
        ({"is_internal": "on"}, "An internal client is your own system"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(portal, customer, warehouse, change, message):
    response = portal.post(url("add"), form_data(customer, warehouse, **change))
    assert response.status_code == 422
    assert message in text_of(response)
    assert 'aria-invalid="true"' in text_of(response)
    assert not ApiClient.objects.exists()


def test_all_customers_and_named_ones_at_once_is_refused(portal, customer, warehouse):
    response = portal.post(url("add"), form_data(customer, warehouse, customers=["all", customer.pk]))
    assert response.status_code == 422
    assert "Choose all customers or name them, not both." in text_of(response)


def test_a_name_that_looks_the_same_is_taken(portal, customer, warehouse, make_client):
    make_client("ABC Foods")
    response = portal.post(url("add"), form_data(customer, warehouse, name="abc\u200b  FOODS"))
    assert response.status_code == 422
    assert "Another client has this name" in text_of(response)


def test_fields_that_the_form_does_not_list_are_not_stored(portal, customer, warehouse, outsider):
    other = outsider.memberships.get().tenant
    extra = {
        "tenant": other.pk,
        "kind": "bearer",
        "client_id": "chosen",
        "generation": 9,
        "is_legacy": "on",
        "version": 7,
    }
    portal.post(url("add"), form_data(customer, warehouse, **extra))
    client = ApiClient.objects.get()
    assert client.tenant.slug == "coastal"
    assert client.kind == Kind.CLIENT
    assert client.client_id.startswith("gpc_")
    assert (client.generation, client.version, client.is_legacy) == (1, 0, False)


def test_a_customer_of_another_tenant_is_not_in_the_list(portal, customer, warehouse, outsider):
    foreign = Customer.objects.create(tenant=outsider.memberships.get().tenant, name="Foreign")
    for chosen in (foreign.pk, uuid4()):
        response = portal.post(url("add"), form_data(customer, warehouse, customers=[chosen]))
        assert response.status_code == 422
        assert "Choose from the list." in text_of(response)


def test_a_live_customer_without_sandbox_brings_the_advice(portal, customer, warehouse):
    data = form_data(customer, warehouse)
    advice = portal.post(url("advice"), data, headers={"HX-Request": "true"})
    assert "Blue Kettle Teas has no sandbox." in text_of(advice)
    assert "Duplicate" in text_of(advice)
    Customer.objects.create(
        tenant=customer.tenant, name="Blue Kettle Teas Sandbox", kind="sandbox", copied_from=customer
    )
    assert "has no sandbox" not in text_of(portal.post(url("advice"), data))
    assert not ApiClient.objects.exists()


def test_the_page_says_what_calls_cost(portal, customer, warehouse):
    page = text_of(portal.get(url("add")))
    assert "API clients cost nothing." in page
    assert "3,750 calls" in page
    assert "$0.01" in page


def test_roles_stand_in_the_order_of_the_seed(portal, customer, warehouse):
    page = text_of(portal.get(url("add")))
    places = [
        page.index(f'value="{code}"') for code in ("API_FULL_ACCESS", "WMS_CREATE_JOBS", "TMS_CREATE_JOBS")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("missing", ["understood", "stored"])
def test_an_unticked_box_is_refused_by_the_server(portal, make_client, missing):
    client = make_client()
    response = portal.post(url("generate", client.pk), tick(client, **{missing: ""}))
    assert response.status_code == 422
    assert "Tick this box to go on." in text_of(response)
    assert not Credential.objects.exists()


def test_the_secret_is_in_one_answer_with_its_headers(portal, make_client, customer):
    Warehouse.objects.create(tenant=customer.tenant, name="Second")
    client = make_client()
    response = portal.post(url("generate", client.pk), tick(client))
    page = text_of(response)
    assert response.status_code == 200
    assert len(set(SECRET.findall(page))) == 1
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert 'hx-history="false"' in page
    for label in ("Client ID", "Client Secret", "Tenant UUID", "Customer UUID", "Warehouse UUID"):
        assert f'aria-label="{label}"' in page
    assert "not saved in the system" in page
    assert str(customer.pk) in page
    assert str(customer.tenant_id) in page


def test_reload_and_second_submit_neither_show_nor_mint(portal, make_client):
    client = make_client()
    data = tick(client)
    secret = SECRET.search(text_of(portal.post(url("generate", client.pk), data)))[0]
    for _ in range(3):
        again = portal.post(url("generate", client.pk), data)
        assert again.status_code == 409
        assert not SECRET.search(text_of(again))
    assert Credential.objects.count() == 1
    pages = [
        url("list"),
        url("detail", client.pk),
        url("edit", client.pk),
        url("generate", client.pk),
        url("revoke", client.pk),
    ]
    for page in pages:
        for headers in (
            {},
            {"HX-Request": "true"},
            {"HX-Request": "true", "HX-History-Restore-Request": "true"},
        ):
            assert secret not in text_of(portal.get(page, headers=headers))
    assert "shown once" in text_of(portal.get(url("detail", client.pk)))


def test_two_tabs_make_one_secret_and_the_loser_is_told(portal, make_client):
    client = make_client()
    first = services.generate_credentials(client=client, actor=ACTOR)
    data = tick(first.client, overlap="now")
    won, lost = (portal.post(url("generate", client.pk), data) for _ in range(2))
    assert (won.status_code, lost.status_code) == (200, 409)
    assert "somebody else was faster" in text_of(lost)
    assert Credential.objects.filter(state="active").count() == 1


def test_rotation_offers_when_the_old_credentials_stop(portal, make_client):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    client = issued.client
    page = text_of(portal.get(url("generate", client.pk)))
    for label in ("Immediately", "1 hour", "24 hours", "3 days", "7 days"):
        assert label in page
    assert re.search(r'value="now"[^>]*checked', page)
    assert "connections using them will fail" in page
    assert page.count('type="checkbox"') == 2
    response = portal.post(url("generate", client.pk), tick(client, overlap="24h"))
    assert response.status_code == 200
    assert client.client_id in text_of(response)
    assert Credential.objects.get(number=1).state == "retiring"
    client.refresh_from_db()
    page = text_of(portal.get(url("detail", client.pk)))
    assert "Finish now" in page
    assert "Keep the old one" in page
    response = portal.post(url("finish", client.pk), {"version": client.version})
    assert response.status_code == 303
    assert Credential.objects.get(number=1).state == "expired"
    assert portal.post(url("keep", client.pk), {"version": client.version}).status_code == 409


def test_editing_shows_what_changes_and_stores_it_once_confirmed(portal, make_client, customer, warehouse):
    client = make_client("ERP")
    data = form_data(customer, warehouse, name="ERP", roles=["TMS_CREATE_JOBS"])
    asked = portal.post(url("edit", client.pk), data)
    page = text_of(asked)
    assert asked.status_code == 200
    assert "Added: <strong>TMS Create Jobs</strong>" in page
    assert "Removed: <strong>WMS Create Jobs</strong>" in page
    client.refresh_from_db()
    assert client.roles == ["WMS_CREATE_JOBS"]
    seal = re.search(r'name="confirmed" value="([0-9a-f]+)"', page)[1]
    other = portal.post(url("edit", client.pk), {**data, "confirmed": seal, "name": "Another"})
    assert "Nothing was saved yet." in text_of(other)
    saved = portal.post(url("edit", client.pk), {**data, "confirmed": seal})
    assert saved.status_code == 303
    client.refresh_from_db()
    assert client.roles == ["TMS_CREATE_JOBS", "TMS_VIEW_JOBS"]
    assert client.generation == 2
    assert Entry.objects.get(action="client.updated").before == {"roles": ["WMS_CREATE_JOBS"]}


def test_deactivate_activate_and_revoke_ask_first(portal, make_client):
    client = make_client()
    for step, state in (("deactivate", False), ("activate", True), ("revoke", False)):
        asked = portal.get(url(step, client.pk))
        assert asked.status_code == 200
        client.refresh_from_db()
        assert client.is_active is not state
        assert portal.post(url(step, client.pk), {"version": client.version}).status_code == 303
        client.refresh_from_db()
        assert client.is_active is state
    assert client.revoked_at
    assert "Calls, last 24 hours" in text_of(portal.get(url("revoke", client.pk)))
    assert portal.post(url("activate", client.pk), {"version": client.version}).status_code == 409
    assert portal.get(url("detail", client.pk)).status_code == 200
    assert portal.post(url("delete", client.pk), {"version": client.version}).url == url("list")
    assert portal.get(url("detail", client.pk)).status_code == 404
    assert ApiClient.objects.filter(pk=client.pk).exists()


def test_steps_without_a_version_act_on_nothing(portal, make_client):
    client = make_client()
    for junk in ({}, {"version": "x"}, {"version": "9" * 30}, {"version": "-1"}):
        assert portal.post(url("revoke", client.pk), junk).status_code == 422
    client.refresh_from_db()
    assert client.revoked_at is None


VIEWED = ("list", "channels", "tokens", "access_tokens")
MANAGED = ("add", "channel_add", "token_add", "access_token_add")
OF_A_CLIENT = ("edit", "generate", "deactivate", "activate", "revoke", "delete", "finish", "keep")


def test_the_ladder_of_actors(
    sign_in, plan, make_client, administrator, limited_administrator, viewer, customer_user, outsider, staff
):
    client = make_client()
    views = [url(name) for name in VIEWED] + [url("detail", client.pk)]
    changes = [url(name) for name in MANAGED] + [url(name, client.pk) for name in OF_A_CLIENT]
    expected = {
        administrator: (200, 200),
        limited_administrator: (200, 403),
        viewer: (200, 403),
        customer_user: (403, 403),
        outsider: (404, 404),
        staff: (404, 404),
        None: (302, 302),
    }
    for user, (view_status, change_status) in expected.items():
        portal = sign_in(user)
        for address in views:
            assert portal.get(address).status_code == view_status, (user, address)
        for address in changes:
            assert portal.get(address).status_code == change_status, (user, address)
            if user is not administrator:
                assert portal.post(address, {}).status_code == change_status, (user, address)
        assert portal.post(url("channel_confirm", client.pk), {}).status_code in (change_status, 409)
    assert not Credential.objects.exists()


@pytest.mark.parametrize("actor", ["viewer", "limited_administrator"])
def test_who_may_not_change_sees_no_button_that_does(request, sign_in, make_client, plan, actor):
    services.generate_credentials(client=make_client(), actor=ACTOR)
    client = ApiClient.objects.get()
    portal = sign_in(request.getfixturevalue(actor))
    for address in (
        url("list"),
        url("detail", client.pk),
        url("tokens"),
        url("channels"),
        url("access_tokens"),
    ):
        page = text_of(portal.get(address))
        main = page[page.index('id="main"') :]
        for word in (
            "Generate Credentials",
            "Add API Client",
            ">Revoke<",
            "/edit/",
            ">Generate<",
            "Generate Token",
        ):
            assert word not in main, (address, word)


def test_foreign_and_unknown_ids_are_equal(portal, outsider, make_client):
    own = make_client()
    other = outsider.memberships.get().tenant
    ApiClient.objects.filter(pk=own.pk).update(tenant=other)
    for name in ("detail", *OF_A_CLIENT):
        foreign, unknown = portal.get(url(name, own.pk)), portal.get(url(name, uuid4()))
        assert foreign.status_code == unknown.status_code == 404
        assert (
            portal.post(url(name, own.pk), {}).status_code == portal.post(url(name, uuid4()), {}).status_code
        )


def test_the_list_keeps_its_number_of_queries(portal, make_client, django_assert_max_num_queries):
    for number in range(3):
        make_client(f"Client {number}")
    portal.get(url("list"))
    with django_assert_max_num_queries(12) as few:
        portal.get(url("list"))
    for number in range(3, 20):
        make_client(f"Client {number}")
    with django_assert_max_num_queries(len(few)):
        page = text_of(portal.get(url("list")))
    assert "Client 19" in page


def test_the_list_filters_by_the_customer_and_the_warehouse_that_a_client_reaches(
    portal, tenant, customer, warehouse, make_client
):
    north = Warehouse.objects.create(tenant=tenant, name="Cairns North")
    amber = Customer.objects.create(tenant=tenant, name="Amber Roast")
    make_client("Kettle at the depot", customers=[customer], warehouses=[warehouse])
    make_client("Amber in the north", customers=[amber], warehouses=[north])
    make_client("Everything", all_customers=True, all_warehouses=True)

    def named(**filters):
        rows = portal.get(url("list"), filters).context["rows"]
        return {row[0].name for row in rows}

    assert named(warehouse="cairns") == {"Amber in the north", "Everything"}
    assert named(warehouse=warehouse.name.upper()) == {"Kettle at the depot", "Everything"}
    assert named(warehouse="cairns", customer="kettle") == {"Everything"}
    assert named(customer="amber") == {"Amber in the north", "Everything"}
    # All of the warehouses reach none that does not exist.
    assert named(warehouse="nowhere") == set()
    page = text_of(portal.get(url("list"), {"warehouse": "nowhere"}))
    assert "Nothing matches" in page
    assert 'value="nowhere"' in page


def test_the_list_finds_clients_that_nobody_uses(portal, tenant, customer, make_client):
    now = timezone.now()
    new, idle, busy, off = (make_client(name) for name in ("New", "Idle", "Busy", "Off"))
    ApiClient.objects.exclude(pk=new.pk).update(created=now - timedelta(days=200))
    services.set_active(client=off, actor=ACTOR, active=False)
    for client, days in ((idle, 31), (busy, 29)):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            a_call(tenant, client, customer)
    rows = portal.get(url("list"), {"state": "unused"}).context["rows"]
    assert [row[0].name for row in rows] == ["Idle"]
    assert "unused for 30 days" in text_of(portal.get(url("list")))


def test_the_list_filters(portal, make_client):
    make_client("Alpha")
    beta = make_client("Beta")
    services.set_active(client=beta, actor=ACTOR, active=False)
    page = text_of(portal.get(url("list"), {"q": "ALPHA"}))
    assert "Alpha" in page
    assert "Beta" not in page
    page = text_of(portal.get(url("list"), {"state": "inactive"}))
    assert "Beta" in page
    assert "Alpha" not in page
    assert "Nothing matches" in text_of(portal.get(url("list"), {"kind": "channel"}))
    assert portal.get(url("list"), {"page": "9", "kind": "nonsense"}).status_code == 200
    assert portal.get(url("list"), {"page": "9" * 40}).status_code == 400
