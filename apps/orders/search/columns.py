"""What a comparison may name: the pointers and aliases of each resource, and the column behind each."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F, TextChoices
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform

from apps.orders.models import ConsignmentStatus, ConsignmentType, Direction, Status


class Kind(StrEnum):
    """How the values of a column compare."""

    TEXT = "text"
    ID = "id"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a member of a JSON column, as an expression to compare with; `choices` are all it can hold."""

    kind: Kind
    expression: Combinable
    choices: tuple[str, ...] = ()


def _column(kind: Kind) -> Callable[[str], Column]:
    return lambda name: Column(kind, F(name))


text, identity, number, moment, boolean = (
    _column(kind) for kind in (Kind.TEXT, Kind.ID, Kind.NUMBER, Kind.MOMENT, Kind.BOOLEAN)
)


def choice(name: str, choices: type[TextChoices]) -> Column:
    """A column of few values, which are compared here, so that the database looks for exactly those that match."""
    return Column(Kind.CHOICE, F(name), tuple(choices.values))


def member(column: str, key: str, *keys: str, kind: Kind = Kind.TEXT) -> Column:
    """A member of a JSON column, as text."""
    expression = KeyTextTransform(key, column)
    for deeper in keys:
        expression = KeyTextTransform(deeper, expression)
    return Column(kind, expression)


_SHARED = {
    "/id": identity("pk"),
    "/status": choice("status", Status),
    "/version": number("version"),
    "/references/customer": text("reference"),
    "/references/numericId": Column(Kind.DIGITS, F("numeric_id")),
    "/customer/id": identity("customer_id"),
    "/customer/name": text("customer__name"),
    "/customer/references/code": text("customer__code"),
    "/warehouse/id": identity("warehouse_id"),
    "/warehouse/name": text("warehouse__name"),
    "/timestamps/created/time": moment("created"),
    "/timestamps/modified/time": moment("modified"),
}
_ALIASES = {
    "reference": _SHARED["/references/customer"],
    "customerName": _SHARED["/customer/name"],
    "customerId": _SHARED["/customer/id"],
}
_ADDRESS = ("companyName", "contactName", "address1", "suburb", "city", "postcode", "email", "phone")
_RUN = {"Id": "id", "Date": "date", "Name": "name", "Status": "status"}

POINTERS: dict[str, dict[str, Column]] = {
    "outbound-orders": {
        **_SHARED,
        "/type": choice("direction", Direction),
        "/timestamps/packed/time": moment("packed_at"),
        "/timestamps/dispatched/time": moment("dispatched_at"),
        "/details/urgent": member("details", "urgent", kind=Kind.BOOLEAN),
        "/details/allowSplitting": member("details", "allowSplitting", kind=Kind.BOOLEAN),
        "/details/instructions": member("details", "instructions"),
        "/details/collect/requiredDate": member("details", "collect", "requiredDate", kind=Kind.DATE),
        "/details/deliver/requiredDate": member("details", "deliver", "requiredDate", kind=Kind.DATE),
        "/details/deliver/method/type": member("details", "deliver", "method", "type"),
        **{
            f"/details/deliver/address/{name}": member("details", "deliver", "address", name)
            for name in _ADDRESS
        },
        "/measures/weight": number("weight"),
        "/measures/cubic": number("cubic"),
    },
    "inbound-orders": {
        **_SHARED,
        "/type": choice("direction", Direction),
        "/timestamps/verified/time": moment("verified_at"),
        "/details/urgent": member("details", "urgent", kind=Kind.BOOLEAN),
        "/details/instructions": member("details", "instructions"),
        "/details/arrivalDate": member("details", "arrivalDate", kind=Kind.DATE),
    },
    "warehouse-products": {
        "/id": identity("pk"),
        "/code": text("code"),
        "/references/code": text("code"),
        "/name": text("name"),
        "/type": text("type"),
        "/description": text("description"),
        "/defaultUnitOfMeasure": text("default_unit"),
        "/customer/id": identity("customer_id"),
        "/customer/name": text("customer__name"),
        "/customer/references/code": text("customer__code"),
        "/details/active": boolean("is_active"),
        "/timestamps/created/time": moment("created"),
        "/timestamps/modified/time": moment("modified"),
    },
    "consignments": {
        **_SHARED,
        "/status": choice("status", ConsignmentStatus),
        "/references/tracking": text("tracking"),
        "/generatedFromTask/id": identity("order_id"),
        "/details/type": choice("type", ConsignmentType),
    },
}

ALIASES: dict[str, dict[str, Column]] = {
    "outbound-orders": _ALIASES,
    "inbound-orders": {
        **_ALIASES,
        "arrivalDate": POINTERS["inbound-orders"]["/details/arrivalDate"],
        "createdDate": _SHARED["/timestamps/created/time"],
    },
    "warehouse-products": {},
    "consignments": {
        **_ALIASES,
        **{
            f"runSheet{alias}": member(
                "details", "runsheet", name, kind=Kind.DATE if name == "date" else Kind.TEXT
            )
            for alias, name in _RUN.items()
        },
        "driverId": member("details", "user", "id"),
        "driverName": member("details", "user", "name"),
        "deliveryRunId": member("details", "deliveryRun", "id"),
        "deliveryRunName": member("details", "deliveryRun", "name"),
    },
}

# Maps that the caller's own keys live in: any member of them may be named.
OPEN_MAPS = ("references", "properties")


def find(resource: str, pointer: str) -> Column | None:
    """The column behind a pointer, or None where the resource has no such member to search by."""
    if column := POINTERS[resource].get(pointer):
        return column
    head, _, key = pointer.removeprefix("/").partition("/")
    has_map = head in OPEN_MAPS and not (resource == "warehouse-products" and head == "properties")
    if has_map and key and "/" not in key:
        return member(head, key.replace("~1", "/").replace("~0", "~"))
    return None
