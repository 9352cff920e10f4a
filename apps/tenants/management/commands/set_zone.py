"""manage.py set_zone: move a tenant to another time zone."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.actors import command
from apps.core.commands import GatepassCommand
from apps.tenants.models import Tenant
from apps.tenants.zones import set_zone


class Command(GatepassCommand):
    """Changes the zone from the start of the next week on: the week in progress ends as it began."""

    help = "Move a tenant to another time zone from the start of its next week on."
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant and the zone."""
        parser.add_argument("slug", metavar="SLUG", help="The tenant.")
        parser.add_argument("zone", metavar="ZONE", help="IANA name, such as Australia/Brisbane.")

    def handle(self, *args: Any, slug: str, zone: str, **options: Any) -> None:
        """Change the zone."""
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            self.fail(f'There is no tenant "{slug}".')
        change = set_zone(tenant=tenant, zone=zone, actor=command("set_zone"))
        starts = change.starts.isoformat() if change else None
        text = f"{slug}: {zone} from {starts}." if change else f"{slug} stays in {zone}."
        self.answer({"tenant": slug, "zone": zone, "from": starts}, text)
