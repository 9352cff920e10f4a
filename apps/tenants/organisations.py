"""Writes about an organisation itself: its account, its plan, whether it is suspended."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.weeks import FIRST_MONDAY, LAST_MONDAY
from apps.tenants.invitations import invite
from apps.tenants.models import Plan, Role, Tenant

# A first plan holds for all of the past too, so that calls loaded from elsewhere have an allowance.
BEGINNING = date(2000, 1, 1)

PLAN_FIELDS = (
    "consignments",
    "warehouse_orders",
    "calls_per_unit",
    "excess_price_minor",
    "token_limit",
    "api_integration",
    "orders_per_minute",
)
ORGANISATION_FIELDS = ("name", "account_manager_name", "account_manager_email", "account_manager_phone")


def check_zone(zone: str) -> None:
    """Raise ValidationError unless `zone` is a place of the IANA time zone database."""
    if zone not in available_timezones():
        raise ValidationError({"zone": f"{zone} is not the name of a time zone, such as Australia/Brisbane."})


def check_start(valid_from: date) -> None:
    """Raise ValidationError unless a plan may begin on this date: one that is in a week, so that it can be billed."""
    if not FIRST_MONDAY <= valid_from <= LAST_MONDAY:
        raise ValidationError({"valid_from": f"Choose a date from {FIRST_MONDAY} to {LAST_MONDAY}."})


@transaction.atomic
def create_tenant(
    *,
    slug: str,
    name: str,
    zone: str,
    currency: str,
    consignments: int,
    warehouse_orders: int,
    admin_email: str,
    actor: Actor,
    **more: Any,
) -> tuple[Tenant, str]:
    """Open an account with its plan and invite its first administrator; return it and the invitation's link.

    `more` takes the account manager's fields and the plan's further ones. Nothing is mailed: the link is the
    operator's to hand over.
    """
    plan_fields = {field: more.pop(field) for field in PLAN_FIELDS if field in more}
    tenant = Tenant(slug=slug, name=name, zone=zone, currency=currency, **more)
    tenant.full_clean()
    if slug != slug.lower():
        # `COASTAL` beside `coastal` would be two organisations whose addresses look alike.
        raise ValidationError({"slug": "Use small letters, digits, hyphens and underscores."})
    check_zone(zone)
    tenant.save(force_insert=True)
    record(
        "organisation.created",
        actor=actor,
        tenant_id=tenant.pk,
        target=tenant,
        after={"slug": slug, "name": name, "zone": zone, "currency": currency},
    )
    figures = {"consignments": consignments, "warehouse_orders": warehouse_orders, **plan_fields}
    set_plan(tenant=tenant, valid_from=BEGINNING, actor=actor, **figures)
    _, link = invite(
        tenant=tenant, email=admin_email, role=Role.ADMINISTRATOR, can_edit_users=True, actor=actor
    )
    return tenant, link


@transaction.atomic
def update_organisation(*, tenant: Tenant, actor: Actor, **fields: str) -> Tenant:
    """Change the name or the account manager."""
    if unknown := set(fields) - set(ORGANISATION_FIELDS):
        raise ValueError(f"These are not changed here: {', '.join(sorted(unknown))}.")
    stored = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    before = {field: getattr(stored, field) for field in fields if getattr(stored, field) != fields[field]}
    for field in before:
        setattr(stored, field, fields[field])
    if before:
        stored.full_clean()
        stored.save(update_fields=list(before))
        record(
            "organisation.changed",
            actor=actor,
            tenant_id=stored.pk,
            target=stored,
            before=before,
            after={field: fields[field] for field in before},
        )
    return stored


@transaction.atomic
def set_plan(*, tenant: Tenant, valid_from: date, actor: Actor, **figures: Any) -> Plan:
    """Store what the plan includes from a local date on; figures left out stay as they are on that date."""
    check_start(valid_from)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    same = Plan.objects.filter(tenant=tenant, valid_from=valid_from).first()
    previous = Plan.objects.filter(tenant=tenant, valid_from__lte=valid_from).order_by("-valid_from").first()
    plan = same or Plan(tenant=tenant, valid_from=valid_from)
    before = {field: getattr(previous, field) for field in PLAN_FIELDS} if previous else {}
    for field in PLAN_FIELDS:
        if field in figures:
            setattr(plan, field, figures[field])
        elif previous:
            setattr(plan, field, before[field])
    plan.full_clean()
    plan.save()
    after = {field: getattr(plan, field) for field in PLAN_FIELDS}
    record(
        "plan.set",
        actor=actor,
        tenant_id=tenant.pk,
        target=plan,
        before={field: value for field, value in before.items() if after[field] != value},
        after={"valid_from": valid_from, **{f: v for f, v in after.items() if before.get(f) != v}},
    )
    return plan


@transaction.atomic
def set_suspended(*, tenant: Tenant, suspended: bool, reason: str, actor: Actor) -> Tenant:
    """Suspend an organisation, which stops all of its API clients, or let it go on."""
    stored = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if (stored.suspended_at is not None) != suspended:
        stored.suspended_at = timezone.now() if suspended else None
        stored.save(update_fields=["suspended_at"])
        action = "organisation.suspended" if suspended else "organisation.resumed"
        record(action, actor=actor, tenant_id=stored.pk, target=stored, after={"reason": reason})
    return stored
