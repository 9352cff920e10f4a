"""The gateway's route rules: who may change them decides what callers reach, so they are as guarded as credentials."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.clients.gateway import clean_pattern, key_of
from apps.clients.models import GatewayRule
from apps.clients.roles import BY_CODE, FORM_ORDER, names_of
from apps.clients.services.clients import lock_tenant
from apps.tenants.models import Tenant

# All of a tenant's rules are read at each question about a path that is not the Partner API's own.
MOST_RULES = 200


@transaction.atomic
def create_rule(
    *, tenant: Tenant, actor: Actor, method: str, pattern: str, roles: Sequence[str]
) -> GatewayRule:
    """Open a route to some roles. It holds from the next question on, in every process."""
    lock_tenant(tenant)
    if GatewayRule.objects.of(tenant).count() >= MOST_RULES:
        raise ValidationError(f"There are {MOST_RULES} rules, which is the most. Use * and ** to join some.")
    rule = GatewayRule(tenant=tenant)
    _fill(rule, method, pattern, roles)
    rule.save(force_insert=True)
    record("gateway_rule.created", actor=actor, tenant_id=tenant.pk, target=rule, after=_described(rule))
    return rule


@transaction.atomic
def update_rule(
    *, rule: GatewayRule, actor: Actor, method: str, pattern: str, roles: Sequence[str]
) -> GatewayRule:
    """Change what a rule matches or whom it opens to."""
    lock_tenant(rule.tenant)
    rule.refresh_from_db()
    before = _described(rule)
    _fill(rule, method, pattern, roles)
    after = _described(rule)
    changed = {name for name in after if after[name] != before[name]}
    if changed:
        rule.save()
        record(
            "gateway_rule.updated",
            actor=actor,
            tenant_id=rule.tenant_id,
            target=rule,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return rule


@transaction.atomic
def delete_rule(*, rule: GatewayRule, actor: Actor) -> None:
    """Take a rule away: what no other rule names is refused from the next question on."""
    lock_tenant(rule.tenant)
    record(
        "gateway_rule.deleted", actor=actor, tenant_id=rule.tenant_id, target=rule, before=_described(rule)
    )
    rule.delete()


def _fill(rule: GatewayRule, method: str, pattern: str, roles: Sequence[str]) -> None:
    if method not in dict(GatewayRule.METHODS):
        raise ValidationError({"method": "Choose from the list."})
    if not roles or not set(roles) <= set(BY_CODE):
        raise ValidationError({"roles": "Choose at least one API role."})
    try:
        rule.pattern = clean_pattern(pattern)
    except ValueError as error:
        raise ValidationError({"pattern": str(error)}) from None
    rule.pattern_key = key_of(rule.pattern)
    rule.method = method
    rule.roles = [code for code in FORM_ORDER if code in roles]
    same = GatewayRule.objects.filter(tenant=rule.tenant, method=method, pattern_key=rule.pattern_key)
    if same.exclude(pk=rule.pk).exists():
        raise ValidationError({"pattern": "There is a rule for this method and path. Edit that one."})


def _described(rule: GatewayRule) -> dict[str, Any]:
    return {"method": rule.method, "path": rule.pattern, "roles": names_of(rule.roles)}
