"""What the gateway asks for a method and a path: the Partner API's own roles, or those of a tenant's route rule."""

import re
from dataclasses import dataclass
from uuid import UUID

from apps.clients import gateway as rules
from apps.clients.authenticate import Principal
from apps.clients.gateway import Rule
from apps.clients.models import GatewayRule
from apps.clients.roles import ROLES, Permission, names_of, permissions_of
from apps.partner_api import routing
from apps.partner_api.answers import ApiError
from apps.partner_api.declare import Endpoint

_METHOD = re.compile(r"[A-Z]{1,16}")
# What an API behind the gateway may read as another path than the one that was looked at: empty steps, steps that go
# up, encoded slashes, backslashes, percent signs and controls, letters that need no encoding, parameters of a step.
# Not IGNORECASE: the Kelvin sign is a "k" to it, and so every "k" would be outside ASCII.
_FORBIDDEN = re.compile(
    r"""//|\\|[^\x21-\x7e]|\#|;|(?:^|/)\.\.?(?:/|$)
    |%(?![0-9A-Fa-f]{2})|%[01]|%7[Ff]|%2[5FfDdEe]|%5[CcFf]|%3[0-9Bb]|%[46][1-9A-Fa-f]|%[57][0-9Aa]|%7[Ee]""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decides about a call: an endpoint of the Partner API, or a rule of the tenant."""

    endpoint: Endpoint | None = None
    rule: Rule | None = None
    also: tuple[Rule, ...] = ()

    @property
    def name(self) -> str:
        """The name under which the ledger has the call: never the path, which may name a person."""
        if self.rule is not None:
            return GatewayRule(method=self.rule.method, pattern=self.rule.pattern).endpoint
        return f"gateway.{self.endpoint.name}" if self.endpoint else "gateway"

    @property
    def limited(self) -> bool:
        """Whether the call takes an order out of the caller's minute."""
        return self.endpoint is not None and self.endpoint.limited

    @property
    def needs(self) -> Permission | None:
        """The permission that an endpoint of the Partner API asks for."""
        return self.endpoint.needs if self.endpoint else None

    @property
    def role_names(self) -> list[str]:
        """The roles that open it, any of them, as people know them; none where every client passes."""
        if self.rule is not None:
            return names_of(self.rule.roles)
        needs = self.needs
        return (
            [role.name for role in ROLES if needs in permissions_of([role.code], internal=True)]
            if needs
            else []
        )

    def opens_to(self, who: Principal) -> bool:
        """Whether the caller's roles open it."""
        if self.rule is not None:
            return self.rule.opens_to(who.roles)
        return self.needs is None or self.needs in who.permissions


def rule(tenant_id: UUID, method: str, target: str) -> Ruling:
    """What decides about a method and the target of a request, as the proxy received it; 403 where nothing does."""
    path = target.partition("?")[0]
    if not _METHOD.fullmatch(method) or not path.startswith("/") or _FORBIDDEN.search(path):
        raise ApiError(
            403, "The original method or path is missing or not canonical.", reason="not_canonical"
        )
    found = routing.match(path.lower())
    # Every address below an organisation begins with its id; what is none of ours may do so too.
    named = found.values[0] if found and found.values else _organisation_in(path.lower())
    if named is not None and named != tenant_id:
        raise ApiError(403, "This client has no access to that tenant.", reason="wrong_tenant")
    endpoint = found.methods.get("GET" if method == "HEAD" else method) if found else None
    if endpoint is not None:
        return Ruling(endpoint=endpoint)
    matching = rules.matching(rules.rules_of(tenant_id), method, path)
    if not matching:
        raise ApiError(403, "No rule names this method and path.", reason="no_rule")
    return Ruling(rule=matching[0], also=tuple(matching[1:]))


def _organisation_in(path: str) -> UUID | None:
    steps = path.split("/", 3)
    return routing.parse_uuid(steps[2]) if len(steps) > 2 and steps[1] == "tenants" else None
