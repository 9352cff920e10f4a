"""The declaration of an endpoint: all that the router, the role check, OpenAPI, the gateway and the docs know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.clients.roles import Permission

if TYPE_CHECKING:
    from apps.partner_api.answers import Answer

    Handler = Callable[..., Answer]

TENANT_PREFIX = "/tenants/{tenantId}"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter that an endpoint reads; all others are ignored."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


# A parameter without a value counts as left out, as everywhere in the format.
_UNSET = {"const": ""}
WHOLE = {"anyOf": [{"type": "integer", "minimum": 1}, _UNSET]}
DATE = {"anyOf": [{"type": "string", "format": "date"}, _UNSET]}
PAGE = Query("page", "The page, from 1.", WHOLE)
SIZE = Query(
    "size",
    "Rows on a page; more than 200 are served as 200, and `Page-Size` says so.",
    WHOLE,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path. `path` is below `/tenants/{tenantId}` unless `absolute`.

    `body` is the JSON Schema of the body for OpenAPI; what it must hold in the end is read by the service, which the
    portal and the commands share. `returns` has a type for each status, None for one without a body.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    needs: Permission | None = None
    body: Mapping[str, Any] | None = None
    body_types: tuple[str, ...] = ("application/json",)
    max_body: int = MEBIBYTE
    query: tuple[Query, ...] = ()
    returns: Mapping[int, Any] = field(default_factory=dict)
    prefer: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset({"1"})
    paged: bool = False
    limited: bool = False
    versioned: bool = False
    addition: bool = False
    absolute: bool = False

    @property
    def full_path(self) -> str:
        """The whole path with its parameters in braces."""
        return self.path if self.absolute else TENANT_PREFIX + self.path

    @property
    def writes(self) -> bool:
        """Whether the handler may change anything, and so needs a transaction around it and the record of the call."""
        return self.method != "GET" and not self.name.endswith(".search")

    @property
    def takes_body(self) -> bool:
        """Whether a JSON body is read; a body on any other endpoint is ignored."""
        return self.body is not None


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, *, name: str, summary: str, **rest: Any) -> Callable[[Handler], Handler]:
    """Declare the decorated function as the handler of a method on a path."""

    def declare(handler: Handler) -> Handler:
        ENDPOINTS.append(
            Endpoint(method=method, path=path, name=name, summary=summary, handler=handler, **rest)
        )
        return handler

    return declare
