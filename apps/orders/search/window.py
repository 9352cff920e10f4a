"""Searches that bound when an order was changed and not when it was created.

Pages come in the order of creation. An index leads to the rows of such a search or to their order, not to both: the
database would walk through every order ever made until it meets the first that was changed lately. So the oldest of
the rows is found with their number, which an index on the change answers, and the walk begins there.
"""

from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual


def bounds_change_alone(condition: Q) -> bool:
    """Whether every row has to be changed since some time, and may be as old as it likes."""
    return _bounds(condition, "modified") and not _bounds(condition, "created")


def from_the_oldest(rows: QuerySet[Any]) -> tuple[QuerySet[Any], int]:
    """The same rows with a bound on their creation, and how many there are.

    A row that comes in between may be missing for this once. None is counted that the page could not hold.
    """
    found = rows.aggregate(oldest=Min("created"), number=Count("*"))
    return (rows.filter(created__gte=found["oldest"]) if found["number"] else rows), found["number"]


def _bounds(condition: Q, column: str) -> bool:
    if condition.negated or (condition.connector != Q.AND and len(condition) > 1):
        return False
    parts: list[Any] = condition.children
    return any(_bounds(part, column) if isinstance(part, Q) else _is_bound(part, column) for part in parts)


def _is_bound(part: Any, column: str) -> bool:
    return isinstance(part, GreaterThanOrEqual) and part.lhs == F(column)
