"""One API call, from its bearer token to the answer that leaves once the call is in the ledger (design §8).

Authenticating, limiting and reading the body happen before any transaction, so that SQLite's one write lock is held
by nobody who waits for bytes. A handler that writes shares one transaction with the record of the call; one that
fails takes its writes with it and the call is recorded alone. A read needs no transaction: its record is one INSERT.
"""

import logging
import math
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from apps.audit.actors import Actor
from apps.clients import limits, remembered
from apps.clients.authenticate import Principal, Refused, authenticate_bearer
from apps.clients.limits import Allowance
from apps.clients.remembered import Remembered
from apps.core import problems
from apps.core.problems import Conflict, Invalid, Stale
from apps.core.reading import Node
from apps.core.requests import client_address
from apps.customers.resolve import resolve_customer
from apps.customers.scope import Scope
from apps.partner_api import bodies, routing
from apps.partner_api.answers import (
    ApiError,
    Problem,
    bad_request,
    error_response,
    not_found,
    our_error,
    success_response,
)
from apps.partner_api.declare import Endpoint
from apps.tenants.models import Tenant
from apps.usage.services import CallRecord, NotRecorded, record_call

logger = logging.getLogger(__name__)
UNKNOWN = "unknown"
_VERSION = re.compile(r"\"?([0-9]{1,9})\"?")
_PREFERENCE = re.compile(r"return\s*=\s*\"?(minimal|no-items)\"?", re.IGNORECASE)
_SAFE = ("GET", "HEAD")
_PATIENCE = 2.0
_UNAVAILABLE = "The service can't answer right now. Nothing was changed; try again in a few seconds."


@dataclass(slots=True)
class ApiCall:
    """A request to the API while it is answered, and what is noted about it for its record."""

    request: HttpRequest
    request_id: str
    address: str | None
    received_at: datetime
    started: float
    principal: Principal | None = None
    caller: Principal | Refused | None = None
    endpoint: Endpoint | None = None
    body: Any = None
    customer_id: UUID | None = None
    customer_kind: str = ""
    endpoint_name: str = UNKNOWN
    asked_method: str = ""
    token_request: bool = False
    allowance: Allowance | None = None
    changes_nothing: bool = True
    is_anew: bool = False
    recalled: Remembered | None = None
    _tenant: Tenant | None = field(default=None, repr=False)

    @classmethod
    def begin(cls, request: HttpRequest) -> "ApiCall":
        """Start the clock for a request and give it an id."""
        return cls(
            request=request,
            request_id=request.request_id,  # type: ignore[attr-defined]  # set by the first middleware
            address=client_address(request),
            received_at=datetime.now(UTC),
            started=time.perf_counter(),
        )

    def anew(self) -> "ApiCall":
        """The same call with the body that was read of it, to be answered by what the database says now."""
        return ApiCall(
            request=self.request,
            request_id=self.request_id,
            address=self.address,
            received_at=self.received_at,
            started=self.started,
            body=self.body,
            is_anew=True,
        )

    @property
    def may_recall(self) -> bool:
        """Whether its caller may be one that is remembered."""
        return self.changes_nothing and not self.is_anew

    @property
    def who(self) -> Principal:
        """The authenticated caller; handlers run only once there is one."""
        return cast(Principal, self.principal)

    @property
    def tenant(self) -> Tenant:
        """The caller's tenant, made of what authentication read; its other columns are fetched if asked for."""
        if self._tenant is None:
            who = self.who
            values = [who.tenant_id, who.tenant_slug, who.tenant_name, who.tenant_zone, who.tenant_currency]
            self._tenant = Tenant.from_db("default", ["id", "slug", "name", "zone", "currency"], values)
        return self._tenant

    @property
    def scope(self) -> Scope:
        """The customers and warehouses within the caller's reach."""
        return Scope(self.who.customer_ids, self.who.warehouse_ids)

    @property
    def actor(self) -> Actor:
        """The caller as the audit record names it."""
        return Actor(
            kind="client",
            name=self.who.name,
            id=str(self.who.client_id),
            address=self.address,
            request_id=self.request_id,
        )

    def query(self, name: str) -> str:
        """A query parameter, or an empty text."""
        return self.request.GET.get(name, "") if self.request.META.get("QUERY_STRING") else ""

    def prefers(self, what: str) -> bool:
        """Whether `Prefer: return=<what>` is sent and this endpoint honours it."""
        header = self.request.META.get("HTTP_PREFER", "")
        found = _PREFERENCE.search(header) if header else None
        return found is not None and found[1].lower() == what and what in (self.endpoint or _NONE).prefer

    def if_match(self) -> int:
        """The version that the caller has read, from `If-Match`: a bare integer, or the same in quotation marks."""
        text = self.request.META.get("HTTP_IF_MATCH", "").strip()
        found = _VERSION.fullmatch(text)
        if found is None:
            raise bad_request(
                "Send the version that you have read as the header If-Match: {version}.", "no_if_match"
            )
        return int(found[1])

    def names_customer(self, customer_id: UUID | None, kind: str) -> None:
        """Note which customer the call is about: the ledger counts sandboxes apart."""
        if self.customer_id is None and customer_id is not None:
            self.customer_id, self.customer_kind = customer_id, kind

    def record(self, status: int, error: ApiError | None = None, reason: str = "") -> None:
        """Write the call to the ledger; one whose client nobody knows is only logged.

        Raises `NotRecorded` if the caller was remembered and has changed since: `anew` answers then.
        """
        who = self.caller
        if who is None or who.tenant_id is None or who.client_id is None:
            logger.info(
                "Refused %s from %s: %s", self.endpoint_name, self.address, error.reason if error else ""
            )
            return
        problem = error.problems[0] if error and error.problems else None
        record_call(
            CallRecord(
                tenant_id=who.tenant_id,
                client_id=who.client_id,
                client_name=who.name if isinstance(who, Principal) else who.client_name,
                credential_id=who.credential_id,
                customer_id=self.customer_id,
                customer_kind=self.customer_kind,
                only_sandboxes=isinstance(who, Principal) and who.only_sandboxes,
                token_request=self.token_request,
                method=self.asked_method or self.request.method or "",
                endpoint=self.endpoint_name,
                status=status,
                reason=error.reason if error else reason,
                error_message=problem.message if problem else "",
                error_field=problem.field if problem else "",
                address=self.address,
                ms=int((time.perf_counter() - self.started) * 1000),
                received_at=self.received_at,
                request_id=self.request_id,
            ),
            only_if=self.recalled.still_stands if self.recalled else None,
        )


