"""Products from a CSV file: new ones are made, known ones changed; what the file does not speak of stays."""

from functools import partial
from typing import Any

from apps.audit.actors import Actor
from apps.core.names import name_key
from apps.core.problems import Conflict, Invalid
from apps.core.reading import Node
from apps.customers.models import Customer
from apps.orders.documents import PRODUCT_POINTERS, PRODUCT_VALUES, product_document, product_values
from apps.orders.models import Product
from apps.orders.services.importing import CHANGED, NEW, SAME, Plan, Step, rows_of
from apps.orders.services.products import check_product, create_product, update_product
from apps.orders.types import EVERYTHING
from apps.tenants.models import Tenant

REQUIRED = ("customer", "code", "name")
COLUMNS = ("customer", *PRODUCT_VALUES)
# An export can be imported again: how much lies where is left alone.
_IGNORED = ("on_hand", "free")
_DEFAULTS: dict[str, Any] = {
    "type": "General",
    "description": "",
    "active": True,
    "unit": "EA",
    "unit_name": "",
    "weight": None,
    "volume": None,
    "barcode": "",
}
_YES, _NO = ("yes", "true", "1", "active"), ("no", "false", "0", "inactive")


def plan_products(tenant: Tenant, text: str) -> Plan:
    """What a file of products would do. Changes nothing."""
    plan = Plan()
    optional = (*(name for name in COLUMNS if name not in REQUIRED), *_IGNORED)
    rows = rows_of(text, plan, columns=REQUIRED, optional=optional)
    customers = {customer.name_key: customer for customer in Customer.objects.of(tenant)}
    known = _known(tenant, [row["code"] for _, row in rows])
    seen: dict[tuple[Any, str], int] = {}
    for line, row in rows:
        customer = customers.get(name_key(row["customer"]))
        if customer is None:
            plan.fail(line, f"customer: there is no customer named {row['customer'][:80] or 'nothing'}.")
            _checked(plan, line, row, Customer(), None)
            continue
        if not customer.is_active:
            plan.fail(line, f"customer: {customer.name} is inactive.")
        key = (customer.pk, row["code"])
        if key in seen:
            plan.fail(line, f"code: {row['code'][:80]} of {customer.name} is in line {seen[key]} already.")
        seen.setdefault(key, line)
        _add(plan, line, row, tenant, customer, known.get(key))
    return plan


def _known(tenant: Tenant, codes: list[str]) -> dict[tuple[Any, str], Product]:
    rows = Product.objects.of(tenant).filter(code__in=set(codes))
    rows = rows.select_related("tenant", "customer").prefetch_related("units")
    return {(product.customer_id, product.code): product for product in rows}


def _checked(
    plan: Plan, line: int, row: dict[str, str], customer: Customer, product: Product | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a line and their document; what is wrong with them goes into the plan."""
    before = product_values(product) if product else {}
    values = {**_DEFAULTS, **before, **_read(row)}
    if values["active"] is None:
        plan.fail(line, "active: write yes or no.")
        values["active"] = True
    document = product_document(values, customer=customer, product=product)
    try:
        check_product(document)
    except Invalid as refusal:
        plan.refuse(line, refusal, PRODUCT_POINTERS)
    return values, document


def _add(
    plan: Plan, line: int, row: dict[str, str], tenant: Tenant, customer: Customer, product: Product | None
) -> None:
    before = product_values(product) if product else {}
    values, document = _checked(plan, line, row, customer, product)
    # The service makes a barcode and a unit's name of the codes where there are none.
    filled = {**values, "unit_name": values["unit_name"] or values["unit"]}
    if not values["barcode"]:
        filled["barcode"] = before.get("barcode") if before.get("barcode") == values["code"] else ""
    changes = {
        name: (before.get(name), filled[name]) for name in PRODUCT_VALUES if before.get(name) != filled[name]
    }
    name = f"{values['name']} ({values['code']})"
    if product is None:
        create = partial(create_product, tenant=tenant, scope=EVERYTHING, payload=document)
        plan.steps.append(Step(line, name, NEW, {}, lambda actor: create(actor=actor)))
    else:
        update = partial(_update, product, document)
        kind = CHANGED if changes else SAME
        plan.steps.append(Step(line, name, kind, changes, update))


def _update(product: Product, document: dict[str, Any], actor: Actor) -> None:
    """Change the product that the plan was made of, and no newer one."""
    rows = Product.objects.select_for_update().filter(pk=product.pk, version=product.version)
    if not rows.exists():
        raise Conflict(f"Somebody changed {product.name} just now.")
    update_product(product=product, payload=document, actor=actor)


def _read(row: dict[str, str]) -> dict[str, Any]:
    """The values of a line; numbers stay texts where they are none, and the service says what is wrong with them."""
    values: dict[str, Any] = {name: row[name] for name in PRODUCT_VALUES if name in row}
    for name in ("weight", "volume"):
        if name in values:
            number = Node(values[name]).decimal() if values[name] else None
            values[name] = values[name] if number is None and values[name] else number
    if "active" in values:
        word = values["active"].lower()
        values["active"] = True if word in ("", *_YES) else False if word in _NO else None
    # An empty cell is what a new product would have.
    for name in ("type", "unit"):
        if values.get(name) == "":
            values[name] = _DEFAULTS[name]
    return values
