"""The request log: at once, filtered, page by page, and only what a person may see."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import lxml.html
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.clients.models import ApiClient
from apps.customers.models import Customer, Kind
from apps.tenants.models import Tenant
from apps.usage.models import Call
from apps.usage.services import CallRecord, record_call, record_calls

SignIn = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(tenant: Tenant) -> ApiClient:
    return ApiClient.objects.create(tenant=tenant, name="Erp", client_id="gpc-erp", all_customers=True)


@pytest.fixture
def acme(tenant: Tenant) -> Customer:
    return Customer.objects.create(tenant=tenant, name="Acme")


def a_call(client: ApiClient, **changes: object) -> CallRecord:
    values: dict[str, object] = {
        "tenant_id": client.tenant_id,
        "client_id": client.pk,
        "client_name": client.name,
        "method": "GET",
        "endpoint": "customers.list",
        "status": 200,
        "received_at": timezone.now(),
        "ms": 5,
    }
    return CallRecord(**(values | changes))


def rows(response: object) -> list[str]:
    page = lxml.html.fromstring(response.content)
    return [" ".join(row.text_content().split()) for row in page.xpath("//main//tbody/tr")]


def test_a_call_is_in_the_log_at_once_with_the_message_it_was_answered(
    tenant: Tenant, erp: ApiClient, acme: Customer, sign_in: SignIn, viewer: User
) -> None:
    record_call(
        a_call(
            erp,
            method="POST",
            endpoint="outbound-orders.create",
            status=422,
            customer_id=acme.pk,
            customer_kind="live",
            error_message="Must not be in the past.",
            error_field="/details/deliver/requiredDate",
            address="192.0.2.7",
            request_id="req_1",
        )
    )
    client = sign_in(viewer)
    (row,) = rows(client.get(f"/t/{tenant.slug}/calls/"))
    for text in ("POST outbound-orders.create", "422", "Erp", "Acme", "Billable", "Must not be in the past."):
        assert text in row
    page = client.get(f"/t/{tenant.slug}/calls/{Call.objects.get().pk}/").content.decode()
    for text in ("/details/deliver/requiredDate", "192.0.2.7", "req_1", "counts towards the allowance"):
        assert text in page


def test_the_log_can_be_narrowed(
    tenant: Tenant, erp: ApiClient, acme: Customer, sign_in: SignIn, viewer: User
) -> None:
    now = timezone.now()
    record_calls(
        [
            a_call(erp, status=200, address="192.0.2.1", request_id="a"),
            a_call(erp, status=404, endpoint="outbound-orders.get", address="2001:db8::1", request_id="b"),
            a_call(erp, status=401, customer_id=acme.pk, customer_kind="live", reason="expired"),
            a_call(
                erp, status=503, received_at=now - timedelta(days=40), client_id=uuid4(), client_name="Old"
            ),
        ]
    )
    client = sign_in(viewer)
    local = (now - timedelta(days=1) + timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    for query, count in {
        "": 4,
        f"client={erp.pk}": 3,
        f"customer={acme.pk}": 1,
        "status=404": 1,
        "status=4xx": 2,
        "call_class=refused": 1,
        "endpoint=outbound-orders.get": 1,
        "address=2001:0db8::1": 1,
        "request_id=a": 1,
        "reason=expired": 1,
        "reason=wrong_warehouse": 0,
        "reason=gone_by_now": 0,
        f"since={local}": 3,
        f"until={local}": 1,
        "status=4xx&call_class=billable": 1,
        "status=500": 0,
    }.items():
        assert len(rows(client.get(f"/t/{tenant.slug}/calls/?{query}"))) == count, query


@pytest.mark.parametrize(
    "query",
    [
        "client=1",
        "customer=zz",
        "status=44",
        "status=４０４",
        "call_class=free",
        "address=here",
        "reason=No+such",
        "since=now",
        "since=9999-12-31T23:59:99",
        "until=0001-01-01T00:00",
        "request_id=%E2%80%AE",
    ],
)
def test_a_filter_that_makes_no_sense_is_422_with_the_message_at_its_field(
    query: str, tenant: Tenant, sign_in: SignIn, viewer: User
) -> None:
    response = sign_in(viewer).get(f"/t/{tenant.slug}/calls/?{query}")
    assert response.status_code == 422
    field = query.split("=")[0]
    (control,) = lxml.html.fromstring(response.content).xpath(f"//form//*[@name='{field}']")
    assert control.get("aria-invalid") == "true"


def test_the_log_says_why_in_words_and_which_field(
    tenant: Tenant, erp: ApiClient, sign_in: SignIn, viewer: User
) -> None:
    record_call(a_call(erp, status=403, reason="missing_role"))
    record_call(
        a_call(
            erp, status=422, reason="duplicate", error_message="Taken.", error_field="/references/customer"
        )
    )
    duplicate, missing = rows(sign_in(viewer).get(f"/t/{tenant.slug}/calls/"))
    assert "An API role is missing" in missing
    for text in ("Taken.", "/references/customer", "It exists already"):
        assert text in duplicate


def test_what_the_filter_finds_can_be_downloaded(
    tenant: Tenant, erp: ApiClient, acme: Customer, sign_in: SignIn, viewer: User
) -> None:
    at = timezone.now()
    record_calls(
        [
            a_call(erp, request_id=f"r{n}", received_at=at - timedelta(seconds=n), customer_id=acme.pk)
            for n in range(1200)
        ]
    )
    record_call(a_call(erp, status=422, reason="invalid", error_message="=1+1", error_field="/name"))
    client = sign_in(viewer)
    page = lxml.html.fromstring(client.get(f"/t/{tenant.slug}/calls/?status=2xx&before=").content)
    (link,) = page.xpath("//a[contains(., 'Download as CSV')]/@href")
    answer = client.get(link)
    lines = b"".join(answer.streaming_content).decode().split("\r\n")
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    assert len(lines) == 1 + 1200 + 1
    assert lines[0].startswith("received,method,endpoint,status,class,reason,message,field,client")
    assert ",GET,customers.list,200,billable,,,,Erp," in lines[1] and lines[1].endswith(",r0")
    assert "Acme" in lines[1] and "+10:00" in lines[1]
    failed = b"".join(client.get(f"/t/{tenant.slug}/calls/calls.csv?status=422").streaming_content).decode()
    assert "invalid,'=1+1,/name" in failed
    assert client.get(f"/t/{tenant.slug}/calls/calls.csv?status=x").status_code == 400


def test_the_download_shows_a_customer_user_no_more_than_the_page(
    tenant: Tenant, erp: ApiClient, acme: Customer, sign_in: SignIn, customer_user: User
) -> None:
    membership = customer_user.memberships.get()
    membership.customer_ids = [str(acme.pk)]
    membership.save()
    record_call(a_call(erp, request_id="theirs", customer_id=acme.pk, customer_kind="live"))
    record_call(a_call(erp, request_id="hidden"))
    text = b"".join(
        sign_in(customer_user).get(f"/t/{tenant.slug}/calls/calls.csv").streaming_content
    ).decode()
    assert "theirs" in text and "hidden" not in text


def test_older_calls_are_a_link_away_and_none_is_left_out_or_shown_twice(
    tenant: Tenant, erp: ApiClient, sign_in: SignIn, viewer: User
) -> None:
    at = timezone.now()
    record_calls(
        [a_call(erp, request_id=f"r{n:03}", received_at=at - timedelta(seconds=n // 10)) for n in range(120)]
    )
    client, address, seen = sign_in(viewer), f"/t/{tenant.slug}/calls/?status=2xx", []
    while address:
        page = lxml.html.fromstring(client.get(address).content)
        seen += page.xpath("//main//tbody/tr/th/a/@href")
        older = page.xpath("//a[normalize-space()='Older']/@href")
        address = f"/t/{tenant.slug}/calls/{older[0]}" if older else ""
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("before", ["x", "-1", "１", "9" * 30, "0", "12345"])
def test_a_page_that_is_none_is_refused(before: str, tenant: Tenant, sign_in: SignIn, viewer: User) -> None:
    response = sign_in(viewer).get(f"/t/{tenant.slug}/calls/", {"before": before})
    assert response.status_code in (400, 404)


def test_customer_users_see_the_calls_that_named_their_customers(
    tenant: Tenant, erp: ApiClient, acme: Customer, sign_in: SignIn, customer_user: User
) -> None:
    other = Customer.objects.create(tenant=tenant, name="Other", kind=Kind.SANDBOX)
    membership = customer_user.memberships.get()
    membership.customer_ids = [str(acme.pk)]
    membership.save()
    record_call(a_call(erp, request_id="theirs", customer_id=acme.pk, customer_kind="live"))
    record_call(a_call(erp, request_id="not theirs", customer_id=other.pk, customer_kind="sandbox"))
    record_call(a_call(erp, request_id="names none"))
    client = sign_in(customer_user)
    (row,) = rows(client.get(f"/t/{tenant.slug}/calls/"))
    assert "Acme" in row
    statuses = {
        call.request_id: client.get(f"/t/{tenant.slug}/calls/{call.pk}/").status_code
        for call in Call.objects.all()
    }
    assert statuses == {"theirs": 200, "not theirs": 404, "names none": 404}
    page = client.get(f"/t/{tenant.slug}/calls/").content.decode()
    assert "Other" not in page
    assert client.get(f"/t/{tenant.slug}/calls/clients/{erp.pk}/").status_code == 403


def test_another_tenants_calls_do_not_exist(
    tenant: Tenant, erp: ApiClient, sign_in: SignIn, outsider: User, viewer: User
) -> None:
    record_call(a_call(erp))
    call = Call.objects.get()
    other = outsider.memberships.get().tenant
    assert sign_in(outsider).get(f"/t/{tenant.slug}/calls/{call.pk}/").status_code == 404
    assert sign_in(outsider).get(f"/t/{other.slug}/calls/{call.pk}/").status_code == 404
    assert rows(sign_in(outsider).get(f"/t/{other.slug}/calls/")) == []
    assert sign_in(viewer).get(f"/t/{tenant.slug}/calls/{2**70}/").status_code == 404


@pytest.mark.parametrize("fragment", [False, True])
def test_the_panel_of_a_client_shows_its_latest_calls_and_its_use(
    fragment: bool, tenant: Tenant, erp: ApiClient, sign_in: SignIn, viewer: User
) -> None:
    record_calls([a_call(erp, address="192.0.2.1") for _ in range(12)])
    headers = {"HX-Request": "true"} if fragment else {}
    response = sign_in(viewer).get(f"/t/{tenant.slug}/calls/clients/{erp.pk}/", headers=headers)
    page = response.content.decode()
    assert page.count("customers.list") == 10
    assert "192.0.2.1" in page and f"client={erp.pk}" in page
    assert ("<html" in page) is not fragment
    silent = ApiClient.objects.create(tenant=tenant, name="Silent", client_id="gpc-silent")
    assert (
        "No calls yet" in sign_in(viewer).get(f"/t/{tenant.slug}/calls/clients/{silent.pk}/").content.decode()
    )


def test_the_log_takes_as_many_queries_for_fifty_calls_as_for_two(
    tenant: Tenant, sign_in: SignIn, viewer: User
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            client = ApiClient.objects.create(tenant=tenant, name=f"C{uuid4()}", client_id=str(uuid4()))
            customer = Customer.objects.create(tenant=tenant, name=f"K{uuid4()}")
            record_call(a_call(client, customer_id=customer.pk, customer_kind="live"))

    client = sign_in(viewer)
    add(2)
    client.get(f"/t/{tenant.slug}/calls/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/t/{tenant.slug}/calls/")
    add(48)
    with CaptureQueriesContext(connection) as many:
        assert len(rows(client.get(f"/t/{tenant.slug}/calls/"))) == 50
    assert len(many) == len(few) <= 10


def test_staff_look_calls_up_in_the_admin_and_change_nothing(
    erp: ApiClient, sign_in: SignIn, staff: User, settings: object
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    record_call(a_call(erp, request_id="req_9"))
    client, call = sign_in(staff), Call.objects.get()
    assert "Erp" in client.get("/admin/usage/call/?q=req_9").content.decode()
    assert client.get(f"/admin/usage/call/{call.pk}/change/").status_code == 200
    assert client.post(f"/admin/usage/call/{call.pk}/change/", {"status": 1}).status_code == 403
    assert client.post(f"/admin/usage/call/{call.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/usage/call/add/").status_code == 403
