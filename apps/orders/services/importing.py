"""What importing products and promotions have in common: a plan that is shown first, and all of it or nothing.

A plan is made from the file and from what is stored, and changes nothing. Carrying it out makes it anew and compares:
what somebody else changed since the preview is shown again and not written over.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.csvfile import CsvError, plain, read
from apps.core.problems import Conflict, Invalid
from apps.tenants.models import Tenant

MAX_BYTES = 1024 * 1024
MAX_LINES = 2000
NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong in a line of the file; line 0 is the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(slots=True)
class Step:
    """What the file does to one product or promotion; `run` does it."""

    line: int
    name: str
    kind: str
    changes: dict[str, tuple[Any, Any]]
    run: Callable[[Actor], object]


@dataclass(slots=True)
class Plan:
    """Everything that a file would do, or what is wrong with it."""

    steps: list[Step] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)

    def fail(self, line: int, message: str) -> None:
        """Note that a line is wrong."""
        self.errors.append(LineError(line, message))

    def refuse(self, line: int, refusal: Invalid, names: dict[str, str]) -> None:
        """Note what a service would refuse, by the names of the columns."""
        for problem in refusal.problems:
            name = names.get(problem.pointer) or problem.pointer.rpartition("/")[2]
            self.fail(line, f"{name}: {problem.message}" if name else problem.message)

    def count(self, kind: str) -> int:
        """How many are new, changed or the same."""
        return sum(step.kind == kind for step in self.steps)

    @property
    def new(self) -> int:
        """How many are made."""
        return self.count(NEW)

    @property
    def changed(self) -> int:
        """How many are changed."""
        return self.count(CHANGED)

    @property
    def same(self) -> int:
        """How many are as the file has them already."""
        return self.count(SAME)

    @property
    def fingerprint(self) -> str:
        """Differs where the plan does: the confirmed one has to be the one that was shown."""
        shown = [(step.line, step.name, step.kind, step.changes) for step in self.steps]
        return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()


class Outdated(Conflict):
    """What is stored changed after the preview."""


def rows_of(
    text: str, plan: Plan, *, columns: tuple[str, ...], optional: tuple[str, ...]
) -> list[tuple[int, dict[str, str]]]:
    """The lines of a file with their numbers, cells as they were before a spreadsheet's formulas were defused."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        plan.fail(0, "The file is larger than 1 MB. Import it in parts.")
        return []
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        for number, row in read(text, columns=columns, optional=optional):
            rows.append((number, {name: plain(cell.replace("\r\n", "\n")) for name, cell in row.items()}))
            if len(rows) > MAX_LINES:
                plan.fail(
                    number, f"At most {MAX_LINES:,} lines are imported at once. Import the file in parts."
                )
                return []
    except CsvError as error:
        line, _, message = str(error).partition(": ")
        plan.fail(int(line.removeprefix("Line ")), message)
        return []
    if not rows:
        plan.fail(0, "There is no line below the one that names the columns.")
    return rows


@transaction.atomic
def carry_out(plan: Plan, *, fingerprint: str, tenant: Tenant, what: str, actor: Actor) -> Plan:
    """Do everything that was shown, or nothing; raises `Outdated` where the plan is another one by now."""
    if plan.errors or plan.fingerprint != fingerprint:
        raise Outdated("Something changed after the preview. Look at it again, then confirm.")
    for step in plan.steps:
        if step.kind == SAME:
            continue
        try:
            step.run(actor)
        except Invalid as refusal:
            raise Outdated(f"Line {step.line}: {refusal.problems[0].message}") from None
        except Conflict as refusal:
            raise Outdated(f"Line {step.line}: {refusal.message}") from None
    record(
        f"{what}.imported",
        actor=actor,
        tenant_id=tenant.pk,
        after={"new": plan.new, "changed": plan.changed, "same": plan.same},
    )
    return plan
