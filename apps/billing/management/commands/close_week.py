"""manage.py close_week: close the weeks that are due, or one that is named."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.actors import command
from apps.billing.models import Statement
from apps.billing.options import add_week, find_tenant
from apps.billing.services import Held, close_due, close_week, week_called
from apps.core.commands import GatepassCommand
from apps.core.money import Money
from apps.tenants.models import Tenant

ACTOR = command("close_week")


class Command(GatepassCommand):
    """Closes weeks; a week that is closed stays as it is, so it may run at any time and twice."""

    help = (
        "Close every week that is due: over for 15 minutes, and after the tenant was created. With --week the one "
        "that began on this Monday, by hand; a running week is refused. A closed week stays as it is."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant and the week, both optional."""
        parser.add_argument("--tenant", metavar="SLUG", help="Only this tenant; all of them by default.")
        add_week(parser, required=False)

    def handle(self, *args: Any, tenant: str | None, week: date | None, **options: Any) -> None:
        """Close."""
        one = find_tenant(tenant) if tenant else None
        held: list[Held] = []
        if week is None:
            made, held = close_due(actor=ACTOR, tenant=one)
        else:
            made = self._close(week, [one] if one else list(Tenant.objects.order_by("slug")))
        lines = [_line(statement) for statement in made]
        lines += [f"{each.tenant.slug} {each.week.first_day} waits: {each.reason}" for each in held]
        self.answer(
            {
                "closed": [_said(statement) for statement in made],
                "waiting": [
                    {"tenant": each.tenant.slug, "end": each.week.end.isoformat(), "reason": each.reason}
                    for each in held
                ],
            },
            "\n".join(lines) or "Nothing to close.",
        )

    def _close(self, monday: date, tenants: list[Tenant]) -> list[Statement]:
        weeks = [(each, week_called(each, monday)) for each in tenants]
        results = []
        with self.progress(len(weeks), "Closing") as advance:
            for each, week in weeks:
                results.append(close_week(tenant=each, week=week, actor=ACTOR))
                advance()
        return [statement for statement, is_new in results if is_new]


def _said(statement: Statement) -> dict[str, Any]:
    return {
        "tenant": statement.tenant.slug,
        "week": statement.monday.isoformat(),
        "billable": statement.billable,
        "charge_minor": statement.charge_minor,
        "currency": statement.currency,
    }


def _line(statement: Statement) -> str:
    charge = Money(statement.charge_minor, statement.currency)
    return f"{statement.tenant.slug} {statement.monday}: {statement.billable:,} billable calls, {charge}"
