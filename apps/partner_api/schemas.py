"""The shapes of the API's answers as OpenAPI documents them. Members may be added, so no model forbids others."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Wire(BaseModel):
    """A JSON object of the API."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": True})


class ErrorItem(Wire):
    """One thing that is wrong."""

    message: str
    field: str | None = Field(None, description="JSON Pointer of the member that is wrong.")
    type: str | None = Field(None, description="`DUPLICATE` where the thing exists already.")
    details: dict[str, Any] | None = None
    code: int | None = None


class Timestamp(Wire):
    """An instant in the tenant's zone."""

    time: str


class OnlyId(Wire):
    """An element under `Prefer: return=minimal`."""

    id: UUID


class TenantOut(Wire):
    """A tenant as the API user sees it."""

    id: UUID
    name: str
    slug: str


class UserInfo(Wire):
    """Who calls."""

    id: UUID
    name: str
    email: str
    tenants: list[TenantOut]


class WarehouseOut(Wire):
    """A warehouse."""

    id: UUID
    name: str
    enabled: bool


class CustomerOut(Wire):
    """A customer."""

    id: UUID
    name: str
    enabled: bool | None = None
    scope: str | None = None
    references: dict[str, Any] | None = None
    warehouses: list[WarehouseOut] | None = None
    email: str | None = None
    telephone: str | None = None


class Entity(Wire):
    """What orders and consignments have in common on the wire."""

    id: UUID
    type: str
    version: int
    status: str
    references: dict[str, Any]
    customer: CustomerOut
    details: dict[str, Any]
    properties: dict[str, Any] | None = None
    items: list[dict[str, Any]] | None = None
    timestamps: dict[str, Timestamp] | None = None


class OrderOut(Entity):
    """An order in either direction."""

    warehouse: WarehouseOut | None = None


class ConsignmentOut(Wire):
    """A transport job."""

    id: UUID
    type: Literal["CONSIGNMENT"]
    status: str
    version: int
    references: dict[str, Any]
    customer: CustomerOut
    details: dict[str, Any]


class QuoteOut(Wire):
    """The price of a consignment."""

    rateCard: dict[str, Any]
    rate: dict[str, Any]
    charges: list[dict[str, Any]]


class ProductOut(Wire):
    """A warehouse product."""

    id: UUID
    scope: str
    type: str
    name: str
    references: dict[str, Any]
    customer: CustomerOut
    details: dict[str, Any]
    defaultUnitOfMeasure: str
    unitOfMeasures: dict[str, dict[str, Any]]


class TransportProductOut(Wire):
    """A transport product; `measures` are those of one."""

    id: UUID
    scope: Literal["TRANSPORT"]
    type: str
    name: str
    references: dict[str, Any]
    customer: CustomerOut
    details: dict[str, Any]
    measures: dict[str, Any] | None = None
    properties: dict[str, Any]
    timestamps: dict[str, Timestamp]


class DocumentOut(Wire):
    """A document of an order."""

    id: UUID
    type: str
    content: dict[str, Any]
    owner: dict[str, Any] | None = None


class ReportOut(Wire):
    """A report run."""

    id: UUID
    type: str
    status: Literal["IN_PROCESS", "SUCCESS", "FAILED"]
    parameters: dict[str, Any]
    reportTime: str | None = None
    items: list[dict[str, Any]] | None = None
    failureDetails: list[dict[str, Any]] | None = None


class PromotionOut(Wire):
    """A discount on products for a time."""

    id: UUID
    name: str
    status: Literal["SCHEDULED", "ACTIVE", "ENDED"]
    products: list[dict[str, Any]]
    discount: dict[str, Any]
    starts: str


class DefinitionOut(Wire):
    """A custom field."""

    name: str


class UsageOut(Wire):
    """The caller's own calls of a week."""

    week: str
    start: str
    end: str
    allowance: int
    calls: dict[str, int]
    limits: dict[str, int]
