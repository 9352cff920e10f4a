"""Customer access: people who see single customers, invited from a customer's page (seed 003)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.customers import users
from apps.customers.forms import AccessForm, InviteUserForm
from apps.customers.models import Customer
from apps.tenants import services
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Invitation, Membership, Role

PAGE = "customers/access_form.html"
UNAVAILABLE = 503


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def invite(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """Invite a person with Customer access; the customer of this page is ticked already."""
    customer = request.access.fetch(Customer, pk=customer_id)
    if request.method != "POST":
        form = InviteUserForm(tenant=request.access.tenant, initial={"customers": [str(customer.pk)]})
        return render_page(request, PAGE, _invite_page(request, customer, form), partial="form")
    form = InviteUserForm(request.POST, tenant=request.access.tenant)
    if form.is_valid():
        try:
            done = users.invite_user(
                tenant=request.access.tenant,
                email=form.cleaned_data["email"],
                customers=form.chosen(),
                actor=request.access.actor,
            )
        except services.CannotInvite as refused:
            form.add_error("email", str(refused))
        except services.MailUnavailable:
            form.add_error(
                None, "The mail server does not answer, so nobody was invited. Try again in a minute."
            )
            context = _invite_page(request, customer, form)
            return render_page(request, PAGE, context, partial="form", status=UNAVAILABLE)
        else:
            messages.success(request, _invited(done))
            return _to(request, customer)
    return render_invalid(request, PAGE, _invite_page(request, customer, form), partial="form")


def _invited(done: Membership | Invitation) -> str:
    if isinstance(done, Invitation):
        return f"{done.email} is invited with Customer access."
    number = len(done.customer_ids)
    return f"{done.user} has Customer access already, now to {number} customer{'' if number == 1 else 's'}."


@require_POST
@tenant_page(Need.MANAGE)
def search_invite(request: TenantRequest, customer_id: UUID) -> HttpResponse:
    """The invitation as it was filled in so far, with its list narrowed. Stores nothing."""
    customer = request.access.fetch(Customer, pk=customer_id)
    form = InviteUserForm.draft(request.POST, tenant=request.access.tenant)
    return render_page(request, PAGE, _invite_page(request, customer, form), partial="form")


def _invite_page(request: TenantRequest, customer: Customer, form: AccessForm) -> dict[str, Any]:
    lead = f"For the people of {customer.name}, such as the developer who connects their system."
    return _page(request, customer, form, "Invite with Customer access", lead, "Send invitation", "invite")


def _page(
    request: TenantRequest,
    customer: Customer,
    form: AccessForm,
    title: str,
    lead: str,
    verb: str,
    name: str,
    *more: UUID,
) -> dict[str, Any]:
    ids = [request.access.tenant.slug, customer.pk, *more]
    searches = {"invite": "search_invite", "user_edit": "user_search"}
    return {
        "title": title,
        "lead": lead,
        "verb": verb,
        "customer": customer,
        "form": form,
        "form_url": reverse(f"customers:{name}", args=ids),
        "search_url": reverse(f"customers:{searches[name]}", args=ids),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def edit(request: TenantRequest, customer_id: UUID, customer_user_id: UUID) -> HttpResponse:
    """Change which customers a customer user sees."""
    customer, membership = _fetch(request, customer_id, customer_user_id)
    data = request.POST if request.method == "POST" else None
    form = AccessForm(data, tenant=request.access.tenant, initial={"customers": membership.customer_ids})
    if request.method == "POST" and form.is_valid():
        users.set_customers(membership=membership, customers=form.chosen(), actor=request.access.actor)
        messages.success(request, f"{membership.user} sees the customers that you chose from now on.")
        return _to(request, customer)
    context = _edit_page(request, customer, membership, form)
    return render_page(request, PAGE, context, partial="form", status=422 if form.is_bound else 200)


@require_POST
@tenant_page(Need.MANAGE)
def search_edit(request: TenantRequest, customer_id: UUID, customer_user_id: UUID) -> HttpResponse:
    """The choice of customers as it was made so far, with its list narrowed. Stores nothing."""
    customer, membership = _fetch(request, customer_id, customer_user_id)
    form = AccessForm.draft(request.POST, tenant=request.access.tenant)
    return render_page(request, PAGE, _edit_page(request, customer, membership, form), partial="form")


def _edit_page(
    request: TenantRequest, customer: Customer, membership: Membership, form: AccessForm
) -> dict[str, Any]:
    lead = f"{membership.user.email}. A change applies to the next page they open."
    title = f"Customers of {membership.user}"
    return _page(request, customer, form, title, lead, "Save", "user_edit", membership.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def remove(request: TenantRequest, customer_id: UUID, customer_user_id: UUID) -> HttpResponse:
    """Take this customer from a customer user; GET asks first."""
    customer, membership = _fetch(request, customer_id, customer_user_id)
    if request.method == "POST":
        users.take_access(membership=membership, customer=customer, actor=request.access.actor)
        return _to(request, customer, f"?took={membership.pk}#customer-access")
    others = [text for text in membership.customer_ids if text != str(customer.pk)]
    context = {
        "title": f"Remove {membership.user} from {customer.name}?",
        "customer": customer,
        "membership": membership,
        "others": len(others),
    }
    return render_page(request, "customers/user_remove.html", context, partial="dialog")


@require_POST
@tenant_page(Need.MANAGE)
def restore(request: TenantRequest, customer_id: UUID, customer_user_id: UUID) -> HttpResponse:
    """Undo a removal: give a customer user this customer again."""
    customer, membership = _fetch(request, customer_id, customer_user_id)
    users.give_access(membership=membership, customer=customer, actor=request.access.actor)
    messages.success(request, f"{membership.user} sees {customer.name} again.")
    return _to(request, customer)


@require_POST
@tenant_page(Need.MANAGE)
def resend(request: TenantRequest, customer_id: UUID, customer_invitation_id: UUID) -> HttpResponse:
    """Mail a new link; the old one stops working."""
    done = "A new link is on its way to {}. The old one stopped working."
    return _act_on_invitation(request, customer_id, customer_invitation_id, services.resend, done)


@require_POST
@tenant_page(Need.MANAGE)
def withdraw(request: TenantRequest, customer_id: UUID, customer_invitation_id: UUID) -> HttpResponse:
    """Take an invitation back. Inviting the same address again makes a new one."""
    done = "The invitation of {} is withdrawn: its link stopped working."
    return _act_on_invitation(request, customer_id, customer_invitation_id, services.withdraw, done)


def _act_on_invitation(
    request: TenantRequest, customer_id: UUID, invitation_id: UUID, act: Callable[..., object], done: str
) -> HttpResponse:
    customer = request.access.fetch(Customer, pk=customer_id)
    invitation = request.access.fetch(Invitation.objects.filter(role=Role.CUSTOMER), pk=invitation_id)
    try:
        act(invitation=invitation, actor=request.access.actor)
        messages.success(request, done.format(invitation.email))
    except services.CannotAccept as late:
        messages.error(request, str(late))
    except services.MailUnavailable:
        messages.error(request, "The mail server does not answer. The link sent before still works.")
    return _to(request, customer)


def _fetch(request: TenantRequest, customer_id: UUID, customer_user_id: UUID) -> tuple[Customer, Membership]:
    customer = request.access.fetch(Customer, pk=customer_id)
    people = users.customer_users(request.access.tenant).select_related("tenant")
    return customer, request.access.fetch(people, pk=customer_user_id)


def _to(request: TenantRequest, customer: Customer, more: str = "") -> HttpResponse:
    path = reverse("customers:detail", args=[request.access.tenant.slug, customer.pk])
    return redirect_to(request, path + more)
