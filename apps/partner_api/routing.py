"""From a path to its endpoint, and the table of all routes that the gateway, OpenAPI and the docs are made from."""

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from uuid import UUID

from apps.partner_api.declare import ENDPOINTS, Endpoint

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
MODULES = (
    "identity",
    "customers",
    "outbound",
    "documents",
    "products",
    "reports",
    "inbound",
    "consignments",
    "transport_products",
    "promotions",
    "definitions",
    "use",
)


@dataclass(slots=True)
class _Node:
    """A step of a path: the fixed next steps, the step that takes a UUID, and the methods that end here."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    methods: dict[str, Endpoint] = field(default_factory=dict)
    choices: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """The endpoints of a path by method, and the values that the path holds, in their order."""

    methods: dict[str, Endpoint]
    values: tuple[UUID, ...]

    @property
    def allowed(self) -> str:
        """The `Allow` header of a 405."""
        methods = set(self.methods)
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted(methods))


@cache
def route_table() -> tuple[Endpoint, ...]:
    """Every endpoint, in the order of its declaration."""
    for module in MODULES:
        import_module(f"apps.partner_api.endpoints.{module}")
    return tuple(ENDPOINTS)


@cache
def _tree() -> _Node:
    root = _Node()
    for endpoint in route_table():
        node = root
        for step in endpoint.full_path.strip("/").split("/"):
            if step.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.fixed.setdefault(step, _Node())
        node.methods[endpoint.method] = endpoint
    return root


def match(path: str) -> Match | None:
    """Find the endpoints of a path; one slash at the end is as good as none. A malformed UUID matches nothing."""
    node = _tree()
    values = []
    if path.endswith("/"):
        path = path[:-1]
    for step in path[1:].split("/"):
        following = node.fixed.get(step)
        if following is None:
            if node.parameter is None or not _UUID.fullmatch(step):
                return None
            values.append(UUID(step))
            following = node.parameter
        node = following
    return Match(node.methods, tuple(values)) if node.methods else None


def parse_uuid(text: str) -> UUID | None:
    """The UUID that a text spells in the usual form, and in no other that Python would take."""
    return UUID(text) if _UUID.fullmatch(text) else None
