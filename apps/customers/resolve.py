"""Finding the customer and the warehouse that a JSON document names (partner_api §2.1)."""

from apps.core.names import name_key
from apps.core.reading import Node, named
from apps.customers.models import Customer
from apps.customers.scope import Scope
from apps.tenants.models import Tenant, Warehouse


def resolve_customer(node: Node, *, tenant: Tenant, scope: Scope) -> Customer | None:
    """The customer that `node` names; one out of reach and one that does not exist are the same fault."""
    if not node.object(required=True).is_set:
        return None
    rows = Customer.objects.of(tenant).within(scope)
    match named(node, "id", "references.code", "name"):
        case None:
            node.fail("Name the customer by id, references.code or name.")
            return None
        case "id", found:
            customer = rows.filter(pk=key).first() if (key := found.uuid()) else None
        case "references.code", found:
            customer = rows.filter(code=found.text() or "").exclude(code="").first()
        case _, found:
            customer = rows.filter(name_key=name_key(found.text() or "")).first()
    if customer is None:
        node.fail("There is no such customer, or this client has no access to it.")
    elif not customer.is_active:
        node.fail("This customer is inactive.")
        return None
    return customer


def resolve_warehouse(node: Node, *, tenant: Tenant, scope: Scope) -> Warehouse | None:
    """The warehouse that `node` names, or None where it names none."""
    found = named(node.object(), "id", "name")
    if found is None:
        return None
    path, member = found
    rows = Warehouse.objects.of(tenant)
    if path == "id":
        warehouse = rows.filter(pk=key).first() if (key := member.uuid()) else None
    else:
        warehouse = rows.filter(name=member.text() or "").first()
    if warehouse is None or not scope.has_warehouse(warehouse.pk):
        node.fail("There is no such warehouse, or this client has no access to it.")
        return None
    if not warehouse.is_active:
        node.fail("This warehouse is inactive and takes no orders.")
        return None
    return warehouse


def default_warehouse(*, tenant: Tenant, scope: Scope) -> Warehouse | None:
    """The tenant's default warehouse, or the first one within reach where that is not."""
    rows = Warehouse.objects.of(tenant).filter(is_active=True)
    if scope.warehouse_ids is not None:
        rows = rows.filter(pk__in=scope.warehouse_ids)
    return rows.order_by("-is_default", "name").first()
