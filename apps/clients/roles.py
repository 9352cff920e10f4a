"""API roles: what each one allows, in words for the form and as permissions for the API.

A role is a named set of permissions; an endpoint of the Partner API asks for one permission. The numbers are those
of the endpoints in the wire contract, so the table below can be held against it line by line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What an endpoint asks for. The value is the phrase of a 403 answer: "may not <value>"."""

    CUSTOMERS_VIEW = "view customers"
    CUSTOMERS_CREATE = "create customers"
    WAREHOUSES_VIEW = "view warehouses"
    OUTBOUND_ORDERS = "add, view, search and delete outbound orders"
    OUTBOUND_UPDATE = "update outbound orders"
    INBOUND_ORDERS = "add, view, search and delete inbound orders"
    INBOUND_UPDATE = "update inbound orders"
    DOCUMENTS_LIST = "list documents of outbound orders"
    DOCUMENTS = "read and attach documents of outbound orders"
    PRODUCTS_VIEW = "view warehouse products"
    PRODUCTS_SEARCH = "search warehouse products"
    PRODUCTS_CREATE = "create warehouse products"
    PRODUCTS_EDIT = "edit warehouse products"
    REPORTS = "run reports"
    REPORTS_STOCK = "run the stock on hand report"
    REPORTS_CHARGES = "run the bulk charges report"
    CONSIGNMENTS_VIEW = "view and search consignments"
    CONSIGNMENTS_EDIT = "add, update and quote consignments"
    TRANSPORT_PRODUCTS_VIEW = "view transport products"
    TRANSPORT_PRODUCTS_EDIT = "create and edit transport products"
    DEFINITIONS_VIEW = "view custom field definitions"
    PROMOTIONS = "manage promotions"
    INTERNAL_FIELDS = "see internal custom fields"


# Permissions that only a client marked internal has, whatever its roles: never those of a customer's client.
INTERNAL_ONLY = frozenset({Permission.CUSTOMERS_CREATE, Permission.INTERNAL_FIELDS})

_P = Permission
# What changes something; everything else reads.
WRITES = frozenset(
    {
        _P.CUSTOMERS_CREATE,
        _P.OUTBOUND_ORDERS,
        _P.OUTBOUND_UPDATE,
        _P.INBOUND_ORDERS,
        _P.INBOUND_UPDATE,
        _P.DOCUMENTS,
        _P.PRODUCTS_CREATE,
        _P.PRODUCTS_EDIT,
        _P.CONSIGNMENTS_EDIT,
        _P.TRANSPORT_PRODUCTS_EDIT,
        _P.PROMOTIONS,
    }
)
_DOCUMENTS = frozenset({_P.DOCUMENTS_LIST, _P.DOCUMENTS})
_OWN_DATA = frozenset({_P.CUSTOMERS_VIEW, _P.WAREHOUSES_VIEW})


@dataclass(frozen=True, slots=True)
class ApiRole:
    """A role as the form shows it and as the API enforces it."""

    code: str
    name: str
    words: str
    endpoints: tuple[str, ...]
    numbers: frozenset[int]
    permissions: frozenset[Permission]
    implies: tuple[str, ...] = ()
    caution: str = ""


