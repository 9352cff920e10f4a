"""Who a caller is, as the database says at this call.

Two queries at most: one for credential, client, tenant and plan, and one for the customers and warehouses of a client
that is limited to some.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.clients.lifecycle import State, effective
from apps.clients.models import ApiClient, Credential, OrderLimit, RevokedToken, Standing
from apps.clients.networks import allows
from apps.clients.roles import Permission, permissions_of
from apps.core.prepared import Prepared
from apps.tenants.models import Plan

DEFAULT_ORDERS_PER_MINUTE = 30


class Reason(StrEnum):
    """Why a caller is refused, as the request log says it. The answer on the wire tells none of them apart."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    INACTIVE = "inactive"
    REVOKED = "revoked"
    PENDING = "pending"
    SUPERSEDED = "superseded"
    DENY_LISTED = "deny_listed"
    TENANT_SUSPENDED = "tenant_suspended"
    IP_NOT_ALLOWED = "ip_not_allowed"
    THROTTLED = "throttled"


class Refused(Exception):
    """The caller proved nothing. Ids are filled as far as they are known, for the request log and for nothing else."""

    def __init__(
        self,
        reason: Reason,
        *,
        tenant_id: UUID | None = None,
        client_id: UUID | None = None,
        client_name: str = "",
        credential_id: UUID | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_name = client_name
        self.credential_id = credential_id
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller that proved who it is. None for customers or warehouses means all, those added later too.

    The versions are those of the client's and the tenant's standing when this was read (`standing.py`).
    """

    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    tenant_zone: str
    tenant_currency: str
    client_id: UUID
    public_id: str
    kind: str
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    is_internal: bool
    customer_ids: frozenset[UUID] | None
    warehouse_ids: frozenset[UUID] | None
    only_sandboxes: bool
    generation: int
    orders_per_minute: int
    credential_id: UUID
    credential_reference: int
    credential_ends: datetime | None
    orders_taken: Mapping[str, int]
    capped_until: datetime | None
    client_version: int
    tenant_version: int

    @property
    def standing(self) -> tuple[UUID, int, UUID, int]:
        """Client and tenant, each with the version of its standing: equal for two that are the same caller."""
        return self.client_id, self.client_version, self.tenant_id, self.tenant_version

    def may(self, permission: Permission) -> bool:
        """Whether one of the caller's roles allows this."""
        return permission in self.permissions


_COLUMNS = (
    "id",
    "reference",
    "state",
    "ends",
    "client__id",
    "client__client_id",
    "client__kind",
    "client__name",
    "client__roles",
    "client__is_internal",
    "client__all_customers",
    "client__all_warehouses",
    "client__is_active",
    "client__generation",
    "client__expires",
    "client__allowed_networks",
    "client__revoked_at",
    "client__tenant__id",
    "client__tenant__slug",
    "client__tenant__name",
    "client__tenant__zone",
    "client__tenant__currency",
    "client__tenant__suspended_at",
    "client__tenant__capped_until",
)


def row_of(**lookup: Any) -> dict[str, Any] | None:
    """The one credential that matches, with what its client and tenant say now; one SELECT.

    Where an access token is asked about, `token` is its digest and `given_back` says whether it was revoked.
    """
    # The tenant's local date is not known to the query; a plan of tomorrow is put right in `_orders_per_minute`.
    tomorrow = timezone.now().date() + timedelta(days=1)
    rows = _ROW(tomorrow=tomorrow, **lookup)
    return dict(zip(_ROW_NAMES, rows[0], strict=True)) if rows else None


def _row_query(tomorrow: date, token: str = "", **lookup: Any) -> QuerySet[Credential, Any]:
    newest_plan = Plan.objects.filter(tenant=OuterRef("client__tenant"), valid_from__lte=tomorrow).order_by(
        "-valid_from"
    )
    orders = OrderLimit.objects.filter(client=OuterRef("client"))
    standing_of_client = Standing.objects.filter(subject=OuterRef("client_id"))
    standing_of_tenant = Standing.objects.filter(subject=OuterRef("client__tenant_id"))
    rows = Credential.objects.filter(**lookup).annotate(
        plan_from=Subquery(newest_plan.values("valid_from")[:1]),
        plan_orders=Subquery(newest_plan.values("orders_per_minute")[:1]),
        orders_taken=Subquery(orders.values("taken")),
        client_version=Subquery(standing_of_client.values("version")),
        tenant_version=Subquery(standing_of_tenant.values("version")),
        given_back=Exists(RevokedToken.objects.filter(digest=token)) if token else Value(False),
    )
    return rows.order_by().values_list(*_ROW_NAMES)[:1]


_ROW_NAMES = (
    *_COLUMNS,
    "plan_from",
    "plan_orders",
    "orders_taken",
    "client_version",
    "tenant_version",
    "given_back",
)
_ROW = Prepared(_row_query)


def refusal(row: dict[str, Any], reason: Reason) -> Refused:
    """A refusal that names the client of a row, for the log."""
    return Refused(
        reason,
        tenant_id=row["client__tenant__id"],
        client_id=row["client__id"],
        client_name=row["client__name"],
        credential_id=row["id"],
    )


def check(row: dict[str, Any], now: datetime, address: str | None) -> None:
    """Raise `Refused` unless tenant, client and credential all stand at this instant and the address is allowed."""
    reason = _reason_against(row, now)
    if reason is None and not allows(row["client__allowed_networks"], address):
        reason = Reason.IP_NOT_ALLOWED
    if reason is not None:
        raise refusal(row, reason)


def _reason_against(row: dict[str, Any], now: datetime) -> Reason | None:
    if row["client__tenant__suspended_at"] is not None:
        return Reason.TENANT_SUSPENDED
    if row["client__revoked_at"] is not None:
        return Reason.REVOKED
    if not row["client__is_active"]:
        return Reason.INACTIVE
    if row["client__expires"] is not None and now >= row["client__expires"]:
        return Reason.EXPIRED
    state = effective(State(row["state"]), row["ends"], now)
    return {
        State.REVOKED: Reason.REVOKED,
        State.EXPIRED: Reason.EXPIRED,
        State.PENDING: Reason.PENDING,
    }.get(state)


def principal(row: dict[str, Any], now: datetime) -> Principal:
    """The caller behind a row that `check` has let pass."""
    customers, warehouses, only_sandboxes = _scope(row)
    return Principal(
        tenant_id=row["client__tenant__id"],
        tenant_slug=row["client__tenant__slug"],
        tenant_name=row["client__tenant__name"],
        tenant_zone=row["client__tenant__zone"],
        tenant_currency=row["client__tenant__currency"],
        client_id=row["client__id"],
        public_id=row["client__client_id"],
        kind=row["client__kind"],
        name=row["client__name"],
        roles=tuple(row["client__roles"]),
        permissions=permissions_of(row["client__roles"], row["client__is_internal"]),
        is_internal=row["client__is_internal"],
        customer_ids=customers,
        warehouse_ids=warehouses,
        only_sandboxes=only_sandboxes,
        generation=row["client__generation"],
        orders_per_minute=_orders_per_minute(row, now),
        credential_id=row["id"],
        credential_reference=row["reference"],
        credential_ends=min(filter(None, (row["ends"], row["client__expires"])), default=None),
        orders_taken=row["orders_taken"] or {},
        capped_until=row["client__tenant__capped_until"],
        client_version=row["client_version"],
        tenant_version=row["tenant_version"],
    )


def _scope(row: dict[str, Any]) -> tuple[frozenset[UUID] | None, frozenset[UUID] | None, bool]:
    all_customers, all_warehouses = row["client__all_customers"], row["client__all_warehouses"]
    if all_customers and all_warehouses:
        return None, None, False
    found = _REACH(client=row["client__id"])
    customer_ids = frozenset(id_ for id_, kind in found if kind)
    warehouse_ids = frozenset(id_ for id_, kind in found if not kind)
    only_sandboxes = (
        not all_customers and bool(customer_ids) and all(kind != "live" for _, kind in found if kind)
    )
    return (
        None if all_customers else customer_ids,
        None if all_warehouses else warehouse_ids,
        only_sandboxes,
    )


def _reach_query(client: UUID) -> QuerySet[Any, Any]:
    customers = (
        ApiClient.customers.through.objects.filter(apiclient=client)
        .order_by()
        .values_list("customer_id", Cast("customer__kind", CharField()))
    )
    warehouses = (
        ApiClient.warehouses.through.objects.filter(apiclient=client)
        .order_by()
        .values_list("warehouse_id", Value("", CharField()))
    )
    return customers.union(warehouses, all=True)


_REACH = Prepared(_reach_query)


def _orders_per_minute(row: dict[str, Any], now: datetime) -> int:
    if row["plan_from"] is None:
        return DEFAULT_ORDERS_PER_MINUTE
    today = now.astimezone(ZoneInfo(row["client__tenant__zone"])).date()
    if row["plan_from"] <= today:
        return int(row["plan_orders"])
    in_force = Plan.objects.filter(Q(tenant=row["client__tenant__id"]) & Q(valid_from__lte=today))
    limit = in_force.order_by("-valid_from").values_list("orders_per_minute", flat=True).first()
    return limit if limit is not None else DEFAULT_ORDERS_PER_MINUTE
