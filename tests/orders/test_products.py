"""Warehouse products as the API sends and gets them (partner_api §4.3)."""

import json
from typing import Any

import pytest

from apps.audit.models import Entry
from apps.core import jsontext
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.orders import selectors, services, wire
from apps.orders.models import Product
from tests.customers.factories import CustomerFactory
from tests.orders.factories import CALLER


def document(owner: Customer, **members: Any) -> dict[str, Any]:
    return {
        "scope": "WAREHOUSE",
        "type": "General",
        "references": {"code": "MUG-12"},
        "customer": {"id": str(owner.pk)},
        "name": "Mug 12oz",
        "defaultUnitOfMeasure": "CTN",
        "unitOfMeasures": {
            "CTN": {"baseQty": 1, "weight": jsontext.loads(b"7.5", max_bytes=9), "name": "Carton"}
        },
        **members,
    }


def create(owner: Customer, **members: Any) -> Product:
    return services.create_product(
        tenant=owner.tenant,
        scope=services.EVERYTHING,
        payload=document(owner, **members),
        actor=CALLER,
    )


def served(product: Product) -> dict[str, Any]:
    fresh = selectors.products(product.tenant).get(pk=product.pk)
    body: dict[str, Any] = json.loads(jsontext.dumps(wire.product_json(fresh)))
    return body


def test_the_example_is_stored_and_served_as_documented(customer: Customer) -> None:
    body = served(create(customer))
    assert body.pop("timestamps")["created"]["time"].endswith("+10:00")
    assert body == {
        "id": str(Product.objects.get().pk),
        "scope": "WAREHOUSE",
        "type": "General",
        "references": {"code": "MUG-12"},
        "customer": {
            "id": str(customer.pk),
            "name": customer.name,
            "enabled": True,
            "references": {"code": "BKT"},
        },
        "name": "Mug 12oz",
        "details": {"active": True, "variableWeight": False},
        "itemPropertyRequirements": {},
        "defaultUnitOfMeasure": "CTN",
        "unitOfMeasures": {"CTN": {"baseQty": 1, "weight": 7.5, "barcode": "MUG-12", "name": "Carton"}},
        "notifications": [],
    }


def test_every_optional_member_comes_back(customer: Customer) -> None:
    body = served(
        create(
            customer,
            description="Blue",
            details={
                "active": False,
                "variableWeight": True,
                "storage": {"chargeMethod": "PER_PALLET_QTY"},
                "inbound": {"initialStatus": "QC"},
                "stockSelection": {"method": "FEFO", "strict": "true", "expiryThresholdDays": "0"},
                "countryOfOrigin": {"name": "new zealand"},
                "harmonizedSystemCode": "6912.00.10",
                "unknown": 1,
            },
            itemPropertyRequirements={"batch": "REQUIRED_ON_INCOMING"},
            notifications=[{"type": "STOCK_LOW", "thresholdCount": 5}],
            unitOfMeasures={
                "CTN": {"baseQty": "1.000", "length": "0.5", "width": "0.4", "height": "0.2"},
                "PAL": {"baseQty": 40, "isDirectlyShippable": True},
            },
        )
    )
    assert body["details"] == {
        "active": False,
        "variableWeight": True,
        "storage": {"chargeMethod": "PER_PALLET_QTY"},
        "inbound": {"initialStatus": "QC"},
        "stockSelection": {"method": "FEFO", "strict": True, "expiryThresholdDays": 0},
        "countryOfOrigin": {"iso2Code": "NZ", "iso3Code": "NZL", "name": "New Zealand"},
        "harmonizedSystemCode": "69120010",
    }
    assert body["itemPropertyRequirements"] == {"batch": "REQUIRED_ON_INCOMING"}
    assert body["notifications"] == [{"type": "STOCK_LOW", "thresholdCount": 5}]
    assert body["unitOfMeasures"]["CTN"]["volume"] == 0.04
    assert body["unitOfMeasures"]["PAL"] == {"baseQty": 40, "name": "PAL", "isDirectlyShippable": True}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scope": "TRANSPORT"}, "/scope"),
        ({"type": None}, "/type"),
        ({"references": {}}, "/references/code"),
        ({"customer": None}, "/customer"),
        ({"customer": {"name": "Nobody"}}, "/customer"),
        ({"name": ""}, "/name"),
        ({"defaultUnitOfMeasure": "EA"}, "/defaultUnitOfMeasure"),
        ({"unitOfMeasures": None}, "/unitOfMeasures"),
        ({"unitOfMeasures": {}}, "/unitOfMeasures"),
        ({"unitOfMeasures": {"CTN": {}}}, "/unitOfMeasures/CTN/baseQty"),
        ({"unitOfMeasures": {"CTN": {"baseQty": 0}}}, "/unitOfMeasures/CTN/baseQty"),
        ({"unitOfMeasures": {"CTN": {"baseQty": 1, "weight": -1}}}, "/unitOfMeasures/CTN/weight"),
        ({"unitOfMeasures": {"CTN": 1}}, "/unitOfMeasures/CTN"),
        ({"unitOfMeasures": {"": {"baseQty": 1}}}, "/unitOfMeasures/"),
        ({"details": {"stockSelection": {"method": "LIFO"}}}, "/details/stockSelection/method"),
        ({"details": {"countryOfOrigin": {"iso2Code": "XX"}}}, "/details/countryOfOrigin/iso2Code"),
        ({"details": {"harmonizedSystemCode": "12"}}, "/details/harmonizedSystemCode"),
    ],
)
def test_a_fault_is_named_at_its_pointer(customer: Customer, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create(customer, **change)
    assert pointer in [problem.pointer for problem in refusal.value.problems]
    assert not Product.objects.exists()


def test_a_code_is_unique_for_its_customer(customer: Customer) -> None:
    first = create(customer)
    with pytest.raises(Invalid, match="already exists") as refusal:
        create(customer)
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.type) == ("/references/code", "DUPLICATE")
    assert problem.details == {"duplicateId": str(first.pk)}
    create(CustomerFactory.create(tenant=customer.tenant))


def test_an_update_replaces_all_but_the_customer(customer: Customer) -> None:
    product = create(customer, unitOfMeasures={"CTN": {"baseQty": 1}, "PAL": {"baseQty": 40}})
    other = CustomerFactory.create(tenant=customer.tenant)
    payload = document(other, name="Mug", unitOfMeasures={"CTN": {"baseQty": 1, "name": "Box"}})
    updated = services.update_product(product=product, payload=payload, actor=CALLER)
    body = served(updated)
    assert (body["name"], updated.customer, updated.version) == ("Mug", customer, 2)
    assert body["unitOfMeasures"] == {"CTN": {"baseQty": 1, "barcode": "MUG-12", "name": "Box"}}
    assert Entry.objects.get(action="product.updated").after == {"name": "Mug"}


@pytest.mark.parametrize("payload", [None, [], "x"])
def test_a_body_that_is_no_object_is_refused(customer: Customer, payload: Any) -> None:
    with pytest.raises(Invalid):
        services.create_product(
            tenant=customer.tenant, scope=services.EVERYTHING, payload=payload, actor=CALLER
        )
