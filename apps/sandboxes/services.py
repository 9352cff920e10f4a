"""Making a sandbox of a customer, and taking an API client from it to the live customer (seed 003)."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.models import ApiClient
from apps.clients.services import Outdated, update_client
from apps.clients.services.clients import input_of, lock
from apps.core.names import name_key
from apps.core.problems import Invalid
from apps.customers.models import Customer, Kind
from apps.customers.services import create_customer, deactivate_customer
from apps.orders.models import Product, Stock, UnitOfMeasure
from apps.orders.services import Removed, remove_sandbox_orders
from apps.tenants.models import Tenant, Warehouse

COPIED = (
    "Order settings",
    "Warehouses",
    "E-mail and telephone",
    "Products with their units, if you choose so",
)
NOT_COPIED = (
    "Orders, inbound orders and consignments",
    "Stock (you can give every product a starting stock)",
    "The code, because it names one customer only",
    "API clients, webhooks and the access of customer users",
)


@dataclass(frozen=True, slots=True)
class GoneLive:
    """What going live did."""

    live: Customer
    sandbox: Customer
    removed: Removed


@transaction.atomic
def duplicate(
    *,
    customer: Customer,
    name: str,
    actor: Actor,
    with_products: bool,
    starting_stock: Decimal = Decimal(0),
) -> Customer:
    """Copy a live customer to a sandbox; `starting_stock` base units of each product lie in each of its warehouses.

    Raises `Invalid` where the name lacks the word Sandbox or is taken, or the customer is a sandbox itself.
    """
    if "sandbox" not in name_key(name):
        raise Invalid.at(
            "/name", "Put the word Sandbox into the name, so that nobody takes it for the live customer."
        )
    if customer.is_sandbox:
        raise Invalid.at(
            "/name", "A sandbox is copied from a live customer, and this one is a sandbox already."
        )
    warehouses = list(customer.warehouses.all())
    sandbox = create_customer(
        tenant=customer.tenant,
        actor=actor,
        name=name,
        email=customer.email,
        telephone=customer.telephone,
        kind=Kind.SANDBOX,
        copied_from=customer,
        settings=customer.order_settings,
        warehouses=warehouses,
    )
    if with_products:
        products = _copy_products(customer, sandbox)
        _put_starting_stock(products, list(sandbox.warehouses.all()), starting_stock)
    return sandbox


@transaction.atomic
def delete_orders(*, sandbox: Customer, actor: Actor) -> Removed:
    """Delete every order and consignment of a sandbox customer."""
    removed = remove_sandbox_orders(customer=sandbox, actor=actor)
    record(
        "sandbox.emptied",
        actor=actor,
        tenant_id=sandbox.tenant_id,
        target=sandbox,
        before={"orders": removed.orders, "consignments": removed.consignments},
    )
    return removed


@transaction.atomic
def go_live(*, client: ApiClient, sandbox: Customer, actor: Actor) -> GoneLive:
    """Empty and deactivate the sandbox and give the client the live customer in its place, all or nothing.

    Raises `Outdated` where somebody else was faster, and `Invalid` where the live customer is gone or inactive.
    """
    # Locks come in the order tenant, client, customer, as everywhere else.
    Tenant.objects.select_for_update(no_key=True).get(pk=client.tenant_id)
    client = lock(client)
    sandbox = (
        Customer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("copied_from")
        .get(pk=sandbox.pk)
    )
    values = input_of(client)
    if sandbox not in values.customers or not sandbox.is_active:
        raise Outdated("This client has gone live already, or somebody took the sandbox from it.")
    live = sandbox.copied_from
    if live is None or not live.is_active:
        raise Invalid.at("", "The live customer that this sandbox was copied from is gone or inactive.")
    removed = delete_orders(sandbox=sandbox, actor=actor)
    deactivate_customer(customer=sandbox, actor=actor)
    customers = [customer for customer in values.customers if customer != sandbox]
    update_client(
        client=client, actor=actor, values=replace(values, customers=list(dict.fromkeys([*customers, live])))
    )
    record(
        "client.went_live",
        actor=actor,
        tenant_id=client.tenant_id,
        target=client,
        before={"customer": sandbox.name},
        after={"customer": live.name, "customer_id": live.pk},
    )
    return GoneLive(live, sandbox, removed)


def _copy_products(customer: Customer, sandbox: Customer) -> list[Product]:
    copies = []
    units = []
    for product in Product.objects.filter(customer=customer).prefetch_related("units"):
        product_units = list(product.units.all())
        copy = _copy_of(product)
        copy.customer = sandbox
        copies.append(copy)
        for unit in product_units:
            unit.pk = None
            unit.product = copy
            units.append(unit)
    Product.objects.bulk_create(copies, batch_size=500)
    UnitOfMeasure.objects.bulk_create(units, batch_size=500)
    return copies


def _copy_of(product: Product) -> Product:
    """A product with the same values that is not stored yet; its id and times are new."""
    own = {"id", "created", "modified"}
    fields = [field.attname for field in Product._meta.concrete_fields if field.attname not in own]
    return Product(**{name: getattr(product, name) for name in fields})


def _put_starting_stock(products: list[Product], warehouses: list[Warehouse], quantity: Decimal) -> None:
    Stock.objects.bulk_create(
        (
            Stock(tenant_id=product.tenant_id, product=product, warehouse=warehouse, on_hand=quantity)
            for product in products
            for warehouse in warehouses
        ),
        batch_size=500,
    )
