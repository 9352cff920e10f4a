"""One comparison as an SQL condition. A column that is absent passes the negative methods and no others."""

from collections.abc import Callable
from datetime import UTC, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import DecimalField, F, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Upper
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IExact,
    In,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
)

from apps.core.reading import Node
from apps.orders.search.columns import Column, Kind
from apps.orders.search.values import Range, day_of, day_range, prefix_range, second_of

EQUAL, NOT_EQUAL = "EQUAL_TO", "NOT_EQUAL_TO"
ORDERED = {
    "GREATER_THAN": GreaterThan,
    "GREATER_THAN_OR_EQUAL_TO": GreaterThanOrEqual,
    "LESS_THAN": LessThan,
    "LESS_THAN_OR_EQUAL_TO": LessThanOrEqual,
}
SIX = (EQUAL, NOT_EQUAL, *ORDERED)
NEGATIVE = {NOT_EQUAL: EQUAL, "DOES_NOT_CONTAIN": "CONTAINS"}
TEXT = {EQUAL: IExact, "CONTAINS": IContains, "STARTS_WITH": IStartsWith}
# The same comparisons of a text in capitals, for columns of few values.
WORDS: dict[str, Callable[[str, str], bool]] = {
    EQUAL: str.__eq__,
    NOT_EQUAL: str.__ne__,
    "CONTAINS": str.__contains__,
    "DOES_NOT_CONTAIN": lambda word, part: part not in word,
    "STARTS_WITH": str.startswith,
}
METHODS = {
    "TextComparisonCondition": (*TEXT, *NEGATIVE, "GREATER_THAN_OR_EQUAL_TO", "LESS_THAN_OR_EQUAL_TO"),
    "BooleanComparisonCondition": (EQUAL, NOT_EQUAL),
    "NumericComparisonCondition": SIX,
    "DateComparisonCondition": SIX,
    "DateTimeComparisonCondition": SIX,
}
NOTHING = Q(pk__in=[])


def compare(condition: str, column: Column, method: str, value: Node, zone: ZoneInfo) -> Q:
    """The condition that a comparison stands for; reports a fault at `value` where it makes no sense."""
    if column.kind is Kind.CHOICE:
        return _choice(column, condition, method, value)
    if method in NEGATIVE:
        positive = compare(condition, column, NEGATIVE[method], value, zone)
        return ~positive | Q(IsNull(column.expression, True))
    match condition:
        case "BooleanComparisonCondition":
            return _boolean(column, value)
        case "NumericComparisonCondition":
            return _number(column, method, value)
        case "TextComparisonCondition" if column.kind not in (Kind.DATE, Kind.MOMENT):
            return _text(column, method, value)
        case _:
            return _time(condition, column, method, value, zone)


def _refuse(value: Node, message: str) -> Q:
    value.fail(message)
    return NOTHING


def _choice(column: Column, condition: str, method: str, value: Node) -> Q:
    """The values that match are found here: the database's indexes know values, not comparisons of texts."""
    text = value.text(limit=1000)
    if condition != "TextComparisonCondition" or method not in WORDS:
        return _refuse(value, "This member can't be compared in this way.")
    if text is None:
        return NOTHING if value.is_set else _refuse(value, "A value is required.")
    wanted = WORDS[method]
    found = [choice for choice in column.choices if wanted(choice, text.upper())]
    return Q(In(column.expression, found)) if found else NOTHING


def _text(column: Column, method: str, value: Node) -> Q:
    text = value.text(limit=1000)
    if text is None:
        return NOTHING if value.is_set else _refuse(value, "A value is required.")
    if column.kind is Kind.ID:
        if method != EQUAL:
            return _refuse(value, "Compare an id with EQUAL_TO or NOT_EQUAL_TO.")
        try:
            return Q(Exact(column.expression, UUID(text)))
        except ValueError:
            return NOTHING
    if column.kind not in (Kind.TEXT, Kind.DIGITS) or method not in TEXT:
        return _refuse(value, "This member can't be compared as text in this way.")
    if method == EQUAL and column.kind is Kind.DIGITS:
        return Q(Exact(column.expression, text))
    if method == EQUAL and isinstance(column.expression, F):
        # What the index on the column holds is the text in capitals.
        return Q(Exact(Upper(column.expression), Upper(Value(text))))
    return Q(TEXT[method](column.expression, text))


