"""One of everything in an organisation, made by the services that people's clicks and callers' requests end in."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from apps.accounts.models import User
from apps.audit import actors
from apps.billing.models import Statement
from apps.billing.services import close_week
from apps.clients import services as clients
from apps.clients.models import ApiClient, ChannelDraft, Configuration, GatewayRule
from apps.clients.services import ChannelInput, ClientInput
from apps.core.weeks import Week
from apps.customers.models import Customer
from apps.customers.services import create_customer
from apps.orders import services as orders
from apps.orders.models import Consignment, ConsignmentStatus, Order, Product, Promotion, TransportProduct
from apps.sandboxes import services as sandboxes
from apps.tenants import invitations
from apps.tenants.models import Invitation, Membership, Role, Tenant, Warehouse
from apps.tenants.zones import Calendar
from apps.usage.models import Call
from apps.usage.services import CallRecord, record_call
from apps.webhooks import endpoints
from apps.webhooks.models import Delivery, Endpoint
from tests import factories
from tests.customers.factories import CustomerFactory
from tests.orders.factories import ProductFactory, inbound_document, order_document, stocked

ACTOR = actors.command("world")
WEBHOOK = "https://hooks.example.com/gatepass"


@dataclass
class World:
    """An organisation with one of everything; `secrets` is every secret that came up while it was made."""

    tenant: Tenant
    warehouse: Warehouse
    spare_warehouse: Warehouse
    customer: Customer
    other_customer: Customer
    sandbox: Customer
    product: Product
    order: Order
    inbound_order: Order
    consignment: Consignment
    promotion: Promotion
    transport_product: TransportProduct
    client: ApiClient
    sandbox_client: ApiClient
    channel: ApiClient
    channel_draft: ChannelDraft
    bearer: ApiClient
    access: ApiClient
    rule: GatewayRule
    endpoint: Endpoint
    delivery: Delivery
    call: Call
    week: Week
    statement: Statement
    invitation: Invitation
    customer_invitation: Invitation
    membership: Membership
    customer_membership: Membership
    administrator: User
    limited_administrator: User
    viewer: User
    customer_user: User
    client_secret: str = field(repr=False)
    bearer_token: str = field(repr=False)
    secrets: list[str] = field(repr=False)

    def of_kwarg(self, name: str) -> Any:
        """The id that stands for a name in an address."""
        objects = {
            "warehouse_id": self.spare_warehouse,
            "customer_id": self.customer,
            "order_id": self.order,
            "product_id": self.product,
            "consignment_id": self.consignment,
            "promotion_id": self.promotion,
            "client_id": self.client,
            "rule_id": self.rule,
            "credential_id": self.client.credentials.first(),
            "endpoint_id": self.endpoint,
            "delivery_id": self.delivery,
            "call_id": self.call,
            "invitation_id": self.invitation,
            "membership_id": self.membership,
            "customer_user_id": self.customer_membership,
            "customer_invitation_id": self.customer_invitation,
        }
        if name == "monday":
            return Calendar(self.tenant).monday(self.week)
        return objects[name].pk


def people_of(tenant: Tenant, customer: Customer) -> dict[str, User]:
    """The four kinds of member."""
    roles: dict[str, dict[str, Any]] = {
        "administrator": {"role": Role.ADMINISTRATOR, "can_edit_users": True},
        "limited_administrator": {"role": Role.ADMINISTRATOR},
        "viewer": {"role": Role.VIEWER},
        "customer_user": {"role": Role.CUSTOMER, "customer_ids": [str(customer.pk)]},
    }
    return {
        name: factories.MembershipFactory.create(
            tenant=tenant, user__email=f"{name}@{tenant.slug}.example", **given
        ).user
        for name, given in roles.items()
    }


def build(slug: str) -> World:
    """Make an organisation with one of everything in it."""
    tenant = factories.TenantFactory.create(slug=slug, name=f"{slug.title()} Logistics")
    factories.PlanFactory.create(tenant=tenant, api_integration=True, valid_from=date(2020, 1, 6))
    warehouse = factories.WarehouseFactory.create(tenant=tenant, name="Brisbane Depot", is_default=True)
    spare = factories.WarehouseFactory.create(tenant=tenant, name="Northside")
    customer = create_customer(tenant=tenant, actor=ACTOR, name="Blue Kettle Teas", code="BKT")
    product = ProductFactory.create(customer=customer, code="MUG-12", name="Mug 12oz")
    stocked(product, warehouse, 100)
    sandbox = sandboxes.duplicate(
        customer=customer,
        name="Blue Kettle Teas Sandbox",
        actor=ACTOR,
        with_products=True,
        starting_stock=Decimal(50),
    )
    endpoint, key = endpoints.create_endpoint(
        tenant=tenant, name="ERP", url=WEBHOOK, actor=ACTOR, auth_token=f"Bearer hook-{slug}-Zx81kqPp"
    )
    order = _order(customer, "SO-1")
    people = people_of(tenant, customer)
    invitation, link = invitations.invite(
        tenant=tenant, email=f"new@{slug}.example", role=Role.VIEWER, actor=ACTOR
    )
    offered, customer_link = invitations.invite(
        tenant=tenant,
        email=f"developer@{slug}.example",
        role=Role.CUSTOMER,
        customer_ids=[customer.pk],
        actor=ACTOR,
    )
    made, secrets = _clients(tenant, customer, sandbox, warehouse)
    draft_token = f"draft-{tenant.slug}-Lw53pdXk"
    draft = clients.save_draft(
        tenant=tenant,
        actor=ACTOR,
        key=uuid4(),
        answers={"name": "Market stall", "webhook_url": WEBHOOK},
        auth_token=draft_token,
    )
    calendar = Calendar(tenant)
    week = calendar.week_before(calendar.week_containing(timezone.now()))
    return World(
        tenant=tenant,
        warehouse=warehouse,
        spare_warehouse=spare,
        customer=customer,
        other_customer=CustomerFactory.create(tenant=tenant, name="Amber Roast"),
        sandbox=sandbox,
        product=product,
        order=order,
        inbound_order=orders.create_inbound_order(
            tenant=tenant,
            scope=orders.EVERYTHING,
            payload=inbound_document(customer, ("MUG-12", 5)),
            actor=ACTOR,
        ).order,
        consignment=Consignment.objects.filter(order=order).first() or a_consignment(order),
        rule=clients.create_rule(
            tenant=tenant, actor=ACTOR, method="GET", pattern="/stock/*", roles=["WMS_CREATE_JOBS"]
        ),
        promotion=a_promotion(product),
        transport_product=orders.create_transport_product(
            tenant=tenant,
            scope=orders.EVERYTHING,
            payload={
                "references": {"code": "PALLET"},
                "customer": {"id": str(customer.pk)},
                "name": "Pallet",
            },
            actor=ACTOR,
        ),
        endpoint=endpoint,
        delivery=Delivery.objects.filter(endpoint=endpoint, event__reference="SO-1").latest("pk"),
        call=a_call(tenant, made["client"], customer),
        week=week,
        statement=close_week(tenant=tenant, week=week, actor=ACTOR)[0],
        invitation=invitation,
        customer_invitation=offered,
        membership=Membership.objects.get(tenant=tenant, user=people["viewer"]),
        customer_membership=Membership.objects.get(tenant=tenant, user=people["customer_user"]),
        client_secret=secrets[0],
        bearer_token=secrets[-1],
        channel_draft=draft,
        secrets=[
            *secrets,
            draft_token,
            key,
            f"hook-{slug}-Zx81kqPp",
            *map(_token_of, (link, customer_link)),
        ],
        **people,
        **made,
    )


def _token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def _clients(
    tenant: Tenant, customer: Customer, sandbox: Customer, warehouse: Warehouse
) -> tuple[dict[str, ApiClient], list[str]]:
    reach: dict[str, Any] = {"roles": ["WMS_CREATE_JOBS"], "warehouses": [warehouse]}
    client = clients.create_client(
        tenant=tenant, actor=ACTOR, values=ClientInput(name="ERP connector", customers=[customer], **reach)
    )
    issued = clients.generate_credentials(client=client, actor=ACTOR)
    tester = clients.create_client(
        tenant=tenant, actor=ACTOR, values=ClientInput(name="Tester", customers=[sandbox], **reach)
    )
    tested = clients.generate_credentials(client=tester, actor=ACTOR)
    pending = clients.create_channel(
        tenant=tenant,
        actor=ACTOR,
        values=ChannelInput(
            name="Webshop",
            configuration=Configuration.SMART,
            threshold_weight=Decimal(1),
            threshold_volume=Decimal("0.01"),
            webhook_url=WEBHOOK,
            auth_token=f"channel-{tenant.slug}-Qv72mmTr",
        ),
    )
    confirmed = clients.confirm_channel(client=pending.client, actor=ACTOR)
    access = clients.create_access(
        tenant=tenant, actor=ACTOR, username=f"{tenant.slug}-erp", roles=["ORDER_API_ACCESS"]
    )
    bearer = clients.create_bearer(
        tenant=tenant, actor=ACTOR, name="Order Management", roles=["WMS_CREATE_JOBS"]
    )
    made = {
        "client": issued.client,
        "sandbox_client": tested.client,
        "channel": confirmed.client,
        "access": access.client,
        "bearer": bearer.client,
    }
    secrets = [
        issued.client_secret,
        tested.client_secret,
        pending.password,
        confirmed.bearer_token,
        confirmed.webhook_secret,
        f"channel-{tenant.slug}-Qv72mmTr",
        access.password,
        access.bearer_token,
        bearer.bearer_token,
    ]
    for row in made.values():
        row.refresh_from_db()
    return made, secrets


def _order(customer: Customer, reference: str) -> Order:
    return orders.create_order(
        tenant=customer.tenant,
        scope=orders.EVERYTHING,
        payload=order_document(customer, ("MUG-12", 1), reference=reference),
        actor=ACTOR,
    ).order


def a_consignment(order: Order, numeric_id: str = "1") -> Consignment:
    """A consignment of an order, where its customer's settings make none by themselves."""
    return Consignment.objects.create(
        tenant=order.tenant,
        customer=order.customer,
        warehouse=order.warehouse,
        order=order,
        status=ConsignmentStatus.IN_WAREHOUSE,
        reference=order.reference,
        numeric_id=numeric_id,
    )


def a_promotion(product: Product) -> Promotion:
    """A promotion of a product that runs."""
    return orders.create_promotion(
        tenant=product.tenant,
        scope=orders.EVERYTHING,
        payload={
            "name": "Mugs in March",
            "products": [{"id": str(product.pk)}],
            "discount": {"type": "PERCENT", "value": 10},
        },
        actor=ACTOR,
    )


def a_call(tenant: Tenant, client: ApiClient, customer: Customer) -> Call:
    """A metered call that was answered."""
    record_call(
        CallRecord(
            tenant_id=tenant.pk,
            client_id=client.pk,
            client_name=client.name,
            customer_id=customer.pk,
            customer_kind="live",
            method="GET",
            endpoint="customers.list",
            status=200,
            received_at=timezone.now(),
            ms=12,
            address="203.0.113.9",
            request_id="req_world",
        )
    )
    return Call.objects.filter(tenant_id=tenant.pk).latest("pk")


def nowhere(value: Any) -> Any:
    """An id of the same kind that nothing has."""
    return UUID("11111111-2222-4333-8444-555555555555") if isinstance(value, UUID) else 2**40
