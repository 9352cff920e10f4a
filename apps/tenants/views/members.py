"""Members and invitations."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.tenants import selectors, services
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.forms import InviteForm, RoleForm
from apps.tenants.models import Invitation, Membership, Role

UNAVAILABLE = 503


@require_safe
@tenant_page(Need.VIEW)
def members(request: TenantRequest) -> HttpResponse:
    """Who is in the organisation, and who is invited."""
    tenant = request.access.tenant
    context = {
        "title": "Members",
        "members": selectors.members(tenant),
        "invitations": selectors.open_invitations(tenant),
    }
    return render_page(request, "tenants/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def invite(request: TenantRequest) -> HttpResponse:
    """Offer somebody a membership by mail."""
    form = InviteForm(request.POST or None)
    context = {"title": "Invite a member", "form": form}
    if request.method != "POST":
        return render_page(request, "tenants/invite.html", context)
    if not form.is_valid():
        return render_invalid(request, "tenants/invite.html", context)
    try:
        services.invite(
            tenant=request.access.tenant, actor=request.access.actor, mail=True, **form.cleaned_data
        )
    except services.CannotInvite as error:
        form.add_error("email", str(error))
        return render_invalid(request, "tenants/invite.html", context)
    except services.MailUnavailable:
        form.add_error(None, "The mail server does not answer, so nobody was invited. Try again in a minute.")
        return render_page(request, "tenants/invite.html", context, status=UNAVAILABLE)
    messages.success(request, f"{form.cleaned_data['email']} is invited.")
    return _to_members(request)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def member_edit(request: TenantRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role or right."""
    membership = request.access.fetch(Membership.objects.exclude(role=Role.CUSTOMER), pk=membership_id)
    initial = {"role": membership.role, "can_edit_users": membership.can_edit_users}
    form = RoleForm(request.POST or None, initial=initial)
    context = {"title": f"Edit {membership.user}", "form": form, "membership": membership}
    if request.method != "POST":
        return render_page(request, "tenants/member_edit.html", context)
    if form.is_valid() and _change(request, membership, form):
        messages.success(request, f"{membership.user} is now {form.cleaned_data['role'].title()}.")
        return _to_members(request)
    return render_invalid(request, "tenants/member_edit.html", context)


def _change(request: TenantRequest, membership: Membership, form: RoleForm) -> bool:
    try:
        services.change_member(membership=membership, actor=request.access.actor, **form.cleaned_data)
    except (services.LastManager, services.NotYourOwnRights) as error:
        form.add_error(None, str(error))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def member_remove(request: TenantRequest, membership_id: UUID) -> HttpResponse:
    """Take a person out of the organisation; GET asks first."""
    membership = request.access.fetch(Membership, pk=membership_id)
    context: dict[str, Any] = {"title": f"Remove {membership.user}?", "membership": membership}
    if request.method == "POST":
        try:
            services.remove_member(membership=membership, actor=request.access.actor)
        except services.LastManager as error:
            context["problem"] = str(error)
            return render_invalid(request, "tenants/member_remove.html", context, partial="dialog")
        messages.success(request, f"{membership.user} is no longer a member.")
        return _to_members(request)
    return render_page(request, "tenants/member_remove.html", context, partial="dialog")


@require_POST
@tenant_page(Need.MANAGE)
def invitation_resend(request: TenantRequest, invitation_id: UUID) -> HttpResponse:
    """Mail a new link; the old one stops working."""
    return _act_on_invitation(
        request,
        invitation_id,
        services.resend,
        "A new link is on its way to {}. The old one stopped working.",
    )


@require_POST
@tenant_page(Need.MANAGE)
def invitation_withdraw(request: TenantRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    return _act_on_invitation(request, invitation_id, services.withdraw, "The invitation of {} is withdrawn.")


def _act_on_invitation(
    request: TenantRequest, invitation_id: UUID, act: Callable[..., object], done: str
) -> HttpResponse:
    invitation = request.access.fetch(Invitation, pk=invitation_id)
    try:
        act(invitation=invitation, actor=request.access.actor)
        messages.success(request, done.format(invitation.email))
    except services.CannotAccept as error:
        messages.error(request, str(error))
    except services.MailUnavailable:
        messages.error(request, "The mail server does not answer. The link sent before still works.")
    return _to_members(request)


def _to_members(request: TenantRequest) -> HttpResponse:
    return redirect_to(request, reverse("tenants:members", args=[request.access.tenant.slug]))
