"""Path patterns of the gateway's route rules, and which rule decides about a method and a path.

Where several rules match, the most specific path decides, whatever the order in which they were written: a fixed step
comes before `*`, and `*` before `**`. Among rules of one path its own method comes before any method.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from apps.clients.models import ANY_METHOD, GatewayRule
from apps.clients.roles import FULL_ACCESS, with_implied
from apps.core.prepared import Prepared

ONE, REST = "*", "**"
_STEP = re.compile(r"[A-Za-z0-9._~!$&'()+,=:@-]+")
_NAMED = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A route rule as the gateway reads it at each question."""

    id: UUID
    method: str
    pattern: str
    key: str
    roles: tuple[str, ...]

    def opens_to(self, roles: Iterable[str]) -> bool:
        """Whether one of a caller's roles opens it; API Full Access opens every rule."""
        held = with_implied(roles)
        return FULL_ACCESS in held or not set(self.roles).isdisjoint(held)


def clean_pattern(text: str) -> str:
    """A pattern as it is stored; ValueError with a sentence where it is none."""
    pattern = text.strip()
    if not pattern.startswith("/"):
        raise ValueError("Start with a slash, such as /stock/*.")
    if pattern != "/" and pattern.endswith("/"):
        pattern = pattern[:-1]
    steps = pattern[1:].split("/") if pattern != "/" else []
    if REST in steps[:-1]:
        raise ValueError("** stands for all that follows, so it can only be the last step.")
    for step in steps:
        if step in (".", "..") or not (
            step in (ONE, REST) or _NAMED.fullmatch(step) or _STEP.fullmatch(step)
        ):
            raise ValueError(
                f"“{step[:40]}” can't be a step of a path. Write letters, digits and - . _ ~, or * for any one step "
                "and ** at the end for all that follows."
            )
    return pattern


def key_of(pattern: str) -> str:
    """What makes a pattern unique: letter case and the names in braces tell no two apart."""
    return _NAMED.sub(ONE, pattern).lower()


def rules_of(tenant_id: UUID) -> list[Rule]:
    """The tenant's rules as the database has them now: nothing is kept, so a change holds for the next question."""
    return [Rule(row[0], row[1], row[2], row[3], tuple(row[4])) for row in _RULES(tenant_id=tenant_id)]


def deciding(rules: Iterable[Rule], method: str, path: str) -> Rule | None:
    """The rule that decides about a call; a slash at the end of the path is as good as none."""
    found = matching(rules, method, path)
    return found[0] if found else None


def matching(rules: Iterable[Rule], method: str, path: str) -> list[Rule]:
    """The rules that match a call, the one that decides first."""
    steps = _steps(path)
    asked = "GET" if method == "HEAD" else method
    found = [
        rule for rule in rules if rule.method in (asked, ANY_METHOD) and _matches(_steps(rule.key), steps)
    ]
    return sorted(found, key=_rank)


def _rules(tenant_id: UUID) -> QuerySet[GatewayRule, tuple[UUID, str, str, str, list[str]]]:
    rules = GatewayRule.objects.filter(tenant_id=tenant_id).order_by()
    return rules.values_list("id", "method", "pattern", "pattern_key", "roles")


_RULES = Prepared(_rules)


def _steps(path: str) -> Sequence[str]:
    # An API behind the gateway may take no notice of letter case, so a rule for /admin also guards /Admin.
    path = path.lower().removesuffix("/")
    return path[1:].split("/") if path else []


def _matches(pattern: Sequence[str], steps: Sequence[str]) -> bool:
    if pattern and pattern[-1] == REST:
        pattern = pattern[:-1]
        steps = steps[: len(pattern)]
    if len(pattern) != len(steps):
        return False
    return all(wanted in (ONE, step) for wanted, step in zip(pattern, steps, strict=True))


def _rank(rule: Rule) -> tuple[list[int], bool]:
    widths = [{ONE: 1, REST: 2}.get(step, 0) for step in _steps(rule.key)]
    return widths, rule.method == ANY_METHOD
