"""Customers and warehouses as the Partner API serves them (partner_api §2.1, §4.1, §4.2)."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from apps.core import countries
from apps.customers.models import Customer
from apps.tenants.models import Warehouse


class PlainWarehouse(NamedTuple):
    """What the wire has of a warehouse, where no model is needed."""

    id: UUID
    name: str
    is_active: bool
    address1: str
    city: str
    state: str
    postcode: str
    country: str


def customer_reference(customer: Customer) -> dict[str, Any]:
    """A customer where another object names it."""
    reference = {"id": customer.pk, "name": customer.name, "enabled": customer.is_active}
    return {**reference, "references": {"code": customer.code}} if customer.code else reference


def warehouse_reference(warehouse: Warehouse | PlainWarehouse) -> dict[str, Any]:
    """A warehouse where another object names it."""
    return {"id": warehouse.id, "name": warehouse.name, "enabled": warehouse.is_active}


def warehouse_address(warehouse: Warehouse | PlainWarehouse) -> dict[str, Any] | None:
    """Where a warehouse is, if that is known."""
    if not warehouse.address1:
        return None
    parts = {
        "companyName": warehouse.name,
        "address1": warehouse.address1,
        "city": warehouse.city,
        "state": {"name": warehouse.state} if warehouse.state else "",
        "postcode": warehouse.postcode,
        "country": _country(warehouse.country),
    }
    return {name: value for name, value in parts.items() if value}


def _country(code: str) -> dict[str, str]:
    """A country by all three names, as everywhere in the API (§2.1); an unknown code alone."""
    if country := countries.BY_ISO2.get(code.upper()):
        return {"iso2Code": country.iso2, "iso3Code": country.iso3, "name": country.name}
    return {"iso2Code": code} if code else {}


def warehouse_json(warehouse: Warehouse | PlainWarehouse) -> dict[str, Any]:
    """A warehouse as GET returns it."""
    address = warehouse_address(warehouse)
    return {**warehouse_reference(warehouse), **({"address": address} if address else {})}


def customer_json(customer: Customer, warehouses: Iterable[Warehouse] | None = None) -> dict[str, Any]:
    """A customer as GET returns it; hand its warehouses in, or prefetch them, for a list."""
    if warehouses is None:
        warehouses = customer.warehouses.all()
    body: dict[str, Any] = {
        "id": customer.pk,
        "scope": "CUSTOMER",
        "enabled": customer.is_active,
        "name": customer.name,
        "references": {"code": customer.code} if customer.code else {},
        "warehouses": [warehouse_reference(warehouse) for warehouse in warehouses],
    }
    if customer.email:
        body["email"] = customer.email
    if customer.telephone:
        body["telephone"] = customer.telephone
    return body
