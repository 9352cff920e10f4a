"""Every write of a customer."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.names import is_blank, name_key
from apps.core.problems import Invalid, Problem
from apps.core.reading import Node
from apps.customers.models import Customer, Kind
from apps.customers.resolve import default_warehouse, resolve_warehouse
from apps.customers.scope import EVERYTHING, Scope
from apps.customers.settings import OrderSettings
from apps.tenants.models import Tenant, Warehouse

MAX_WAREHOUSES = 200
TEXT_FIELDS = ("name", "code", "email", "telephone")


@transaction.atomic
def create_customer(
    *,
    tenant: Tenant,
    actor: Actor,
    name: str,
    code: str = "",
    email: str = "",
    telephone: str = "",
    kind: Kind = Kind.LIVE,
    copied_from: Customer | None = None,
    settings: OrderSettings | None = None,
    warehouses: Iterable[Warehouse] = (),
) -> Customer:
    """Store a customer; without warehouses it gets the tenant's default one."""
    customer = Customer(
        tenant=tenant,
        name=name.strip(),
        code=code.strip(),
        email=email,
        telephone=telephone,
        kind=kind,
        copied_from=copied_from,
        settings=(settings or OrderSettings()).stored(),
    )
    _save(customer)
    standing = default_warehouse(tenant=tenant, scope=EVERYTHING)
    customer.warehouses.set(list(warehouses) or ([standing] if standing else []))
    record("customer.created", actor=actor, tenant_id=tenant.pk, target=customer, after=_described(customer))
    return customer


@transaction.atomic
def update_customer(
    *, customer: Customer, actor: Actor, warehouses: Iterable[Warehouse] | None = None, **changes: Any
) -> Customer:
    """Change some of name, code, email, telephone and settings (an `OrderSettings`), and the warehouses."""
    if unknown := set(changes) - {*TEXT_FIELDS, "settings"}:
        raise TypeError(f"A customer has no {', '.join(sorted(unknown))} to change.")
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    before = _described(customer)
    for field, value in changes.items():
        setattr(customer, field, value.stored() if isinstance(value, OrderSettings) else value.strip())
    _save(customer)
    if warehouses is not None:
        customer.warehouses.set(warehouses)
    after = _described(customer)
    if changed := [field for field in after if before[field] != after[field]]:
        record(
            "customer.updated",
            actor=actor,
            tenant_id=customer.tenant_id,
            target=customer,
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
    return customer


@transaction.atomic
def set_active(*, customer: Customer, actor: Actor, is_active: bool) -> Customer:
    """Let a customer take orders, or no longer. Writing the row makes this wait for orders that are on their way in."""
    changed = Customer.objects.filter(pk=customer.pk, is_active=not is_active).update(is_active=is_active)
    customer.refresh_from_db()
    if changed:
        record(
            "customer.activated" if is_active else "customer.deactivated",
            actor=actor,
            tenant_id=customer.tenant_id,
            target=customer,
            before={"is_active": not is_active},
            after={"is_active": is_active},
        )
    return customer


def deactivate_customer(*, customer: Customer, actor: Actor) -> Customer:
    """Stop a customer from taking orders."""
    return set_active(customer=customer, actor=actor, is_active=False)


def create_customer_from(*, tenant: Tenant, scope: Scope, payload: Any, actor: Actor) -> Customer:
    """Store the customer that a caller of the API describes (partner_api §4.1)."""
    root = Node(payload)
    root.object(required=True)
    scope_sent = root["scope"].text()
    if scope_sent not in (None, "CUSTOMER"):
        root["scope"].fail("This must be CUSTOMER.")
    name = root["name"].text(limit=120, required=True)
    code = root["references"].object()["code"].text(limit=64) or ""
    email = root["email"].text(limit=254) or ""
    telephone = root["telephone"].text(limit=64) or ""
    named = [
        resolve_warehouse(node.object(), tenant=tenant, scope=scope)
        for node in root["warehouses"].items(limit=MAX_WAREHOUSES)
    ]
    root.finish()
    return create_customer(
        tenant=tenant,
        actor=actor,
        name=name or "",
        code=code,
        email=email,
        telephone=telephone,
        warehouses=[warehouse for warehouse in named if warehouse],
    )


def _save(customer: Customer) -> None:
    """Write the row, turning what its constraints refuse into problems at the members that cause them."""
    problems = []
    if is_blank(customer.name):
        problems.append(Problem("/name", "This must not be empty."))
    others = Customer.objects.filter(tenant_id=customer.tenant_id).exclude(pk=customer.pk)
    if others.filter(name_key=name_key(customer.name)).exists():
        problems.append(Problem("/name", "A customer with this name already exists."))
    if customer.code and others.filter(code=customer.code).exists():
        problems.append(Problem("/references/code", "A customer with this code already exists."))
    if problems:
        raise Invalid(problems)
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        # Somebody took the name or the code between the look and the write.
        raise Invalid.at("/name", "A customer with this name or code already exists.") from None


def _described(customer: Customer) -> dict[str, Any]:
    return {
        **{field: getattr(customer, field) for field in TEXT_FIELDS},
        "kind": customer.kind,
        "settings": customer.settings,
        "warehouses": sorted(customer.warehouses.values_list("name", flat=True)),
    }
