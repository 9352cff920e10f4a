"""Who reaches what, whose a secret is, several clients at once, and a list that bears many."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import access_tokens, services
from apps.clients.authenticate import Refused, authenticate_bearer, authenticate_client
from apps.clients.models import ApiClient
from apps.clients.selectors import credentials_of
from apps.core import secrets
from apps.core.names import name_key
from apps.core.secrets import generate_client_id
from apps.customers.models import Customer
from apps.tenants.models import Warehouse
from apps.usage.counters import rebuild
from apps.usage.models import Counter
from apps.usage.services import CallRecord, record_call
from apps.usage.sql import quarter_of
from tests.clients.conftest import ACTOR


@pytest.fixture
def portal(sign_in, administrator, plan):
    return sign_in(administrator)


def url(name, *args):
    return reverse(f"clients:{name}", args=["coastal", *args])


def text_of(response):
    return response.content.decode()


def called(client):
    record_call(
        CallRecord(
            tenant_id=client.tenant_id,
            client_id=client.pk,
            client_name=client.name,
            method="GET",
            endpoint="customers",
            status=200,
            received_at=timezone.now(),
            ms=4,
            address="203.0.113.9",
        )
    )


def names_in(portal, **filters):
    return [row[0].name for row in portal.get(url("list"), filters).context["rows"]]


def test_a_customer_shows_every_client_that_reaches_it(portal, tenant, customer, make_client):
    other = Customer.objects.create(tenant=tenant, name="Amber Roast")
    make_client("Named", roles=["TMS_VIEW_JOBS"])
    make_client("Everyone's", all_customers=True, customers=())
    make_client("Somebody else's", customers=[other])
    services.revoke_client(client=make_client("Gone"), actor=ACTOR)
    rows = portal.get(url("reach_of_customer", customer.pk)).context["rows"]
    assert [(row["client"].name, row["writes"]) for row in rows] == [("Everyone's", True), ("Named", False)]
    fragment = text_of(portal.get(url("reach_of_customer", customer.pk), headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert "Everyone&#x27;s" in fragment
    page = text_of(portal.get(reverse("customers:detail", args=["coastal", customer.pk])))
    assert f'href="{url("reach_of_customer", customer.pk)}"' in page


def test_a_warehouse_shows_every_client_that_reaches_it(portal, tenant, warehouse, make_client):
    other = Warehouse.objects.create(tenant=tenant, name="Northside")
    make_client("Named")
    make_client("Elsewhere", warehouses=[other])
    make_client("Everywhere", all_warehouses=True, warehouses=())
    rows = portal.get(url("reach_of_warehouse", warehouse.pk)).context["rows"]
    assert [row["client"].name for row in rows] == ["Everywhere", "Named"]
    for page in ("tenants:warehouses", "tenants:warehouse_edit"):
        args = ["coastal"] if page.endswith("s") else ["coastal", warehouse.pk]
        assert url("reach_of_warehouse", warehouse.pk) in text_of(portal.get(reverse(page, args=args)))


def test_a_pasted_secret_says_whose_it_is_and_is_ended_by_one_press(portal, make_client, caplog):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    token, _ = access_tokens.issue(authenticate_client(issued.client_id, issued.client_secret, None))
    credential = issued.client.credentials.get()
    for pasted in (issued.client_secret, f"  Authorization: Bearer {token}\n"):
        shown = portal.post(url("identify"), {"credential": pasted})
        assert shown.context["found"].credential == credential
        assert shown["Cache-Control"] == "no-store"
        page = text_of(shown)
        assert "ERP connector" in page
        assert issued.client_secret not in page
        assert token not in page
    press = url("disable_credential", issued.client.pk, credential.pk)
    assert press in page
    assert portal.post(press).status_code == 303
    for attempt in (
        lambda: authenticate_client(issued.client_id, issued.client_secret, None),
        lambda: authenticate_bearer(token, None),
    ):
        with pytest.raises(Refused, match="revoked"):
            attempt()
    assert "had ended already" in text_of(portal.post(press, follow=True))
    assert Entry.objects.filter(action="client.credential_revoked").count() == 1
    stored = [*Entry.objects.values(), *(row.get_decoded() for row in Session.objects.all()), caplog.text]
    for secret in (issued.client_secret, token, secrets.digest(issued.client_secret)):
        assert secret not in str(stored)


def test_an_imported_key_is_identified_too(portal, tenant, customer, warehouse):
    client = services.import_legacy(
        tenant=tenant,
        actor=ACTOR,
        client_id="ERP/1",
        encoded=f"sha256${secrets.digest('old secret').upper()}",
        values=services.ClientInput(
            name="Old ERP", roles=["WMS_CREATE_JOBS"], customers=[customer], warehouses=[warehouse]
        ),
    )
    found = portal.post(url("identify"), {"credential": "old secret"}).context["found"]
    assert found.credential.client == client


def test_what_is_nobody_s_and_what_is_somebody_else_s_look_alike(portal, outsider, make_client, sign_in):
    issued = services.generate_credentials(client=make_client(), actor=ACTOR)
    foreign = outsider.memberships.get().tenant
    theirs = sign_in(outsider)
    for pasted in (issued.client_secret, secrets.generate(secrets.SecretKind.CLIENT_SECRET), "nonsense"):
        answer = theirs.post(reverse("clients:identify", args=[foreign.slug]), {"credential": pasted})
        assert answer.status_code == 422
        assert "no credential of your organisation" in text_of(answer)
        assert pasted not in text_of(answer)
    assert not Entry.objects.filter(action="client.credential_identified").exists()


def test_several_clients_are_deactivated_after_a_page_that_shows_what_breaks(portal, make_client):
    first, second, third = make_client("First"), make_client("Second"), make_client("Third")
    called(second)
    ticked = {"client": [first.pk, second.pk]}
    assert f'value="{first.pk}"' in text_of(portal.get(url("list")))
    asked = portal.get(url("deactivate_many"), ticked)
    assert [(client.name, use.calls_7d) for client, use in asked.context["rows"]] == [
        ("First", 0),
        ("Second", 1),
    ]
    assert "made 1 call in the last 7 days" in text_of(asked)
    assert ApiClient.objects.filter(is_active=True).count() == 3
    assert portal.post(url("deactivate_many"), ticked).status_code == 303
    assert list(ApiClient.objects.filter(is_active=True)) == [third]
    assert Entry.objects.filter(action="client.deactivated").count() == 2
    assert portal.get(url("deactivate_many")).status_code == 200
    assert portal.post(url("deactivate_many"), ticked).status_code == 422


def test_a_foreign_client_among_the_ticked_stops_all(portal, make_client, outsider):
    mine = make_client()
    foreign = outsider.memberships.get().tenant
    place = Warehouse.objects.create(tenant=foreign, name="Theirs")
    theirs = services.create_client(
        tenant=foreign,
        actor=ACTOR,
        values=services.ClientInput(
            name="Theirs", roles=["WMS_CREATE_JOBS"], all_customers=True, warehouses=[place]
        ),
    )
    for ids in ([mine.pk, theirs.pk], [mine.pk, "x"]):
        assert portal.post(url("deactivate_many"), {"client": ids}).status_code == 404
    assert ApiClient.objects.filter(is_active=True).count() == 2


def test_the_list_is_narrowed_by_name_id_kind_role_customer_and_state(portal, tenant, make_client):
    other = Customer.objects.create(tenant=tenant, name="Amber Roast")
    blue = make_client("Blue ERP", roles=["TMS_CREATE_JOBS"])
    amber = make_client("Amber ERP", customers=[other], expires=timezone.now() - timedelta(hours=1))
    services.create_bearer(tenant=tenant, actor=ACTOR, name="Shop", roles=["WMS_ADD_PRODUCT"])
    services.set_active(client=make_client("Off"), actor=ACTOR, active=False)
    assert names_in(portal) == ["Amber ERP", "Blue ERP", "Off", "Shop"]
    assert names_in(portal, q="erp") == ["Amber ERP", "Blue ERP"]
    assert names_in(portal, q=blue.client_id) == ["Blue ERP"]
    assert names_in(portal, kind="bearer") == ["Shop"]
    assert names_in(portal, role="TMS_VIEW_JOBS") == ["Blue ERP"]
    assert names_in(portal, customer="amber") == ["Amber ERP", "Shop"]
    assert names_in(portal, customer="nobody") == []
    assert names_in(portal, state="expired") == [amber.name]
    assert names_in(portal, state="active") == ["Blue ERP", "Shop"]
    assert names_in(portal, state="inactive") == ["Off"]
    assert "fits all of these filters" in text_of(
        portal.get(url("list"), {"q": "zzz", "role": "TMS_VIEW_JOBS"})
    )


def test_a_row_draws_the_calls_of_30_days_from_the_counters(portal, make_client):
    client = make_client()
    called(client)
    called(client)
    rebuild()
    with_line = portal.get(url("list")).context["rows"][0]
    # What was recorded in the last minute is not in the counters yet, and a line of 30 days can wait for it.
    assert with_line[3] is None
    now = quarter_of(timezone.now())
    for quarter, calls in ((now, 5), (now - 96 * 3, 2), (now - 96 * 31, 9)):
        Counter.objects.create(
            tenant_id=client.tenant_id,
            quarter=quarter,
            client_id=client.pk,
            endpoint="customers",
            status=200,
            call_class="billable",
            kept=calls,
        )
    line = portal.get(url("list")).context["rows"][0][3]
    assert (len(line), line[-1], line[-4], sum(line)) == (30, 5, 2, 7)
    assert "7 calls in 30 days" in text_of(portal.get(url("list")))


def test_thousands_of_clients_cost_no_query_more(portal, tenant, customer, make_client):
    def add(number, start):
        ApiClient.objects.bulk_create(
            ApiClient(
                tenant=tenant,
                client_id=generate_client_id(),
                name=f"Load {start + index}",
                name_key=name_key(f"Load {start + index}"),
                roles=["WMS_CREATE_JOBS"],
                all_customers=True,
                all_warehouses=True,
            )
            for index in range(number)
        )

    def queries(**filters):
        with CaptureQueriesContext(connection) as captured:
            assert portal.get(url("list"), filters).status_code == 200
        return len(captured)

    add(60, 0)
    portal.get(url("list"))
    few = [queries(), queries(q="load", role="WMS_CREATE_JOBS", customer="blue", state="active")]
    add(5000, 100)
    assert [queries(), queries(q="load", role="WMS_CREATE_JOBS", customer="blue", state="active")] == few
    assert queries(page="90") == few[0] <= 8
    late = [row[0].name for row in portal.get(url("list"), {"page": "90"}).context["rows"]]
    assert late == sorted(ApiClient.objects.values_list("name", flat=True))[89 * 50 : 90 * 50]


def test_when_a_secret_was_last_used_is_found_by_an_index_however_many_calls_there_are(tenant, make_client):
    client = make_client()
    services.generate_credentials(client=client, actor=ACTOR)
    used = client.credentials.get()
    record_call(
        a_call := CallRecord(
            tenant_id=tenant.pk,
            client_id=client.pk,
            client_name=client.name,
            method="GET",
            endpoint="customers",
            status=200,
            received_at=timezone.now() - timedelta(days=40),
            ms=4,
            credential_id=used.pk,
        )
    )
    with CaptureQueriesContext(connection) as asked:
        (row,) = credentials_of(tenant, client)
    assert (row.use.last_at, row.use.calls_7d) == (a_call.received_at, 0)
    if connection.vendor == "sqlite":
        (looked_up,) = [query["sql"] for query in asked if "last_call" in query["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {looked_up}")
            assert "INDEX usage_call_credential (credential_id=?)" in str(cursor.fetchall())
