"""Consignments that callers make, and documents that they attach."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from apps.customers.models import Customer
from apps.orders.models import Consignment, Document, Order, Product
from apps.webhooks.models import Endpoint, Event
from tests.customers.factories import with_settings
from tests.partner_api.conftest import NOBODY, Caller, problems
from tests.partner_api.sent import compared, condition, order

pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier(make_caller: Callable[..., Caller], customer: Customer) -> Caller:
    return make_caller(["TMS_CREATE_JOBS"], customers=[customer])


def job(of: Customer, reference: str = "CN-31", **members: Any) -> dict[str, Any]:
    return {
        "status": "AWAITING_PICKUP",
        "references": {"customer": reference, "tracking": "TR-1", "bay": "7"},
        "customer": {"id": str(of.pk)},
        "details": {
            "type": "DELIVERY",
            "deliver": {
                "address": {"companyName": "Lee & Sons", "address1": "9 Quay St"},
                "instructions": "Ring",
            },
            "authorityToLeave": True,
        },
        "measures": {"hours": 2, "distance": {"value": "12.5"}},
        "items": [
            {"properties": {"description": "Cartons"}, "measures": {"quantity": "4.000", "pallets": 1}}
        ],
        "unknown": True,
        **members,
    }


def test_a_consignment_is_stored_and_answered_as_sent(carrier: Caller, customer: Customer) -> None:
    answer = carrier.post("consignments", job(customer))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["type"], made["version"], made["status"]) == ("CONSIGNMENT", 1, "AWAITING_PICKUP")
    assert made["references"] == {"customer": "CN-31", "tracking": "TR-1", "bay": "7", "numericId": "1"}
    assert made["details"]["authorityToLeave"] is True and made["details"]["type"] == "DELIVERY"
    assert made["measures"] == {"hours": 2, "distance": {"value": 12.5}}
    assert made["items"][0]["measures"] == {"quantity": 4, "pallets": 1}
    assert made["warehouse"]["name"] == "Default" and "unknown" not in made
    assert carrier.get(f"consignments/{made['id']}").json() == made


def test_a_consignment_is_replaced_and_cancelled_by_its_version(carrier: Caller, customer: Customer) -> None:
    path = f"consignments/{carrier.post('consignments', job(customer)).json()['id']}"
    changed = carrier.call(
        "PUT", path, job(customer, "CN-32", status="DELIVERED", items=[]), If_Match="1"
    ).json()
    assert (changed["version"], changed["status"], changed["items"]) == (2, "AWAITING_PICKUP", [])
    assert changed["references"]["customer"] == "CN-32"
    assert carrier.call("PUT", path, job(customer), If_Match="1").status_code == 412
    assert carrier.call("PUT", path, job(customer)).status_code == 400
    cancelled = carrier.call("PUT", path, {"status": "CANCELLED"}, If_Match="2")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "CANCELLED")
    assert carrier.call("PUT", path, job(customer), If_Match="3").status_code == 409
    assert Consignment.objects.get().version == 3


def test_money_on_a_consignment_is_in_the_tenants_currency(carrier: Caller, customer: Customer) -> None:
    body = job(customer)
    body["details"]["invoiceValue"] = {"amount": 5, "currency": "USD"}
    (problem,) = problems(carrier.post("consignments", body))
    assert problem["field"] == "/details/invoiceValue/currency"
    body["details"]["invoiceValue"]["currency"] = "AUD"
    assert carrier.post("consignments", body).status_code == 201


def test_faults_are_422_at_their_place(carrier: Caller, customer: Customer, other_customer: Customer) -> None:
    bad = job(customer, references={}, status="FLYING", items=[1], measures={"hours": 1.5})
    fields = {problem["field"] for problem in problems(carrier.post("consignments", bad))}
    assert fields == {"/references/customer", "/status", "/items/0", "/measures/hours"}
    (problem,) = problems(carrier.post("consignments", job(other_customer)))
    assert problem["field"] == "/customer"
    carrier.post("consignments", job(customer))
    (problem,) = problems(carrier.post("consignments", job(customer)))
    assert (problem["type"], problem["field"]) == ("DUPLICATE", "/references/customer")
    assert carrier.post("consignments", [1]).status_code == 422


def test_a_quote_finds_no_rate(carrier: Caller, customer: Customer) -> None:
    (problem,) = problems(carrier.post("consignments/quote", {"customer": {"id": str(customer.pk)}}))
    assert problem == {"message": "No rate matches this consignment."}
    assert carrier.last.status_code == 422 and not Consignment.objects.exists()


def test_documents_of_an_order(caller: Caller, customer: Customer, mug: Product) -> None:
    made = caller.post("outbound-orders", order(customer)).json()
    row = Order.objects.get()
    document = Document.objects.create(
        tenant=row.tenant, order=row, type="OUTBOUND_ORDER_INVOICE", name="in voice;\r\n.pdf", data=b"%PDF-1"
    )
    path = f"outbound-orders/{made['id']}/documents"
    short = {"id": str(document.pk), "type": "OUTBOUND_ORDER_INVOICE", "content": {"name": document.name}}
    assert caller.get(path).json() == [short]
    assert caller.get(f"{path}/{document.pk}").json()["content"]["data"] == "JVBERi0x"
    file = caller.get(f"{path}/{document.pk}/download")
    assert file.content == b"%PDF-1"
    assert file.headers["Content-Disposition"].startswith("attachment; ")
    assert caller.get(f"{path}/{NOBODY}/download").status_code == 404


def test_consignments_are_read_with_their_role(
    make_caller: Callable[..., Caller], customer: Customer
) -> None:
    row = Consignment.objects.create(
        tenant=customer.tenant,
        customer=customer,
        status="IN_WAREHOUSE",
        reference="SO-771",
        numeric_id="1",
        items=[{"measures": {"quantity": 1}}],
    )
    caller = make_caller(["TMS_VIEW_JOBS"])
    (found,) = caller.post("consignments/search", condition(compared("/details/type", "DELIVERY"))).json()
    assert (found["id"], found["status"], found["type"]) == (str(row.pk), "IN_WAREHOUSE", "CONSIGNMENT")
    bare = caller.get(f"consignments/{row.pk}", Prefer="return=no-items")
    assert "items" not in bare.json()
    assert caller.get(f"consignments/{NOBODY}").status_code == 404


def test_viewing_consignments_is_not_making_them(
    make_caller: Callable[..., Caller], customer: Customer
) -> None:
    assert make_caller(["TMS_VIEW_JOBS"]).post("consignments", job(customer)).status_code == 403


def test_a_document_is_attached_and_its_event_has_no_content(
    caller: Caller,
    customer: Customer,
    mug: Product,
) -> None:
    Endpoint.objects.create(
        tenant=customer.tenant, name="All", url="https://example.com/", signing_key_sealed="x"
    )
    made = caller.post("outbound-orders", order(customer)).json()
    content = {"name": "invoice.pdf", "data": base64.b64encode(b"%PDF-1").decode()}
    sent = {"type": "OUTBOUND_ORDER_INVOICE", "content": content}
    path = f"outbound-orders/{made['id']}/documents"
    answer = caller.post(path, sent)
    assert answer.status_code == 201, answer.content
    owner = {"type": "OUTBOUND", "id": made["id"]}
    assert answer.json() == {"id": answer.json()["id"], **sent, "owner": owner}
    other = caller.post("documents", {**sent, "owner": owner})
    assert other.status_code == 201 and other.json()["content"] == {"name": "invoice.pdf"}
    assert Document.objects.count() == 2
    assert b"JVBERi0x" not in bytes(
        Event.objects.get(name="outbound-document.created", sequence=1, entity_id=other.json()["id"]).body,
        "utf-8",
    )
    short = caller.get(path, Prefer="return=minimal")
    assert short.headers["Preference-Applied"] == "return=minimal"
    assert set(short.json()[0]) == {"id", "type", "content"}


def test_documents_that_can_t_be_attached(caller: Caller, customer: Customer, mug: Product) -> None:
    made = caller.post("outbound-orders", order(customer)).json()
    path = f"outbound-orders/{made['id']}/documents"
    good = {"type": "X", "content": {"name": "a", "data": "QQ=="}}
    for bad in (
        {},
        {"type": "X"},
        {**good, "content": {"name": "a", "data": "!"}},
        {**good, "content": {"name": "a", "data": ""}},
    ):
        assert caller.post(path, bad).status_code == 422
    for owner in (None, {}, {"type": "INBOUND", "id": made["id"]}, {"type": "OUTBOUND", "id": str(NOBODY)}):
        assert caller.post("documents", {**good, "owner": owner}).status_code == 422
    assert caller.post(f"outbound-orders/{NOBODY}/documents", good).status_code == 404
    with_settings(customer, allow_document_upload=False)
    assert caller.post(path, good).status_code == 403
    assert not Document.objects.exists()
