"""`POST .../search`: the one grammar for all resources (partner_api.md §2.5), compiled to SQL by `orders.search`."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from apps.orders.search import MissingField, bounds_change_alone, compile_search, from_the_oldest
from apps.partner_api.answers import Answer, bad_request
from apps.partner_api.calls import ApiCall
from apps.partner_api.paging import paged

CHANGES_INDEXED = ("outbound-orders", "inbound-orders")
_CONDITION: dict[str, Any] = {
    "type": "object",
    "required": ["type", "conditions"],
    "properties": {
        "type": {"enum": ["AndCondition", "OrCondition"]},
        "conditions": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Comparisons (type, field, value, method) or further conditions; none matches all.",
        },
    },
}


def search_body(pointer: str, value: str) -> dict[str, Any]:
    """The body of a search for OpenAPI; its example looks for a value at a pointer."""
    comparison = {
        "type": "TextComparisonCondition",
        "field": {"type": "JsonField", "pointer": pointer},
        "value": {"type": "ValueField", "value": value},
        "method": "EQUAL_TO",
    }
    return {
        "type": "object",
        "required": ["condition"],
        "properties": {"condition": _CONDITION},
        "example": {"condition": {"type": "AndCondition", "conditions": [comparison]}},
    }


def searched(
    call: ApiCall,
    resource: str,
    rows: QuerySet[Any],
    wire: Callable[[Any], dict[str, Any]],
    read: Callable[[QuerySet[Any]], list[Any]] | None = None,
) -> Answer:
    """The page of `rows` that the body's conditions leave; `read` reads the rows of some ids."""
    condition = call.body.get("condition") if isinstance(call.body, dict) else None
    if not isinstance(condition, dict):
        raise bad_request("Missing field: conditions")
    try:
        conditions = compile_search(resource, call.body, call.who.tenant_zone)
    except MissingField as error:
        raise bad_request(str(error)) from None
    found, number = rows.filter(conditions), None
    if resource in CHANGES_INDEXED and bounds_change_alone(conditions):
        found, number = from_the_oldest(found)
    read = read or (lambda keys: list(rows.filter(pk__in=keys)))
    return paged(call, found, wire, read=read, number=number)