def _numbers(*parts: int | tuple[int, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in parts:
        found.update([part] if isinstance(part, int) else range(part[0], part[1] + 1))
    return frozenset(found)


ROLES: tuple[ApiRole, ...] = (
    ApiRole(
        "API_FULL_ACCESS",
        "API Full Access",
        "Everything the API offers, with every endpoint that is added later.",
        ("all endpoints",),
        _numbers((3, 37)),
        frozenset(Permission),
        caution="Do not use API Full Access for customers: it covers endpoints yet to come that may not suit them.",
    ),
    ApiRole(
        "WMS_CREATE_JOBS",
        "WMS Create Jobs",
        "Add, view, search, update and delete inbound and outbound orders, run the stock on hand report, view its own "
        "customers and warehouses.",
        (
            "customers",
            "warehouses",
            "outbound-orders",
            "documents",
            "inbound-orders",
            "report-runs",
            "definitions",
        ),
        _numbers(3, 4, 6, (7, 11), (12, 16), 18, 23, 24, (25, 29), 37),
        _OWN_DATA
        | _DOCUMENTS
        | {
            _P.OUTBOUND_ORDERS,
            _P.OUTBOUND_UPDATE,
            _P.INBOUND_ORDERS,
            _P.INBOUND_UPDATE,
            _P.PRODUCTS_SEARCH,
            _P.REPORTS,
            _P.REPORTS_STOCK,
            _P.DEFINITIONS_VIEW,
        },
    ),
    ApiRole(
        "TMS_CREATE_JOBS",
        "TMS Create Jobs",
        "Add, view, search, update and quote consignments, view transport products and its own customers and "
        "warehouses.",
        ("customers", "warehouses", "consignments", "products", "documents", "definitions"),
        _numbers(3, 4, 6, (12, 16), (30, 35), 37),
        _OWN_DATA
        | _DOCUMENTS
        | {
            _P.CONSIGNMENTS_VIEW,
            _P.CONSIGNMENTS_EDIT,
            _P.TRANSPORT_PRODUCTS_VIEW,
            _P.DEFINITIONS_VIEW,
        },
        implies=("TMS_VIEW_JOBS",),
    ),
    ApiRole(
        "TMS_VIEW_JOBS",
        "TMS View Jobs",
        "View and search consignments, those of warehouse orders included.",
        ("consignments (read)",),
        _numbers(30, 31),
        frozenset({_P.CONSIGNMENTS_VIEW}),
    ),
    ApiRole(
        "TMS_EDIT_PRODUCT",
        "TMS Add/Edit Product",
        "Create, view and edit transport products.",
        ("products", "documents"),
        _numbers((12, 16), 35, 36),
        _DOCUMENTS | {_P.TRANSPORT_PRODUCTS_VIEW, _P.TRANSPORT_PRODUCTS_EDIT},
    ),
    ApiRole(
        "WMS_ADD_PRODUCT",
        "WMS Add Product",
        "Create and view warehouse products.",
        ("warehouse-products",),
        _numbers((17, 20)),
        frozenset({_P.PRODUCTS_VIEW, _P.PRODUCTS_SEARCH, _P.PRODUCTS_CREATE}),
    ),
    ApiRole(
        "WMS_EDIT_PRODUCT",
        "WMS Edit Product",
        "View and edit warehouse products.",
        ("warehouse-products", "documents"),
        _numbers((12, 16), 17, 18, 19, 21, 22),
        _DOCUMENTS | {_P.PRODUCTS_VIEW, _P.PRODUCTS_SEARCH, _P.PRODUCTS_EDIT},
    ),
    ApiRole(
        "ADD_CUSTOMER",
        "Add Customer",
        "Create and view customers. Creating works for internal clients only.",
        ("customers", "documents"),
        _numbers(3, 4, 5, (12, 16)),
        _DOCUMENTS | {_P.CUSTOMERS_VIEW, _P.CUSTOMERS_CREATE},
        caution="For your own systems, not for a customer's.",
    ),
    ApiRole(
        "INTERNAL_FIELD_ACCESS",
        "Internal Field Access",
        "Run the bulk charges report; an internal client also sees custom fields marked internal.",
        ("report-runs", "documents"),
        _numbers((12, 16), 23, 24),
        _DOCUMENTS | {_P.INTERNAL_FIELDS, _P.REPORTS, _P.REPORTS_CHARGES},
        caution="For your own systems, not for a customer's.",
    ),
    ApiRole(
        "ORDER_API_ACCESS",
        "Order API Access",
        "Add, view, search, cancel and delete inbound and outbound orders, view customers and warehouses.",
        ("customers", "warehouses", "outbound-orders", "inbound-orders"),
        _numbers(3, 4, (6, 10), 12, (25, 28)),
        _OWN_DATA | {_P.OUTBOUND_ORDERS, _P.INBOUND_ORDERS, _P.DOCUMENTS_LIST},
    ),
    ApiRole(
        "PRODUCT_API_ACCESS",
        "Product API Access",
        "View, search, create and edit warehouse products.",
        ("warehouse-products",),
        _numbers((17, 22)),
        frozenset({_P.PRODUCTS_VIEW, _P.PRODUCTS_SEARCH, _P.PRODUCTS_CREATE, _P.PRODUCTS_EDIT}),
    ),
    ApiRole(
        "PROMOTION_MANAGEMENT",
        "Promotion Management",
        "View, create, update and end promotions.",
        ("promotions",),
        frozenset(),
        frozenset({_P.PROMOTIONS}),
    ),
)

BY_CODE: dict[str, ApiRole] = {role.code: role for role in ROLES}
FULL_ACCESS = "API_FULL_ACCESS"
# The form of seed 003 offers API Full Access, WMS Create Jobs and TMS Create Jobs first: the order of the table above.
FORM_ORDER: tuple[str, ...] = tuple(BY_CODE)
CHANNEL_ROLES: tuple[str, ...] = ("ORDER_API_ACCESS",)
ACCESS_ROLES: tuple[str, ...] = ("ORDER_API_ACCESS", "PRODUCT_API_ACCESS")
USE_CASES: dict[str, tuple[str, ...]] = {
    "Catalog Management": ("WMS_ADD_PRODUCT", "WMS_EDIT_PRODUCT"),
    "Order Management": ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS"),
    "Promotion Management": ("PROMOTION_MANAGEMENT",),
}


def permissions_of(codes: Iterable[str], internal: bool = False) -> frozenset[Permission]:
    """Everything that these roles allow together; unknown codes allow nothing."""
    allowed: frozenset[Permission] = frozenset()
    for code in with_implied(codes):
        allowed |= BY_CODE[code].permissions
    return allowed if internal else allowed - INTERNAL_ONLY


def with_implied(codes: Iterable[str]) -> list[str]:
    """The known codes and those that they imply, each once, in the order of the form."""
    known = {code for code in codes if code in BY_CODE}
    known |= {implied for code in known for implied in BY_CODE[code].implies}
    return [code for code in FORM_ORDER if code in known]


def names_of(codes: Iterable[str]) -> list[str]:
    """The names of roles, in the order of the form."""
    chosen = set(codes)
    return [BY_CODE[code].name for code in FORM_ORDER if code in chosen]
