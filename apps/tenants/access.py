"""The one way into a tenant and to anything in it: the whole policy of design §1.

A person outside the tenant gets 404 for everything in it, a member without the right gets a 403 page that says what
is missing. The tenant comes from the URL, never from the session or the host.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.audit import actors
from apps.tenants.models import Membership, Role, Tenant
from apps.tenants.querysets import TenantQuerySet

P = ParamSpec("P")
M = TypeVar("M", bound=models.Model)


class Need(StrEnum):
    """What a page asks of a member, from least to most."""

    MEMBER = "a member of this organisation"
    VIEW = "Viewer or Administrator"
    EDIT = "Administrator"
    MANAGE = "Administrator with Allow this user to edit other users"


class MissingRight(PermissionDenied):
    """A member lacks a right; `missing` names each one in the words of the members page."""

    def __init__(self, access: "Access", missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.access = access
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Access:
    """A person in a tenant, for one request; `others` are the person's other tenants, by name."""

    tenant: Tenant
    membership: Membership
    actor: actors.Actor
    others: tuple[Tenant, ...] = ()

    @property
    def is_customer_user(self) -> bool:
        """Whether the person sees named customers only."""
        return self.membership.role == Role.CUSTOMER

    @property
    def customer_ids(self) -> list[UUID]:
        """The customers that a customer user sees."""
        return [UUID(text) for text in self.membership.customer_ids]

    @property
    def may_view(self) -> bool:
        """Whether lists and pages of the whole tenant are open."""
        return not self.is_customer_user

    @property
    def may_edit(self) -> bool:
        """Whether customers, orders, products and webhooks may be changed."""
        return self.membership.role == Role.ADMINISTRATOR

    @property
    def may_manage(self) -> bool:
        """Whether credentials, members and the organisation may be changed."""
        return self.may_edit and self.membership.can_edit_users

    def missing(self, need: Need) -> list[str]:
        """What the person lacks for `need`, in the words of the members page; empty if nothing."""
        missing = []
        if need is Need.VIEW and not self.may_view:
            missing.append("Viewer or Administrator")
        if need in (Need.EDIT, Need.MANAGE) and not self.may_edit:
            missing.append("Administrator")
        if need is Need.MANAGE and not self.membership.can_edit_users:
            missing.append("Allow this user to edit other users")
        return missing

    def require(self, need: Need) -> None:
        """Raise `MissingRight` unless the person has the right."""
        if missing := self.missing(need):
            raise MissingRight(self, missing)

    def fetch(self, rows: type[M] | models.QuerySet[M], **lookup: Any) -> M:
        """The one object that matches and that this person may see, else 404, whether it exists or not.

        The queryset has a `visible_to(access)`, as every `TenantQuerySet` has.
        """
        queryset = rows if isinstance(rows, models.QuerySet) else rows._default_manager.all()
        return get_object_or_404(cast(TenantQuerySet, queryset).visible_to(self), **lookup)


class TenantRequest(HttpRequest):
    """A request to a page of a tenant, after `tenant_page` has let it in."""

    access: Access


def enter(request: HttpRequest, slug: str) -> Access:
    """The signed-in person's access to the tenant named in the URL; 404 for everybody else."""
    # All of the person's memberships in one query: every page lists the other tenants beside this one.
    memberships = list(
        Membership.objects.select_related("tenant", "user")
        .filter(user=cast(User, request.user))
        .order_by("tenant__name", "tenant__slug")
    )
    membership = next((row for row in memberships if row.tenant.slug == slug), None)
    if membership is None:
        raise Http404
    others = tuple(row.tenant for row in memberships if row is not membership)
    return Access(membership.tenant, membership, actors.person(request), others)


def tenant_page(
    need: Need,
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Declare what a view under `/t/<slug>/` needs; the URL's `tenant_slug` is consumed here.

    The declaration stays readable as `view.need`: the table of every URL and person is built from it.
    """

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def enter_first(
            request: TenantRequest, *args: Any, tenant_slug: str, **kwargs: Any
        ) -> HttpResponseBase:
            request.access = enter(request, tenant_slug)
            request.access.require(need)
            return view(request, *args, **kwargs)

        enter_first.need = need  # type: ignore[attr-defined]  # read by the tests' table of URLs
        return enter_first

    return decorate