def _boolean(column: Column, value: Node) -> Q:
    wanted = value.boolean()
    if wanted is None:
        return NOTHING if value.problems else _refuse(value, "A value is required.")
    if column.kind is not Kind.BOOLEAN:
        return _refuse(value, "This member is neither true nor false.")
    if isinstance(column.expression, KeyTextTransform):
        # A JSON truth value is 1 or true as text, as the database likes.
        texts = ("true", "1") if wanted else ("false", "0")
        return Q(Exact(column.expression, texts[0])) | Q(Exact(column.expression, texts[1]))
    return Q(Exact(column.expression, wanted))


def _number(column: Column, method: str, value: Node) -> Q:
    number = value.decimal(required=True, places=9)
    if number is None:
        return NOTHING
    if column.kind is not Kind.NUMBER:
        return _refuse(value, "This member is no number.")
    lookup = ORDERED.get(method, Exact)
    field: DecimalField[Decimal, Decimal] = DecimalField(max_digits=27, decimal_places=9)
    return Q(lookup(Cast(column.expression, field), Value(number, field)))


def _time(condition: str, column: Column, method: str, value: Node, zone: ZoneInfo) -> Q:
    text = value.text(limit=64, required=True)
    if text is None:
        return NOTHING
    try:
        if column.kind is Kind.DATE:
            return _date(column, method, value, text)
        if column.kind is not Kind.MOMENT:
            return _refuse(value, "This member is no date.")
        span = _in_utc(_span(condition, method, text, zone))
    except OverflowError:
        span = None
    if span is None:
        return _refuse(
            value, "This must be a date such as 2026-03-01, or a time such as 2026-03-01T09:15:00+10:00."
        )
    return _within(column, method, span)


def _date(column: Column, method: str, value: Node, text: str) -> Q:
    """Dates are kept as texts of one length, which sort as the dates do."""
    if method in ("STARTS_WITH", "CONTAINS"):
        return Q(TEXT[method](column.expression, text))
    day = day_of(text)
    if day is None:
        return _refuse(value, "This must be a date such as 2026-03-01.")
    return Q(ORDERED.get(method, Exact)(column.expression, day.isoformat()))


def _span(condition: str, method: str, text: str, zone: ZoneInfo) -> Range | None:
    """The moments that the value stands for: a day, or a second."""
    if condition == "DateTimeComparisonCondition":
        second = second_of(text, zone)
        return (second, second + timedelta(seconds=1)) if second else None
    if condition == "TextComparisonCondition" and method not in ORDERED:
        return prefix_range(text, zone)
    day = day_of(text)
    return day_range(day, zone) if day else None


def _within(column: Column, method: str, span: Range) -> Q:
    start, end = span
    after = GreaterThanOrEqual(column.expression, start), GreaterThanOrEqual(column.expression, end)
    before = LessThan(column.expression, start), LessThan(column.expression, end)
    match method:
        case "GREATER_THAN":
            return Q(after[1])
        case "GREATER_THAN_OR_EQUAL_TO":
            return Q(after[0])
        case "LESS_THAN":
            return Q(before[0])
        case "LESS_THAN_OR_EQUAL_TO":
            return Q(before[1])
        case _:
            return Q(after[0]) & Q(before[1])


def _in_utc(span: Range | None) -> Range | None:
    """The moments in UTC; raises OverflowError where the calendar ends."""
    return (span[0].astimezone(UTC), span[1].astimezone(UTC)) if span else None
