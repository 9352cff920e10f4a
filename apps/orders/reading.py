"""Reading an order from a JSON document (partner_api §4.4, §4.6): structural faults are collected with pointers.

Members that the contract does not know are ignored and never stored.
"""

from decimal import Decimal
from typing import Any, cast

from apps.core.problems import Invalid
from apps.core.reading import Node
from apps.customers.models import Customer
from apps.customers.resolve import default_warehouse, resolve_customer, resolve_warehouse
from apps.orders.addresses import read_address
from apps.orders.drafts import LineDraft, OrderDraft
from apps.orders.models import LineState, Status
from apps.orders.products import find_products
from apps.orders.types import OrderDefaults, Scope
from apps.tenants.models import Tenant, Warehouse

MAX_LINES = 1000
MAX_PROPERTIES = 200


def read_outbound(payload: Any, *, tenant: Tenant, scope: Scope, defaults: OrderDefaults) -> OrderDraft:
    """The sale order that a document describes; raises `Invalid` with every structural fault."""
    root, customer, warehouse = _head(payload, tenant, scope)
    lenient = customer.order_settings.allow_invalid_addresses if customer else True
    details = _outbound_details(root["details"].object(required=True), tenant, lenient)
    measures = root["measures"].object()
    weight = measures["weight"].decimal(minimum=Decimal(0))
    cubic = measures["cubic"].decimal(minimum=Decimal(0))
    draft = _draft(root, tenant, scope, customer, warehouse, details)
    draft.weight, draft.cubic = weight, cubic
    if draft.weight is None and defaults.weight is not None:
        draft.weight = defaults.weight
        draft.defaulted.append("/measures/weight")
    if draft.cubic is None and defaults.cubic is not None:
        draft.cubic = defaults.cubic
        draft.defaulted.append("/measures/cubic")
    return draft


def read_inbound(payload: Any, *, tenant: Tenant, scope: Scope) -> OrderDraft:
    """The purchase order that a document describes; raises `Invalid` with every structural fault."""
    root, customer, warehouse = _head(payload, tenant, scope)
    node = root["details"].object()
    details: dict[str, Any] = {"urgent": node["urgent"].boolean() or False}
    _put(details, "instructions", node["instructions"].text(limit=4000))
    _put(details, "arrivalDate", node["arrivalDate"].date())
    draft = _draft(root, tenant, scope, customer, warehouse, details, arrives=True)
    draft.status = Status.DRAFT if root["status"].text() == Status.DRAFT else Status.NOT_YET_RECEIVED
    return draft


def _head(payload: Any, tenant: Tenant, scope: Scope) -> tuple[Node, Customer | None, Warehouse | None]:
    root = Node(payload)
    if not isinstance(payload, dict):
        raise Invalid.at("", "The body must be a JSON object.")
    customer = resolve_customer(root["customer"], tenant=tenant, scope=scope)
    warehouse = resolve_warehouse(root["warehouse"], tenant=tenant, scope=scope)
    return root, customer, warehouse


def _draft(
    root: Node,
    tenant: Tenant,
    scope: Scope,
    customer: Customer | None,
    warehouse: Warehouse | None,
    details: dict[str, Any],
    *,
    arrives: bool = False,
) -> OrderDraft:
    references = root["references"].object(required=True)
    reference = references["customer"].text(required=references.is_set) or ""
    lines = [_line(node, arrives) for node in root["items"].items(limit=MAX_LINES, required=True)]
    if isinstance(root["items"].value, list) and not lines:
        root["items"].fail("At least one item is required.")
    properties = _properties(root["properties"])
    others = _other_references(references)
    chosen = warehouse or default_warehouse(tenant=tenant, scope=scope)
    if chosen is None and not root.problems:
        root["warehouse"].fail("There is no active warehouse that this client has access to.")
    # What is wrong with the products is not looked up for a document that is refused anyway.
    root.finish()
    found = cast(Customer, customer)
    find_products(found, lines)
    return OrderDraft(
        customer=found,
        warehouse=chosen,
        warehouse_requested=warehouse is not None,
        reference=reference,
        references=others,
        details=details,
        properties=properties,
        lines=lines,
    )


def _other_references(node: Node) -> dict[str, str]:
    """The caller's own keys; `customer` is the reference itself and `numericId` ours to give."""
    texts = {name: member.text() for name, member in node.members() if name not in ("customer", "numericId")}
    if len(texts) > MAX_PROPERTIES:
        node.fail(f"At most {MAX_PROPERTIES} references are allowed.")
    return {name: text for name, text in texts.items() if text is not None}


def _outbound_details(node: Node, tenant: Tenant, lenient: bool) -> dict[str, Any]:
    splitting = node["allowSplitting"].boolean()
    details: dict[str, Any] = {
        "urgent": node["urgent"].boolean() or False,
        "allowSplitting": True if splitting is None else splitting,
    }
    _put(details, "instructions", node["instructions"].text(limit=4000))
    if required_date := node["collect"].object()["requiredDate"].date():
        details["collect"] = {"requiredDate": required_date}
    deliver = node["deliver"].object(required=node.is_set)
    if deliver.is_set:
        details["deliver"] = _deliver(deliver, tenant, lenient)
    _put(details, "invoiceValue", node["invoiceValue"].money(default=tenant.currency))
    return details


def _deliver(node: Node, tenant: Tenant, lenient: bool) -> dict[str, Any]:
    method = node["method"].object()
    kind = method["type"]
    if kind.value == "":
        kind.value = None
    deliver: dict[str, Any] = {
        "address": read_address(node["address"], lenient=lenient),
        "method": {"type": kind.choice(["SHIPPING", "PICKUP"]) or "SHIPPING"},
    }
    _put(deliver["method"], "requestedService", method["requestedService"].text())
    _put(deliver, "instructions", node["instructions"].text(limit=4000))
    _put(deliver, "requiredDate", node["requiredDate"].date())
    _put(deliver, "cashPaymentAmount", node["cashPaymentAmount"].money(currency=tenant.currency))
    return deliver


def _line(node: Node, arrives: bool) -> LineDraft:
    if not node.is_set:
        node.fail("This must be an object.")
    details = node.object()["details"].object(required=node.is_set)
    measures = node["measures"].object(required=node.is_set)
    product = details["product"].object(required=details.is_set)
    if product.is_set:
        product["references"].object()
        for member in (product["id"], product["name"], product["references"]["code"]):
            member.text()
    return LineDraft(
        sent=_sent(product),
        quantity=measures["quantity"].decimal(required=measures.is_set) or Decimal(0),
        unit_sent=details["unitOfMeasure"].object()["type"].text(limit=32) or "",
        unit_price=details["approximateUnitPrice"].money() or {},
        properties=_properties(node["properties"]),
        # Goods that leave have no state: to a sale order's line the member is an unknown one, whatever it holds.
        state=node["status"].choice(list(LineState.values)) or LineState.OK if arrives else "",
    )


def _sent(product: Node) -> dict[str, Any]:
    """What of a product reference is echoed where no product answers to it."""
    sent = {name: product[name].value for name in ("id", "name") if isinstance(product[name].value, str)}
    references = {
        name: member.value
        for name, member in product["references"].members()
        if name in ("code", "barcode") and isinstance(member.value, str)
    }
    return {**sent, "references": references} if references else sent


def _properties(node: Node) -> dict[str, Any]:
    """Custom fields of any type, as they came."""
    if not node.object().is_set:
        return {}
    if len(node.value) > MAX_PROPERTIES:
        node.fail(f"At most {MAX_PROPERTIES} properties are allowed.")
    return dict(node.value)


def _put(members: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        members[name] = value
