"""Generate Credentials and everything that ends: rotation, deactivate, revoke, delete. Each is a dialog, or a page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET, require_http_methods

from apps.clients import selectors, services
from apps.clients.forms import ConfirmForm, GenerateForm
from apps.clients.lifecycle import NotPossible
from apps.clients.models import ApiClient, Kind
from apps.clients.services import Outdated
from apps.clients.services.clients import refuse_revoked
from apps.clients.views.shared import (
    ROTATION_STEPS,
    address,
    client_of,
    conflict,
    posted,
    show_once,
    values_of,
)
from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.usage import selectors as usage


@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def generate(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """The pop-out with its two boxes; its POST is the one answer that shows the secret."""
    client = client_of(request, client_id)
    try:
        refuse_revoked(client)
        rotates = client.credentials.filter(state__in=("active", "retiring")).exists()
        form = GenerateForm(posted(request), client=client, rotates=rotates)
        if not form.is_outdated() and not form.is_valid():
            context = {"title": "Generate Credentials", "rotates": rotates}
            return _dialog(request, "clients/generate.html", form, context)
        issued = services.generate_credentials(
            client=client,
            actor=request.access.actor,
            retire_after=services.OVERLAPS[form.cleaned_data.get("overlap") or "now"],
            expected_version=form.cleaned_data["version"],
        )
    except (Outdated, NotPossible) as error:
        return conflict(request, error, client)
    more = {"steps": ROTATION_STEPS, "step": 2, "rotates": rotates} if client.kind == Kind.CHANNEL else {}
    return show_once(request, issued, values_of(issued), more)


@require_GET
@tenant_page(Need.VIEW)
def first_call(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """Whether the newest credentials of a client were used: what the show-once page asks every 3 seconds."""
    client = client_of(request, client_id)
    context = {
        "title": f"First call of {client.name}",
        "client": client,
        "first_call": selectors.first_call_of(request.access.tenant, client),
    }
    return fragments.render_page(request, "clients/first_call.html", context, partial="waiting")


@dataclass(frozen=True, slots=True)
class Step:
    """A dialog that asks before it acts: what will happen, to whom, and the verb on its button."""

    title: str
    verb: str
    words: tuple[str, ...]
    done: str
    act: Callable[..., Any]
    dangerous: bool = True
    shows_use: bool = False
    leaves: bool = False


_REFUSED = "Every call that uses it is refused from then on, with access tokens issued before too."

STEPS: dict[str, Step] = {
    "deactivate": Step(
        "Deactivate {name}",
        "Deactivate",
        (_REFUSED, "You can activate it again; access tokens issued before stay dead."),
        "{name} is INACTIVE.",
        lambda client, actor, version: services.set_active(client=client, actor=actor, active=False),
        shows_use=True,
    ),
    "activate": Step(
        "Activate {name}",
        "Activate",
        ("Its credentials work again at once.",),
        "{name} is ACTIVE.",
        lambda client, actor, version: services.set_active(client=client, actor=actor, active=True),
        dangerous=False,
    ),
    "revoke": Step(
        "Revoke {name}",
        "Revoke",
        (
            "It will immediately be disabled. API requests made with it will be rejected, which could cause any "
            "systems still depending on it to break.",
            "This is permanent: it can't be made active again.",
        ),
        "{name} is revoked.",
        lambda client, actor, version: services.revoke_client(client=client, actor=actor),
        shows_use=True,
    ),
    "delete": Step(
        "Delete {name}",
        "Delete",
        (
            "It is revoked for good and leaves the list.",
            "Statements, the request log and the audit keep its name and its calls.",
        ),
        "{name} is deleted.",
        lambda client, actor, version: services.delete_client(client=client, actor=actor),
        shows_use=True,
        leaves=True,
    ),
    "finish": Step(
        "Finish the rotation of {name} now",
        "Finish now",
        ("The old secret stops working at once, with the access tokens that it obtained.",),
        "The old secret has stopped working.",
        lambda client, actor, version: services.finish_rotation(
            client=client, actor=actor, expected_version=version
        ),
    ),
    "keep": Step(
        "Keep the old secret of {name}",
        "Keep the old one",
        ("The old secret goes on working without an end. The new one is revoked for good.",),
        "The old secret stays; the new one is revoked.",
        lambda client, actor, version: services.keep_old(
            client=client, actor=actor, expected_version=version
        ),
    ),
}


def step_view(key: str) -> Callable[..., HttpResponseBase]:
    """The view of one step: GET asks, POST acts."""
    step = STEPS[key]

    @require_http_methods(["GET", "POST"])
    @tenant_page(Need.MANAGE)
    def view(request: TenantRequest, client_id: UUID) -> HttpResponse:
        client = client_of(request, client_id)
        form = ConfirmForm(posted(request), client=client)
        if request.method != "POST" or not form.is_valid():
            return _ask(request, form, step)
        try:
            step.act(client=client, actor=request.access.actor, version=form.cleaned_data["version"])
        except (Outdated, NotPossible) as error:
            return conflict(request, error, client)
        messages.success(request, step.done.format(name=client.name))
        return fragments.redirect_to(request, _after(request, client, step))

    return view


def _ask(request: TenantRequest, form: ConfirmForm, step: Step) -> HttpResponse:
    client = form.client
    context = {
        "title": step.title.format(name=client.name),
        "step": step,
        "impact": usage.impact(request.access.tenant, client.pk) if step.shows_use else None,
    }
    return _dialog(request, "clients/step.html", form, context)


def _dialog(
    request: TenantRequest, template: str, form: ConfirmForm, context: dict[str, Any]
) -> HttpResponse:
    status = fragments.UNPROCESSABLE if form.is_bound else 200
    full = {**context, "form": form, "client": form.client, "back": address(request, "detail", form.client)}
    return fragments.render_page(request, template, full, partial="dialog", status=status)


def _after(request: TenantRequest, client: ApiClient, step: Step) -> str:
    """Where the person goes next: the client's page, or the list where the client is no longer in it."""
    lists = {Kind.BEARER: "tokens", Kind.ACCESS: "access_tokens", Kind.CHANNEL: "channels"}
    if step.leaves or (step.verb == "Revoke" and client.kind in (Kind.BEARER, Kind.ACCESS)):
        return address(request, lists.get(Kind(client.kind), "list"))
    return address(request, "detail", client)
