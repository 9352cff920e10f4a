"""Builds one organisation of the demo by the services that the portal uses."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from apps.accounts.models import User
from apps.audit.actors import Actor
from apps.clients import services as clients
from apps.clients.models import ApiClient, Configuration, Kind
from apps.clients.services import ChannelInput, ClientInput, Issued
from apps.customers.models import Customer
from apps.customers.services import create_customer
from apps.operations.demo import data
from apps.orders.models import Product
from apps.orders.services import (
    EVERYTHING,
    allocate_inbound,
    create_inbound_order,
    create_product,
    receive,
    verify,
)
from apps.sandboxes.services import duplicate
from apps.tenants import invitations
from apps.tenants.models import Invitation, Tenant, Warehouse
from apps.tenants.organisations import create_tenant
from apps.tenants.services import create_warehouse

STARTING_STOCK = Decimal(100)
THRESHOLD_WEIGHT, THRESHOLD_VOLUME = Decimal("0.5"), Decimal("0.002")


@dataclass(slots=True)
class Built:
    """An organisation and what the later steps need of it."""

    facts: data.Organisation
    tenant: Tenant
    customers: dict[str, Customer]
    sandboxes: dict[str, Customer]
    clients: list[tuple[data.Caller, ApiClient]]
    first: Issued | None = None


def build(facts: data.Organisation, actor: Actor) -> Built:
    """Store the organisation with its people, warehouses, customers, products, stock and API clients."""
    tenant = _account(facts, actor)
    warehouses = _warehouses(facts, tenant, actor)
    built = Built(facts, tenant, {}, {}, [])
    for buyer in facts.buyers:
        customer = create_customer(
            tenant=tenant,
            actor=actor,
            name=buyer.name,
            code=buyer.code,
            email=buyer.email,
            warehouses=warehouses,
        )
        built.customers[buyer.code] = customer
        products = [_product(tenant, customer, article, actor) for article in buyer.articles]
        _stock(tenant, customer, buyer, products, warehouses, actor)
        if buyer.sandbox:
            built.sandboxes[buyer.code] = duplicate(
                customer=customer,
                name=f"{buyer.name} Sandbox",
                actor=actor,
                with_products=True,
                starting_stock=STARTING_STOCK,
            )
    for caller in facts.callers:
        issued = _client(built, caller, actor)
        built.clients.append((caller, issued.client))
        built.first = built.first or issued
    _customer_users(built, actor)
    for method, pattern, roles in facts.rules:
        clients.create_rule(tenant=tenant, actor=actor, method=method, pattern=pattern, roles=roles)
    return built


def _account(facts: data.Organisation, actor: Actor) -> Tenant:
    name, email, phone = facts.account_manager
    tenant, _ = create_tenant(
        slug=facts.slug,
        name=facts.name,
        zone=facts.zone,
        currency=facts.currency,
        consignments=facts.consignments,
        warehouse_orders=facts.warehouse_orders,
        admin_email=facts.people[0].email,
        actor=actor,
        account_manager_name=name,
        account_manager_email=email,
        account_manager_phone=phone,
        api_integration=facts.api_integration,
    )
    _join(Invitation.objects.get(tenant=tenant), facts.people[0], actor)
    for person in facts.people[1:]:
        if not person.customers:
            _invite(tenant, person, [], actor)
    return tenant


def _customer_users(built: Built, actor: Actor) -> None:
    """Let in those who see single customers, which have to be there first."""
    for person in built.facts.people:
        if person.customers:
            _invite(built.tenant, person, [built.customers[code].pk for code in person.customers], actor)


def _invite(tenant: Tenant, person: data.Person, customer_ids: list[UUID], actor: Actor) -> None:
    invitation, _ = invitations.invite(
        tenant=tenant,
        email=person.email,
        role=person.role,
        can_edit_users=person.can_edit_users,
        customer_ids=customer_ids,
        actor=actor,
    )
    _join(invitation, person, actor)


def _join(invitation: Invitation, person: data.Person, actor: Actor) -> User:
    return invitations.accept_as_new(
        invitation=invitation, name=person.name, password=data.PASSWORD, actor=actor
    )


def _warehouses(facts: data.Organisation, tenant: Tenant, actor: Actor) -> list[Warehouse]:
    """The organisation's warehouses, the first being the default one; those that are inactive are left out."""
    made = [
        create_warehouse(
            tenant=tenant,
            actor=actor,
            name=place.name,
            address1=place.address1,
            city=place.city,
            state=place.state,
            postcode=place.postcode,
            country=facts.country,
            is_active=place.is_active,
            is_default=number == 0,
        )
        for number, place in enumerate(facts.places)
    ]
    return [warehouse for warehouse in made if warehouse.is_active]


def _product(tenant: Tenant, customer: Customer, article: data.Article, actor: Actor) -> Product:
    document = {
        "type": "General",
        "references": {"code": article.code},
        "customer": {"id": str(customer.pk)},
        "name": article.name,
        "defaultUnitOfMeasure": "EA",
        "unitOfMeasures": {"EA": {"baseQty": 1, "name": "Each", "weight": Decimal(article.weight)}},
    }
    return create_product(tenant=tenant, scope=EVERYTHING, payload=document, actor=actor)


def _stock(
    tenant: Tenant,
    customer: Customer,
    buyer: data.Buyer,
    products: list[Product],
    warehouses: list[Warehouse],
    actor: Actor,
) -> None:
    """Put goods on stock the way they come in: an inbound order for each warehouse, received and allocated."""
    for number, warehouse in enumerate(warehouses):
        amounts = [article.stock if number == 0 else article.stock_elsewhere for article in buyer.articles]
        lines = [
            {"details": {"product": {"id": str(product.pk)}}, "measures": {"quantity": amount}}
            for product, amount in zip(products, amounts, strict=True)
            if amount
        ]
        if not lines:
            continue
        payload = {
            "references": {"customer": f"PO-{buyer.code}-{number + 1:02}"},
            "customer": {"id": str(customer.pk)},
            "warehouse": {"id": str(warehouse.pk)},
            "items": lines,
        }
        order = create_inbound_order(tenant=tenant, scope=EVERYTHING, payload=payload, actor=actor).order
        for move in (receive, verify, allocate_inbound):
            order = move(order=order, actor=actor)


def _client(built: Built, caller: data.Caller, actor: Actor) -> Issued:
    tenant = built.tenant
    if caller.kind == Kind.CHANNEL:
        pending = clients.create_channel(
            tenant=tenant,
            actor=actor,
            values=ChannelInput(
                name=caller.name,
                configuration=Configuration.MANUAL if caller.is_manual else Configuration.SMART,
                threshold_weight=THRESHOLD_WEIGHT,
                threshold_volume=THRESHOLD_VOLUME,
            ),
        )
        return clients.confirm_channel(client=pending.client, actor=actor)
    if caller.kind == Kind.BEARER:
        return clients.create_bearer(tenant=tenant, actor=actor, name=caller.name, roles=caller.roles)
    if caller.kind == Kind.ACCESS:
        return clients.create_access(tenant=tenant, actor=actor, username=caller.name, roles=caller.roles)
    source = built.sandboxes if caller.on_sandbox else built.customers
    values = ClientInput(
        name=caller.name,
        roles=caller.roles,
        customers=[source[code] for code in caller.customers],
        all_warehouses=True,
        is_active=caller.is_active,
    )
    client = clients.create_client(tenant=tenant, actor=actor, values=values)
    return clients.generate_credentials(client=client, actor=actor)
