"""Named reads about organisations. The tenant comes first; lists come back as QuerySets."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core.secrets import digest
from apps.tenants.models import Invitation, Membership, Plan, Role, Tenant, Warehouse, ZoneChange
from apps.tenants.querysets import TenantQuerySet


def local_today(tenant: Tenant, now: datetime | None = None) -> date:
    """The date at the tenant's place."""
    return (now or timezone.now()).astimezone(ZoneInfo(tenant.zone)).date()


def plan_at(tenant: Tenant, day: date) -> Plan | None:
    """The plan in force on a local date; before the first one, the first one."""
    plans = Plan.objects.filter(tenant=tenant)
    in_force = plans.filter(valid_from__lte=day).order_by("-valid_from").first()
    return in_force or plans.order_by("valid_from").first()


def current_plan(tenant: Tenant) -> Plan | None:
    """The plan in force today."""
    return plan_at(tenant, local_today(tenant))


def next_plan(tenant: Tenant) -> Plan | None:
    """The plan that takes over from the present one, if that is settled already."""
    return (
        Plan.objects.filter(tenant=tenant, valid_from__gt=local_today(tenant)).order_by("valid_from").first()
    )


def next_zone(tenant: Tenant) -> ZoneChange | None:
    """The change of zone that has been asked for and has not begun."""
    return ZoneChange.objects.filter(tenant=tenant, starts__gt=timezone.now()).order_by("starts").first()


def members(tenant: Tenant) -> TenantQuerySet:
    """The tenant's members with their people, by address."""
    return Membership.objects.of(tenant).select_related("user").order_by("user__email")


def managers(tenant: Tenant) -> TenantQuerySet:
    """The members who may manage credentials and members: whom to ask for a right."""
    return members(tenant).filter(role=Role.ADMINISTRATOR, can_edit_users=True, user__is_active=True)


def open_invitations(tenant: Tenant) -> TenantQuerySet:
    """Invitations that wait for an answer; those that have run out are among them, to be sent again."""
    return Invitation.objects.of(tenant).filter(accepted_at=None, withdrawn_at=None).order_by("email")


def invitation_of(token: str) -> Invitation | None:
    """The open invitation that a link's token belongs to, whatever its tenant: the token is the key."""
    return (
        Invitation.objects.select_related("tenant")
        .filter(token_digest=digest(token), accepted_at=None, withdrawn_at=None, expires__gt=timezone.now())
        .first()
    )


def invitations_for(user: User) -> QuerySet[Invitation]:
    """Open invitations to this person's address, in any tenant."""
    return Invitation.objects.select_related("tenant").filter(
        email__iexact=user.email, accepted_at=None, withdrawn_at=None, expires__gt=timezone.now()
    )


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's organisations."""
    return Membership.objects.select_related("tenant").filter(user=user).order_by("tenant__name")


def warehouses(tenant: Tenant) -> TenantQuerySet:
    """The tenant's warehouses by name."""
    return Warehouse.objects.of(tenant).order_by("name")


def active_warehouses(tenant: Tenant) -> TenantQuerySet:
    """The warehouses that take orders."""
    return warehouses(tenant).filter(is_active=True)
