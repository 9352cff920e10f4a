"""`manage.py create_tenant`: open an account."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.actors import command
from apps.core.commands import GatepassCommand
from apps.tenants.organisations import create_tenant


class Command(GatepassCommand):
    """Open an account with its plan and invite its first administrator."""

    help = (
        "Open an account with its plan; prints the Tenant UUID and the first administrator's invitation link."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the facts of the account."""
        parser.add_argument("slug", help="What stands in the addresses of its pages, such as coastal.")
        parser.add_argument("--name", required=True, help="The organisation's name.")
        parser.add_argument("--zone", required=True, help="IANA time zone, such as Australia/Brisbane.")
        parser.add_argument("--currency", required=True, help="ISO 4217 code, such as AUD.")
        parser.add_argument("--consignments", type=int, default=0, metavar="N", help="Consignments a week.")
        parser.add_argument("--warehouse-orders", type=int, default=0, metavar="N", help="Orders a week.")
        parser.add_argument("--admin", required=True, metavar="EMAIL", help="The first administrator.")
        parser.add_argument("--api-integration", action="store_true", help="The plan has API Integration.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it."""
        tenant, link = create_tenant(
            slug=options["slug"],
            name=options["name"],
            zone=options["zone"],
            currency=options["currency"],
            consignments=options["consignments"],
            warehouse_orders=options["warehouse_orders"],
            admin_email=options["admin"],
            api_integration=options["api_integration"],
            actor=command("create_tenant"),
        )
        self.answer(
            {"tenant": {"id": tenant.pk, "slug": tenant.slug}, "invitation": link},
            f"Tenant UUID  {tenant.pk}\nInvitation   {link}",
        )
