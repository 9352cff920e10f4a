"""manage.py set_plan: what a tenant's plan includes from a date on."""

import argparse
import re
from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.actors import command
from apps.core.commands import GatepassCommand
from apps.tenants.models import Tenant
from apps.tenants.organisations import set_plan

_COUNT = re.compile(r"[0-9]{1,9}")
# Python reads 2026-W40-1 as a date too.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def count(text: str) -> int:
    """A whole number from 0 on, in the digits 0 to 9."""
    if not _COUNT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number.")
    return int(text)


def day(text: str) -> date:
    """A date typed as YYYY-MM-DD."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date such as 2026-09-28.") from None


class Command(GatepassCommand):
    """Stores the inclusion of a plan; the rest of the plan stays as it is on that date."""

    help = "Set how many consignments and warehouse orders a week a tenant's plan includes, from a local date on."
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant, the two figures and the date."""
        parser.add_argument("slug", metavar="SLUG", help="The tenant.")
        parser.add_argument("--consignments", type=count, required=True, metavar="N")
        parser.add_argument("--warehouse-orders", type=count, required=True, metavar="N")
        parser.add_argument("--from", type=day, required=True, metavar="YYYY-MM-DD", dest="valid_from")

    def handle(self, *args: Any, slug: str, valid_from: date, **options: Any) -> None:
        """Set the plan."""
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            self.fail(f'There is no tenant "{slug}".')
        plan = set_plan(
            tenant=tenant,
            valid_from=valid_from,
            consignments=options["consignments"],
            warehouse_orders=options["warehouse_orders"],
            actor=command("set_plan"),
        )
        self.answer(
            {"tenant": slug, "from": valid_from.isoformat(), "included": plan.included_calls},
            f"{slug}: {plan} from {valid_from}, {plan.included_calls:,} calls included.",
        )
