"""Reading the tree of conditions; faults are named at their place in the body."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.core.problems import Invalid
from apps.core.reading import Node
from apps.orders.search.columns import ALIASES, Column, find
from apps.orders.search.comparisons import METHODS, NOTHING, compare

MAX_DEPTH = 10
MAX_NODES = 200
COMPOSITES = {"AndCondition": Q.AND, "OrCondition": Q.OR}


class MissingField(Exception):
    """The body is no search at all; the API answers 400 with the message."""

    def __init__(self, name: str) -> None:
        self.message = f"Missing field: {name}"
        super().__init__(self.message)


class _Compiler:
    """One body on its way to a condition."""

    def __init__(self, resource: str, zone: str) -> None:
        self.resource = resource
        self.zone = ZoneInfo(zone)
        self.nodes = 0

    def composite(self, node: Node, depth: int) -> Q:
        """And or Or over any conditions; over none, it matches everything."""
        self._count(node, depth)
        members = node["conditions"]
        if not members.is_set:
            raise MissingField("conditions")
        conditions = [self.condition(child.object(), depth + 1) for child in members.items(limit=MAX_NODES)]
        return Q(*conditions, _connector=COMPOSITES[node["type"].value])

    def condition(self, node: Node, depth: int) -> Q:
        """A composite or a comparison."""
        kind = node["type"].text(required=True)
        if kind in COMPOSITES:
            return self.composite(node, depth)
        self._count(node, depth)
        if kind is None:
            return NOTHING
        if kind not in METHODS:
            node["type"].fail(f"Choose one of {', '.join([*COMPOSITES, *METHODS])}.")
            return NOTHING
        column = self._column(node["field"].object(required=True))
        value = node["value"].object(required=True)["value"]
        method = self._method(node["method"], kind)
        if column is None or method is None:
            return NOTHING
        return compare(kind, column, method, value, self.zone)

    def _method(self, node: Node, kind: str) -> str | None:
        if kind == "BooleanComparisonCondition" and not node.is_set:
            return METHODS[kind][0]
        if not node.is_set:
            node.fail("This member is required.")
        return node.choice(list(METHODS[kind]))

    def _column(self, node: Node) -> Column | None:
        if not node.is_set:
            return None
        if node["type"].text() == "ValueField" or not node["pointer"].is_set:
            place = node["value"]
            name = place.text(required=True)
            column = ALIASES[self.resource].get(name or "")
        else:
            place = node["pointer"]
            name = place.text(required=True)
            column = find(self.resource, name or "")
        if column is None and name is not None:
            place.fail(f"{name} can't be searched by here.")
        return column

    def _count(self, node: Node, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise Invalid.at(node.pointer, f"Conditions may be nested {MAX_DEPTH} levels deep.")
        if self.nodes > MAX_NODES:
            raise Invalid.at(node.pointer, f"At most {MAX_NODES} conditions are allowed.")


def compile_search(resource: str, body: Any, zone: str) -> Q:
    """The condition that a search body stands for, for `queryset.filter()`.

    `resource` is the last part of the collection's path; raises `MissingField` (400) or `Invalid` (422).
    """
    root = Node(body)
    condition = root["condition"]
    if not isinstance(body, dict) or not condition.is_set:
        raise MissingField("conditions")
    if not condition.object().is_set:
        condition.finish()
    if condition["type"].text() not in COMPOSITES:
        if not condition["conditions"].is_set:
            raise MissingField("conditions")
        raise Invalid.at("/condition/type", f"Choose one of {', '.join(COMPOSITES)}.")
    found = _Compiler(resource, zone).composite(condition, 1)
    root.finish()
    return found
