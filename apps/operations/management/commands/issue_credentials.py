"""`manage.py issue_credentials`: an API client with credentials that work, from the command line."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import models, transaction

from apps.audit.actors import Actor, command
from apps.clients import services as clients
from apps.clients.forms.channels import ChannelFields
from apps.clients.forms.fields import NameField
from apps.clients.models import ApiClient, Configuration, Kind
from apps.clients.roles import BY_CODE, CHANNEL_ROLES, FULL_ACCESS
from apps.clients.services import ChannelInput, ClientInput, Issued
from apps.core.commands import GatepassCommand
from apps.core.outbound import ForbiddenDestination, check_url
from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse
from apps.webhooks.endpoints import create_endpoint

M = TypeVar("M", bound=models.Model)


def threshold(name: str) -> Callable[[str], Decimal]:
    """The reader of one threshold of a channel, by the rules of its form."""

    def read(text: str) -> Decimal:
        try:
            return cast(Decimal, ChannelFields.base_fields[name].clean(text))
        except ValidationError as error:
            raise ArgumentTypeError(" ".join(error.messages)) from None

    return read


def name(text: str) -> str:
    """A name, by the rules of the forms."""
    try:
        return cast(str, NameField().clean(text))
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from None


class Command(GatepassCommand):
    """Add an API client of any kind, active at once, and print its ids and secrets once."""

    help = (
        "Add an API client of any kind and print its ids and secrets, once. They are not saved in the system."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the forms of the portal ask for."""
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--kind", required=True, choices=[kind.value for kind in Kind])
        parser.add_argument("--name", required=True, type=name)
        parser.add_argument(
            "--roles", metavar="CODE,CODE", help="Role codes; under DEBUG all but API_FULL_ACCESS."
        )
        parser.add_argument("--customers", metavar="UUID,UUID", help="Left out: all, now and later.")
        parser.add_argument("--warehouses", metavar="UUID,UUID", help="Left out: all, now and later.")
        parser.add_argument("--webhook-url", default="", metavar="URL")
        parser.add_argument("--webhook-token", default="", metavar="TOKEN", help="Sent as Authorization.")
        parser.add_argument("--configuration", default="smart", choices=[c.value for c in Configuration])
        parser.add_argument(
            "--threshold-weight", type=threshold("threshold_weight"), default=Decimal(1), metavar="KG"
        )
        parser.add_argument(
            "--threshold-volume", type=threshold("threshold_volume"), default=Decimal("0.01"), metavar="M3"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the client, its credentials and its webhook, all or nothing."""
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            self.fail(f"There is no tenant {options['tenant']}.")
        self.check_webhook(options["webhook_url"], options["webhook_token"])
        reach = self.reach(tenant, options)
        try:
            with transaction.atomic():
                issued, webhook_secret = self.issue(tenant, reach, options, command("issue_credentials"))
        except (clients.LimitReached, clients.NotIncluded) as error:
            self.fail(str(error))
        self.answer(self.described(issued, webhook_secret))

    def check_webhook(self, url: str, token: str) -> None:
        """Refuse an address that is never dialled, and a token without an address."""
        if token and not url:
            self.fail("--webhook-token needs --webhook-url.")
        if url:
            try:
                check_url(url)
            except ForbiddenDestination as error:
                self.fail(f"--webhook-url: {error.reason}")

    def reach(self, tenant: Tenant, options: dict[str, Any]) -> ClientInput:
        """Roles, customers and warehouses as the options name them."""
        if options["kind"] == Kind.BEARER and (options["customers"] or options["warehouses"]):
            self.fail("A bearer token reaches all customers and warehouses: it can't be limited to some.")
        customers = self.named(Customer, tenant, options["customers"], "--customers")
        warehouses = self.named(Warehouse, tenant, options["warehouses"], "--warehouses")
        return ClientInput(
            name=options["name"],
            roles=self.roles(options["kind"], options["roles"]),
            all_customers=customers is None,
            customers=customers or (),
            all_warehouses=warehouses is None,
            warehouses=warehouses or (),
            # Whoever may run commands on the machine decides for an administrator: not tied to a customer, it is ours.
            is_internal=options["kind"] == Kind.CLIENT and customers is None,
        )

    def roles(self, kind: str, codes: str | None) -> Sequence[str]:
        """The roles to give; leaving them out is for development only, except for channels, which have theirs."""
        if codes is not None:
            chosen = [code.strip() for code in codes.split(",") if code.strip()]
            if unknown := [code for code in chosen if code not in BY_CODE]:
                self.fail(f"There is no role {', '.join(unknown)}. Roles: {', '.join(BY_CODE)}.")
            return chosen
        if settings.DEBUG:
            return [code for code in BY_CODE if code != FULL_ACCESS]
        if kind == Kind.CHANNEL:
            return CHANNEL_ROLES
        self.fail(f"--roles is required. Roles: {', '.join(BY_CODE)}.")

    def named(self, model: type[M], tenant: Tenant, text: str | None, option: str) -> list[M] | None:
        """The tenant's rows with these ids, or None where the option was left out."""
        if text is None:
            return None
        try:
            ids = [UUID(part.strip()) for part in text.split(",") if part.strip()]
        except ValueError:
            self.fail(f"{option} takes UUIDs separated by commas.")
        rows = list(model._default_manager.filter(tenant=tenant, pk__in=ids))
        if not ids or len(rows) < len(set(ids)):
            self.fail(f"{option} names something that {tenant.slug} does not have.")
        return rows

    def issue(
        self, tenant: Tenant, reach: ClientInput, options: dict[str, Any], actor: Actor
    ) -> tuple[Issued, str]:
        """Add the client by the service of its kind; return what was issued and the webhook's signing key."""
        kind = options["kind"]
        if kind == Kind.CHANNEL:
            values = ChannelInput(
                name=reach.name,
                configuration=Configuration(options["configuration"]),
                threshold_weight=options["threshold_weight"],
                threshold_volume=options["threshold_volume"],
                webhook_url=options["webhook_url"],
                auth_token=options["webhook_token"],
            )
            pending = clients.create_channel(tenant=tenant, actor=actor, values=values, reach=reach)
            confirmed = clients.confirm_channel(client=pending.client, actor=actor)
            issued = Issued(
                client=confirmed.client,
                password=pending.password,
                bearer_token=confirmed.bearer_token,
                webhook_secret=confirmed.webhook_secret,
            )
            return issued, issued.webhook_secret
        if kind == Kind.BEARER:
            issued = clients.create_bearer(tenant=tenant, actor=actor, name=reach.name, roles=reach.roles)
        elif kind == Kind.ACCESS:
            username = clients.username_from(reach.name)
            issued = clients.create_access(
                tenant=tenant, actor=actor, username=username, roles=reach.roles, reach=reach
            )
        else:
            client = clients.create_client(tenant=tenant, actor=actor, values=reach)
            issued = clients.generate_credentials(client=client, actor=actor)
        return issued, self.open_webhook(issued.client, reach, options, actor)

    def open_webhook(
        self, client: ApiClient, reach: ClientInput, options: dict[str, Any], actor: Actor
    ) -> str:
        """Add an endpoint of the tenant for the customers that the client reaches; return its signing key."""
        if not options["webhook_url"]:
            return ""
        _, key = create_endpoint(
            tenant=client.tenant,
            actor=actor,
            name=client.name,
            url=options["webhook_url"],
            auth_token=options["webhook_token"],
            customer_ids=[customer.pk for customer in reach.customers],
        )
        return key

    def described(self, issued: Issued, webhook_secret: str) -> dict[str, Any]:
        """What the developer needs: ids, the secrets, and where they reach."""
        client = issued.client
        answer: dict[str, Any] = {}
        if client.kind == Kind.CLIENT:
            answer |= {"client_id": client.client_id, "client_secret": issued.client_secret}
        elif client.kind in (Kind.CHANNEL, Kind.ACCESS):
            answer |= {"username": client.client_id, "password": issued.password}
        if issued.bearer_token:
            answer["bearer_token"] = issued.bearer_token
        if webhook_secret:
            answer["webhook_secret"] = webhook_secret
        customers = Customer.objects.of(client.tenant) if client.all_customers else client.customers.all()
        warehouses = Warehouse.objects.of(client.tenant) if client.all_warehouses else client.warehouses.all()
        return answer | {
            "tenant": {"id": client.tenant_id, "slug": client.tenant.slug},
            "customers": [{"id": row.pk, "name": row.name} for row in customers],
            "warehouses": [{"id": row.pk, "name": row.name} for row in warehouses],
        }
