"""The reference page: complete, with a look of its own, and with examples that the API really answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from lxml import html

from apps.customers.models import Customer
from apps.orders.models import ConsignmentStatus, LineState, Product, UnitOfMeasure
from apps.partner_api.openapi import document
from apps.partner_api.routing import route_table
from apps.partner_api.sample_answers import answer_of
from tests.partner_api.conftest import Caller

pytestmark = pytest.mark.django_db

NUMBER = (int, float)


@pytest.fixture(scope="module")
def page() -> Any:
    answer = Client().get("/api/")
    assert answer.status_code == 200
    return html.fromstring(answer.content.decode())


def endpoints(page: Any) -> dict[str, Any]:
    """The box of every endpoint by its method and path."""
    boxes = page.xpath("//article[.//p[@class='endpoint__address']]")
    return {
        " ".join(box.xpath(".//p[@class='endpoint__address']")[0].text_content().split()): box
        for box in boxes
    }


def test_every_stylesheet_and_picture_that_the_page_names_exists(page: Any) -> None:
    named = page.xpath("//link/@href")
    assert len(named) > 10
    for address in named:
        assert finders.find(address.removeprefix("/static/")), address


def test_the_page_loads_nothing_from_outside_and_runs_nothing(page: Any) -> None:
    assert not page.xpath("//script | //*[@style] | //iframe | //img")
    assert all(address.startswith(("/", "#")) for address in page.xpath("//@href"))


def test_every_endpoint_says_what_it_takes_and_what_it_answers(page: Any) -> None:
    shown = endpoints(page)
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            box = shown.pop(f"{method.upper()} {path}")
            text = box.text_content()
            assert operation["summary"] in text
            statuses = box.xpath(".//dl[@class='statuses']/dt/text()")
            assert statuses == list(operation["responses"]), path
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    assert parameter["name"] in box.xpath(".//dt/code/text()"), path
    assert not shown


def test_roles_are_named_as_the_portal_names_them(page: Any) -> None:
    text = endpoints(page)["PUT /tenants/{tenantId}/outbound-orders/{orderId}"].text_content()
    assert "API Full Access, WMS Create Jobs" in " ".join(text.split())
    assert "WMS_CREATE_JOBS" not in page.text_content()


def test_a_body_is_shown_member_by_member_with_the_way_to_each(page: Any) -> None:
    box = endpoints(page)["POST /tenants/{tenantId}/outbound-orders"]
    rows = {
        row.xpath("./dt/code/text()")[0]: " ".join(row.text_content().split())
        for row in box.xpath(".//div[@class='members__row']")
    }
    assert rows["references.customer"].startswith("references.customer string required")
    assert rows["items[].measures.quantity"].startswith("items[].measures.quantity number required")
    assert "required" not in rows["warehouse"]


def test_every_link_within_the_page_leads_to_one_place(page: Any) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.xpath("//a/@href[starts-with(., '#')]")} <= set(ids)


def test_the_example_of_a_call_is_one_that_the_shell_reads_as_it_is_meant(page: Any) -> None:
    box = endpoints(page)["PUT /tenants/{tenantId}/consignments/{consignmentId}"]
    call = box.xpath(".//pre")[0].text_content()
    assert call.startswith('curl -X PUT "http') and "/consignments/$CONSIGNMENT_UUID" in call
    assert '-H "If-Match: 1"' in call
    body = call.partition("-d '")[2].removesuffix("'")
    assert json.loads(body) == {"status": "CANCELLED"}


def shaped(answer: Any, sample: Any, at: str) -> None:
    """Whatever the sample has is in the answer too, of the same type."""
    if isinstance(sample, dict):
        assert isinstance(answer, dict), at
        for name, value in sample.items():
            assert name in answer, f"{at}/{name}"
            shaped(answer[name], value, f"{at}/{name}")
    elif isinstance(sample, list):
        assert isinstance(answer, list), at
        for value in sample:
            assert answer, at
            shaped(answer[-1], value, f"{at}[]")
    elif isinstance(sample, NUMBER) and not isinstance(sample, bool):
        assert isinstance(answer, NUMBER), at
    else:
        assert type(answer) is type(sample), at


# What an example can't say to a tenant that has its customer and its product already, in a year that is not over.
CHANGES: dict[str, dict[str, Any]] = {
    "customers.create": {"name": "Green Kettle Teas", "references": {"code": "GKT"}},
    "warehouse-products.create": {"references": {"code": "MUG-13"}},
    "warehouse-products.put": {"references": {"code": "MUG-13"}},
    "promotions.create": {"starts": None, "ends": "2098-01-01T00:00:00+10:00"},
    "promotions.put": {"starts": None, "ends": "2098-01-01T00:00:00+10:00"},
}


def test_the_examples_are_what_the_api_answers_to_the_examples(
    make_caller: Callable[..., Caller], customer: Customer, mug: Product
) -> None:
    caller = make_caller(["API_FULL_ACCESS"], internal=True)
    Customer.objects.update(email="ops@bk.test")
    UnitOfMeasure.objects.update(weight=1, barcode="MUG-12")
    made = {"customers": str(customer.pk), "warehouses": str(customer.warehouses.get().pk)}
    compared = 0
    for endpoint in sorted(route_table(), key=lambda each: not each.name.endswith(".create")):
        sample = answer_of(endpoint)
        if sample is None:
            continue
        resource = endpoint.name.partition(".")[0]
        order = made.get(resource if resource.endswith("orders") else "outbound-orders", "")
        path = endpoint.full_path.replace("{tenantId}", str(caller.row.tenant_id)).replace("{orderId}", order)
        path = "/".join(made[resource] if step.startswith("{") else step for step in path.split("/"))
        body: Any = endpoint.body["example"] if endpoint.body else None
        if endpoint.name == "documents.create-by-owner":
            body = body | {"owner": {"type": "OUTBOUND", "id": order}}
        body = body | CHANGES[endpoint.name] if endpoint.name in CHANGES else body
        answer = caller.call(endpoint.method, path, body, If_Match="1")
        assert answer.status_code == next(iter(endpoint.returns)), (endpoint.name, answer.content)
        shaped(answer.json(), sample, endpoint.name)
        first, shown = (
            each[0] if isinstance(each, list) and each else each for each in (answer.json(), sample)
        )
        if shown:
            assert set(first) == set(shown), endpoint.name
        if endpoint.name.endswith(".create"):
            made[resource] = answer.json()["id"]
        compared += 1
    assert compared > 35


def test_the_document_says_which_states_an_item_and_a_consignment_may_have() -> None:
    def members(method: str, path: str) -> Any:
        operation = document()["paths"][f"/tenants/{{tenantId}}/{path}"][method]
        return operation["requestBody"]["content"]["application/json"]["schema"]["properties"]

    for method, path in (("post", "inbound-orders"), ("put", "inbound-orders/{orderId}")):
        item = members(method, path)["items"]["items"]["properties"]
        assert item["status"]["enum"] == [*LineState.values, None]
    assert "status" not in members("post", "outbound-orders")["items"]["items"]["properties"]
    assert members("post", "consignments")["status"]["enum"] == [*ConsignmentStatus.values, None]