class _Nothing:
    prefer: tuple[str, ...] = ()


_NONE = _Nothing()


def serve(call: ApiCall) -> HttpResponse:
    """Answer a request to `/tenants/...` or `/uaa/userinfo`. Raises nothing but `NotRecorded`."""
    call.changes_nothing = call.request.method in _SAFE
    try:
        try:
            return _serve(call)
        except ApiError as error:
            call.record(error.status, error)
            return error_response(error)
    except (OperationalError, InterfaceError) as refusal:
        return error_response(give_up(call, refusal))
    except DatabaseError:
        logger.exception("Call %s could not be recorded", call.request_id)
    return error_response(unavailable())


def give_up(call: ApiCall, refusal: Exception) -> ApiError:
    """503 for a call that the database refused, recorded where the database takes the record after all.

    Not after a long wait: a lock that held the call up for seconds would hold up its record as well.
    """
    logger.error("The database refused call %s", call.request_id, exc_info=refusal)
    error = unavailable()
    if time.perf_counter() - call.started < _PATIENCE:
        with suppress(DatabaseError, InterfaceError):
            call.record(error.status, error)
    return error


def unavailable() -> ApiError:
    """503: the database is away or the call could not be recorded, and so nothing happened."""
    return ApiError(503, _UNAVAILABLE, reason="unavailable", headers={"Retry-After": "5"})


def _serve(call: ApiCall) -> HttpResponse:
    authenticate(call)
    # Before every answer that would be billed, such as a 404; looking the path up notes the endpoint for the ledger.
    if error := over_cap(call):
        with suppress(ApiError):
            _find(call)
        raise error
    values = _find(call)
    _check_version(call)
    _check_role(call)
    if call.endpoint is not None and call.endpoint.limited:
        take_one(call)
    _read_body(call)
    return _run(call, values)


def over_cap(call: ApiCall) -> ApiError | None:
    """The 429 of an organisation whose own weekly cap is reached; sandbox callers go on, they cost nothing."""
    until = call.who.capped_until
    if until is None or call.received_at >= until or call.who.only_sandboxes:
        return None
    seconds = max(1, math.ceil((until - call.received_at).total_seconds()))
    message = f"Your organisation's weekly cap is reached. Calls are answered again from {until:%Y-%m-%dT%H:%M:%SZ}."
    return ApiError(429, message, reason="cap", headers={"Retry-After": str(seconds)})


def take_one(call: ApiCall) -> None:
    """Take one order out of the caller's minute; 429 if none is left."""
    if call.recalled:
        # What is taken is taken for good, so the caller has to be known for certain.
        raise NotRecorded
    call.allowance = limits.take(call.who.client_id, call.who.orders_per_minute)
    if call.allowance.retry_after:
        raise ApiError(
            429,
            f"No more than {call.who.orders_per_minute} orders a minute. Try again later.",
            reason="limit",
            headers={"Retry-After": str(call.allowance.retry_after)},
        )


