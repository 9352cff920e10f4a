"""Accepting an invitation, outside any tenant.

The link leads to a page whose form carries the token on, so that it is in the address once and never in the session.
A known person accepts after signing in, by their address, without the token.
"""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.services import EmailTaken
from apps.audit import actors
from apps.core.fragments import no_store, redirect_to, render_invalid, render_page
from apps.tenants import selectors, services
from apps.tenants.forms import JoinForm

PAGE = "tenants/invitation.html"


@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of the mail leads: what is offered, and how to accept it."""
    invitation = selectors.invitation_of(token)
    context: dict[str, object] = {"invitation": invitation}
    if invitation is not None:
        known = User.objects.filter(email__iexact=invitation.email).exists()
        context |= {
            "token": token,
            "known": known,
            "is_theirs": request.user.is_authenticated
            and request.user.get_username().lower() == invitation.email.lower(),
            "form": None if known else JoinForm(email=invitation.email),
        }
    return no_store(render_page(request, PAGE, context, status=200 if invitation else 410))


@require_POST
@sensitive_post_parameters("token", "password1", "password2")
def join(request: HttpRequest) -> HttpResponse:
    """Create the account of a new person and their membership; the token comes in the body."""
    token = request.POST.get("token", "")
    invitation = selectors.invitation_of(token)
    if invitation is None:
        return no_store(render_page(request, PAGE, {"invitation": None}, status=410))
    form = JoinForm(request.POST, email=invitation.email)
    if not form.is_valid():
        return no_store(
            render_invalid(request, PAGE, {"invitation": invitation, "form": form, "token": token})
        )
    name, password = form.cleaned_data["name"], form.cleaned_data["password1"]
    try:
        services.accept_as_new(
            invitation=invitation, name=name, password=password, actor=actors.person(request)
        )
    except (services.CannotAccept, EmailTaken):
        return no_store(render_page(request, PAGE, {"invitation": None}, status=410))
    messages.success(request, f"Your account is ready. Sign in as {invitation.email}.")
    return no_store(redirect_to(request, reverse("account_login")))


@require_POST
@login_required
def accept(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Become a member, for a person who is signed in with the address that was invited."""
    user = cast(User, request.user)
    invitation = get_object_or_404(selectors.invitations_for(user), pk=invitation_id)
    try:
        services.accept(invitation=invitation, user=user, actor=actors.person(request))
    except services.CannotAccept as error:
        messages.error(request, str(error))
        return redirect_to(request, "/")
    messages.success(request, f"You are a member of {invitation.tenant} now.")
    return redirect_to(request, f"/t/{invitation.tenant.slug}/")
