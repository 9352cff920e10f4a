"""`manage.py demo`: two organisations with everything in them, for looking around and for load."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.color import no_style
from django.db import connection, transaction

from apps.accounts.services import create_staff
from apps.audit import guards
from apps.audit.actors import Actor, command
from apps.billing import guards as billing_guards
from apps.clients.services import Issued
from apps.core.commands import GatepassCommand
from apps.operations.demo import data, load
from apps.operations.demo.offers import add_offers, add_transport
from apps.operations.demo.orders import add_orders
from apps.operations.demo.organisation import Built, build
from apps.operations.demo.statements import close_past_weeks
from apps.operations.demo.traffic import add_calls, count_calls
from apps.tenants.models import Tenant

# What migrations put there and nothing adds to.
KEPT = ("contenttypes", "auth", "core")


class Command(GatepassCommand):
    """Fill an empty development database; `--clients` and `--calls` add load to it."""

    help = "Load the demo: two organisations, five logins, API clients of every kind, orders, eight weeks of calls."
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options of the command."""
        parser.add_argument(
            "--fresh", action="store_true", help="Empty the database first: all of it is lost."
        )
        parser.add_argument(
            "--clients", type=int, default=0, metavar="N", help="Add N API clients to coastal."
        )
        parser.add_argument("--calls", type=int, default=0, metavar="N", help="Add N calls to coastal.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the demo where it is missing, then the load that was asked for."""
        if not settings.DEBUG:
            self.fail("The demo has logins with a known password, so it needs DEBUG=1.")
        if min(options["clients"], options["calls"]) < 0:
            self.fail("--clients and --calls take a number that is not negative.")
        if options["fresh"]:
            empty_database()
        issued = None
        if not Tenant.objects.filter(slug=data.COASTAL.slug).exists():
            issued = self.load_demo(command("demo"))
        elif not (options["clients"] or options["calls"]):
            self.fail("The demo is loaded already. --fresh empties the database and loads it anew.")
        self.load_more(options["clients"], options["calls"])
        self.tell(issued)

    @transaction.atomic
    def load_demo(self, actor: Actor) -> Issued:
        """Store both organisations and the support login, all or nothing; return credentials that work."""
        email, name = data.STAFF
        create_staff(email, actor=actor, name=name, password=data.PASSWORD)
        built: list[Built] = []
        with self.progress(3 * len(data.ORGANISATIONS), "Demo") as advance:
            for facts in data.ORGANISATIONS:
                organisation = build(facts, actor)
                advance()
                add_orders(organisation, actor)
                add_offers(organisation, actor)
                add_transport(organisation, actor)
                advance()
                add_calls(organisation)
                advance()
                built.append(organisation)
            count_calls()
            for organisation in built:
                close_past_weeks(organisation.tenant, actor)
        first = built[0].first
        if first is None:
            self.fail("The demo's facts name no API client.")
        return first

    def load_more(self, clients: int, calls: int) -> None:
        """Add clients and calls to the first organisation."""
        tenant = Tenant.objects.get(slug=data.COASTAL.slug)
        if clients:
            with self.progress(clients, "Clients") as advance:
                load.add_clients(tenant, clients, advance)
        if calls:
            with self.progress(calls, "Calls") as advance:
                load.add_calls(tenant, calls, advance)
            with self.progress(None, "Counting calls"):
                load.count_calls(calls)

    def tell(self, issued: Issued | None) -> None:
        """Write the logins, and the credentials where some were made."""
        logins = [person.email for facts in data.ORGANISATIONS for person in facts.people] + [data.STAFF[0]]
        answer: dict[str, Any] = {"logins": logins, "password": data.PASSWORD}
        if issued:
            answer["client_id"] = issued.client_id
            answer["client_secret"] = issued.client_secret
            answer["tenant"] = {"id": issued.client.tenant_id, "slug": issued.client.tenant.slug}
        lines = [f"Logins, all with the password {data.PASSWORD}:", *(f"  {login}" for login in logins)]
        if issued:
            lines += [
                f"Credentials that work, of {issued.client.name}:",
                f"  Client ID      {issued.client_id}",
                f"  Client Secret  {issued.client_secret}",
                f"  Tenant UUID    {issued.client.tenant_id}",
            ]
        self.answer(answer, "\n".join(lines))


def empty_database() -> None:
    """Delete every row of Gatepass and of the sign-in; the append-only tables are opened for it and closed again."""
    models = [model._meta for model in apps.get_models(include_auto_created=True)]
    tables = [
        meta.db_table for meta in models if meta.managed and not meta.proxy and meta.app_label not in KEPT
    ]
    with transaction.atomic():
        guards.remove(connection)
        billing_guards.remove(connection)
        with connection.cursor() as cursor:
            for statement in connection.ops.sql_flush(
                no_style(), tables, reset_sequences=True, allow_cascade=True
            ):
                cursor.execute(statement)
        guards.install(connection)
        billing_guards.install(connection)
