"""Reading a consignment from a JSON document (partner_api §4.7)."""

from decimal import Decimal
from typing import Any, cast

from apps.core.problems import Invalid
from apps.core.reading import Node
from apps.customers.models import Customer
from apps.customers.resolve import default_warehouse, resolve_customer, resolve_warehouse
from apps.customers.scope import Scope
from apps.orders.addresses import read_address
from apps.orders.models import Consignment, ConsignmentStatus, ConsignmentType
from apps.tenants.models import Tenant

MAX_ITEMS = 1000
MAX_MEMBERS = 200
_ITEM_MEASURES = ("weight", "cubic", "quantity", "spaces")


def read_consignment(payload: Any, *, tenant: Tenant, scope: Scope, quote: bool = False) -> Consignment:
    """A consignment that is not stored yet; raises `Invalid` with every fault. A quote needs no references."""
    if not isinstance(payload, dict):
        raise Invalid.at("", "The body must be a JSON object.")
    root = Node(payload)
    customer = resolve_customer(root["customer"], tenant=tenant, scope=scope)
    warehouse = resolve_warehouse(root["warehouse"], tenant=tenant, scope=scope)
    references = root["references"].object(required=not quote)
    reference = references["customer"].text(required=references.is_set and not quote)
    others = {name: node.text() for name, node in references.members()}
    details = root["details"].object()
    lenient = customer.order_settings.allow_invalid_addresses if customer else True
    found = Consignment(
        tenant=tenant,
        warehouse=warehouse,
        reference=reference or "",
        tracking=others.get("tracking") or "",
        references={
            name: text
            for name, text in others.items()
            if text is not None and name not in ("customer", "tracking", "numericId")
        },
        status=root["status"].choice(list(ConsignmentStatus.values)) or ConsignmentStatus.AWAITING_PICKUP,
        type=details["type"].choice(list(ConsignmentType.values)) or ConsignmentType.DELIVERY,
        details=_details(details, tenant, lenient),
        measures=_measures(root["measures"].object()),
        properties=_properties(root["properties"]),
        items=[_item(node) for node in root["items"].items(limit=MAX_ITEMS)],
    )
    if quote:
        root["taskDate"].date()
    root.finish()
    found.customer = cast(Customer, customer)
    found.warehouse = warehouse or default_warehouse(tenant=tenant, scope=scope)
    return found


def _details(node: Node, tenant: Tenant, lenient: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    collect = node["collect"].object()
    if collect["address"].is_set:
        found["collect"] = {"address": read_address(collect["address"], lenient=lenient)}
    if node["deliver"].object().is_set:
        found["deliver"] = _deliver(node["deliver"], tenant, lenient)
    _put(found, "invoiceValue", node["invoiceValue"].money(currency=tenant.currency))
    _put(found, "authorityToLeave", node["authorityToLeave"].boolean())
    _put(found, "authorityToLeaveInstructions", node["authorityToLeaveInstructions"].text(limit=4000))
    return found


def _deliver(node: Node, tenant: Tenant, lenient: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if node["address"].is_set:
        found["address"] = read_address(node["address"], lenient=lenient)
    _put(found, "requiredDate", node["requiredDate"].date())
    _put(found, "instructions", node["instructions"].text(limit=4000))
    _put(found, "cashPaymentAmount", node["cashPaymentAmount"].money(currency=tenant.currency))
    return found


def _measures(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    _put(found, "hours", node["hours"].decimal(places=0, minimum=Decimal(0)))
    distance = node["distance"].object()["value"].decimal(minimum=Decimal(0))
    if distance is not None:
        found["distance"] = {"value": distance}
    for name in ("weight", "cubic"):
        _put(found, name, node[name].decimal(minimum=Decimal(0)))
    return found


def _item(node: Node) -> dict[str, Any]:
    if not node.object().is_set:
        node.fail("This must be an object.")
    measures: dict[str, Any] = {}
    sent = node["measures"].object()
    _put(measures, "pallets", sent["pallets"].decimal(places=0, minimum=Decimal(0)))
    for name in _ITEM_MEASURES:
        _put(measures, name, sent[name].decimal(minimum=Decimal(0)))
    item: dict[str, Any] = {"properties": _properties(node["properties"]), "measures": measures}
    product = node["details"].object()["product"].object()
    if code := product["references"].object()["code"].text(limit=100):
        item["details"] = {"product": {"references": {"code": code}}}
    return item


def _properties(node: Node) -> dict[str, Any]:
    if not node.object().is_set:
        return {}
    if len(node.value) > MAX_MEMBERS:
        node.fail(f"At most {MAX_MEMBERS} properties are allowed.")
    return dict(node.value)


def _put(members: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        members[name] = value
