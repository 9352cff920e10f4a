"""manage.py statement: what a tenant's week comes to."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from apps.billing.bills import Bill, bill_of_week
from apps.billing.options import add_week, find_tenant
from apps.billing.services import week_called
from apps.core.commands import GatepassCommand


class Command(GatepassCommand):
    """Prints a statement; a week that is not closed is provisional."""

    help = "Print a tenant's statement of a week, provisional as long as the week is not closed."
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant and the week."""
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="Whose statement.")
        add_week(parser, required=True)

    def handle(self, *args: Any, tenant: str, week: date, **options: Any) -> None:
        """Print."""
        owner = find_tenant(tenant)
        bill = bill_of_week(owner, week_called(owner, week))
        self.answer(as_json(bill), lambda: _for_people(bill))


def as_json(bill: Bill) -> dict[str, Any]:
    """A statement under the keys that design §9 fixes."""
    zone = bill.week.zone
    return {
        "state": bill.state,
        "start": bill.week.start.astimezone(zone).isoformat(),
        "end": bill.week.end.astimezone(zone).isoformat(),
        "included": bill.price.included,
        "billable": bill.price.billable,
        "excess": bill.price.excess,
        "charge_minor": bill.price.charge_minor,
        "currency": bill.currency,
        "classes": bill.classes,
        "days": [{"date": day.isoformat(), "billable": calls} for day, calls in bill.days],
        "clients": [
            {
                "client_id": line.client_id,
                "name": line.name,
                "billable": line.billable,
                "charge_minor": line.charge_minor,
            }
            for line in bill.lines
        ],
        "adjustments": [
            {"week": late.week.isoformat(), "calls": late.calls, "charge_minor": late.charge_minor}
            for late in bill.adjustments
        ],
        "credits": [
            {
                "given_at": credit.given_at.isoformat(),
                "reason": credit.reason,
                "amount_minor": credit.amount_minor,
            }
            for credit in bill.credits
        ],
    }


def _for_people(bill: Bill) -> str:
    rows = [f"  {line.name}: {line.billable:,} calls, {bill.money(line.charge_minor)}" for line in bill.lines]
    rows += [
        f"  late calls of the week of {late.week}: {late.calls:,}, {bill.money(late.charge_minor)}"
        for late in bill.adjustments
    ]
    rows += [f"  credit, {credit.reason}: {bill.money(-credit.amount_minor)}" for credit in bill.credits]
    return "\n".join([f"Week of {bill.monday}, {bill.state}. {bill.sentence}", *rows, f"Total: {bill.total}"])