def authenticate(call: ApiCall) -> None:
    """Find out who calls; 401 with a challenge if the token is not good."""
    header = call.request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        if header:
            raise _unauthorized("Send the access token as `Authorization: Bearer <token>`.", "malformed")
        raise _unauthorized("Send an access token. Get one from /uaa/oauth/token.", "no_token", error="")
    if call.may_recall:
        call.recalled = remembered.recall(token, call.address)
        if call.recalled:
            call.principal = call.caller = call.recalled.principal
            return
    else:
        # What it changes may be about the caller itself, such as the orders of this minute.
        remembered.forget(token, call.address)
    try:
        call.principal = call.caller = authenticate_bearer(token, call.address)
        if call.changes_nothing:
            remembered.keep(token, call.address, call.principal)
    except Refused as refusal:
        remembered.forget(token, call.address)
        call.caller = refusal
        raise _unauthorized(
            "The access token is not valid, has expired or was withdrawn. Get a new one.", refusal.reason
        ) from None


def _unauthorized(message: str, reason: str, *, error: str = ', error="invalid_token"') -> ApiError:
    challenge = f'Bearer realm="Gatepass"{error}'
    return ApiError(401, message, reason=reason, headers={"WWW-Authenticate": challenge})


def _find(call: ApiCall) -> tuple[UUID, ...]:
    """Match the path; note the endpoint; return the ids that the path holds after the tenant's."""
    found = routing.match(call.request.path_info)
    if found is None:
        raise not_found("unknown_path")
    method = "GET" if call.request.method == "HEAD" else call.request.method or ""
    call.endpoint = found.methods.get(method)
    if call.endpoint is None:
        raise ApiError(
            405,
            f"This address takes {found.allowed} only.",
            reason="method",
            headers={"Allow": found.allowed},
        )
    call.endpoint_name = call.endpoint.name
    if call.endpoint.absolute:
        return found.values
    if found.values[0] != call.who.tenant_id:
        raise ApiError(403, "This client has no access to that tenant.", reason="wrong_tenant")
    return found.values[1:]


def _check_version(call: ApiCall) -> None:
    version = call.request.META.get("HTTP_ACCEPT_VERSION", "").strip()
    if not version:
        raise bad_request("Send the header Accept-Version: 1.", "no_version")
    if call.endpoint is not None and version not in call.endpoint.versions:
        raise ApiError(406, "This version is not served here. Send Accept-Version: 1.", reason="version")


def _check_role(call: ApiCall) -> None:
    needs = call.endpoint.needs if call.endpoint else None
    if needs is not None and needs not in call.who.permissions:
        raise ApiError(403, f"This client may not {needs.value}: the role is missing.", reason="missing_role")


def _read_body(call: ApiCall) -> None:
    endpoint = call.endpoint
    if endpoint is None or not endpoint.takes_body:
        return
    call.body = bodies.read_json(call.request, types=endpoint.body_types, limit=endpoint.max_body)


def _run(call: ApiCall, values: tuple[UUID, ...]) -> HttpResponse:
    endpoint = cast(Endpoint, call.endpoint)
    try:
        if not endpoint.writes:
            response = success_response(endpoint.handler(call, *values))
            call.record(response.status_code)
            return response
        with transaction.atomic():
            response = success_response(endpoint.handler(call, *values))
            call.record(response.status_code)
        return response
    except Invalid as error:
        _note_customer(call)
        found = [_problem(problem) for problem in error.problems]
        raise ApiError(422, found, reason=_reason_of(found)) from None
    except Stale as error:
        raise ApiError(412, error.message, reason="stale") from None
    except Conflict as error:
        raise ApiError(409, error.message, reason="conflict") from None
    except (ApiError, NotRecorded, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Call %s to %s failed", call.request_id, call.endpoint_name)
        raise our_error(call.request_id) from None


def _reason_of(found: list[Problem]) -> str:
    """The typed reason of what can't be stored: that of its first problem."""
    first = found[0] if found else Problem("")
    if first.type:
        return first.type.lower()
    member = first.field.removeprefix("/").partition("/")[0]
    return {"customer": "wrong_customer", "warehouse": "wrong_warehouse"}.get(member, "invalid")


def _problem(problem: problems.Problem) -> Problem:
    return Problem(problem.message, field=problem.pointer, type=problem.type, details=problem.details)


def _note_customer(call: ApiCall) -> None:
    """Note the customer that a refused body names, so that a mistake in a sandbox is not billed."""
    if not isinstance(call.body, dict):
        return
    customer = resolve_customer(Node(call.body)["customer"], tenant=call.tenant, scope=call.scope)
    if customer is not None:
        call.names_customer(customer.pk, customer.kind)
