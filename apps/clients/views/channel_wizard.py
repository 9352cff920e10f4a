"""Generate Token (seed 000): settings, credentials, API token. What was answered is kept as a draft."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.clients import selectors, services
from apps.clients.forms import ChannelForm, SavedForm
from apps.clients.forms.fields import take_over
from apps.clients.models import ChannelDraft, Credential
from apps.clients.views.shared import (
    CONFLICT,
    ROTATION_STEPS,
    WIZARD_STEPS,
    address,
    client_of,
    conflict,
    draft_address,
    posted,
    show_once,
    values_of,
)
from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.webhooks.trial import Trial

PAGE = "clients/channel_form.html"


@sensitive_post_parameters("auth_token")
@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def create(request: TenantRequest) -> HttpResponse:
    """The questions; their POST makes the username and password that wait for Confirm."""
    draft = _draft_in(request)
    form = ChannelForm(posted(request), draft=draft)
    if request.method != "POST":
        return _form_page(request, form)
    if not form.is_valid():
        return _form_page(request, form, _keep(request, form))
    try:
        issued = services.create_channel(
            tenant=request.access.tenant,
            actor=request.access.actor,
            values=form.values(),
            creation_key=form.cleaned_data["creation_key"],
            draft_key=form.cleaned_data["draft"],
        )
    except ValidationError as error:
        take_over(form, error)
        return _form_page(request, form, _keep(request, form))
    except services.Outdated as error:
        # The browser's own Back leads to the same form: what was changed there is found in the settings.
        return _sent_before(request, error, _keep(request, form) if draft else None)
    more = {
        "title": "Save these credentials",
        "steps": WIZARD_STEPS,
        "step": 2,
        "settings_url": draft_address(request, "channel_draft", issued.client.draft),
    }
    return show_once(request, issued, values_of(issued), more)


@require_GET
@tenant_page(Need.MANAGE)
def resume(request: TenantRequest, draft_id: UUID) -> HttpResponse:
    """The questions with what was answered before."""
    draft = request.access.fetch(ChannelDraft, pk=draft_id)
    return _form_page(request, ChannelForm(draft=draft), draft)


@sensitive_post_parameters("auth_token")
@require_POST
@tenant_page(Need.MANAGE)
def save(request: TenantRequest) -> HttpResponse:
    """Keep what was answered, to go on later. What makes no sense is said now and not kept."""
    form = ChannelForm(request.POST, draft=_draft_in(request))
    form.keep_errors_of(*(name for name, value in form.data.items() if value and name in form.errors))
    draft = _keep(request, form)
    if form.errors or draft is None:
        if draft is None:
            form.add_error("name", "Enter a name, so that you find it again.")
        return _form_page(request, form, draft)
    messages.success(request, f"The answers for {draft} are kept for a day since the last change.")
    return fragments.redirect_to(request, address(request, "channels"))


@sensitive_post_parameters("auth_token")
@require_POST
@tenant_page(Need.MANAGE)
def test(request: TenantRequest) -> HttpResponse:
    """Send a test to the webhook and show what it answered, in plain words."""
    form = ChannelForm(request.POST, draft=_draft_in(request))
    form.keep_errors_of("webhook_url", "auth_token")
    draft = _keep(request, form)
    trial = None
    if draft is not None and not form.errors:
        try:
            trial = services.try_webhook(draft=draft, actor=request.access.actor)
        except ValidationError as error:
            take_over(form, error)
    return _form_page(request, form, draft, trial)


@require_POST
@tenant_page(Need.MANAGE)
def discard(request: TenantRequest, draft_id: UUID) -> HttpResponse:
    """Forget a draft, with the channel that still waits for Confirm."""
    draft = request.access.fetch(ChannelDraft.objects.select_related("client", "tenant"), pk=draft_id)
    services.discard_draft(draft=draft, actor=request.access.actor)
    messages.success(request, f"{draft} is discarded. Nothing of it works.")
    return fragments.redirect_to(request, address(request, "channels"))


@require_POST
@tenant_page(Need.MANAGE)
def confirm(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """Confirm that the credentials are saved: they work from now on, and the API token is shown."""
    client = client_of(request, client_id)
    form = SavedForm(request.POST, client=client)
    if "version" in form.errors:
        return conflict(request, services.Outdated("Open this page again: the form was incomplete."), client)
    draft = ChannelDraft.objects.filter(client=client).first()
    try:
        if not form.is_outdated() and not form.is_valid():
            return _ask_again(request, form, draft, services.unconfirmed(client))
        issued = services.confirm_channel(
            client=client, actor=request.access.actor, expected_version=form.cleaned_data["version"]
        )
    except services.Outdated as error:
        return conflict(request, error, client)
    steps = WIZARD_STEPS if draft else ROTATION_STEPS
    more = {"title": "Your API token", "steps": steps, "step": 3}
    return show_once(request, issued, values_of(issued), more)


def _ask_again(
    request: TenantRequest, form: SavedForm, draft: ChannelDraft | None, pending: Credential
) -> HttpResponse:
    """The box once more, and the way to new credentials: what was shown once is on no page any more."""
    form.add_error(None, "Nothing was activated. Tick the box, or make new credentials.")
    context = {
        "title": "Confirm that they are saved",
        "client": form.client,
        "confirm_form": form,
        "pending": pending,
        "steps": WIZARD_STEPS if draft else ROTATION_STEPS,
        "settings_url": draft_address(request, "channel_draft", draft) if draft else "",
    }
    return fragments.render_invalid(request, "clients/confirm.html", context)


def _draft_in(request: TenantRequest) -> ChannelDraft | None:
    """The draft that the form goes on with, if it was kept before."""
    return selectors.channel_draft(request.access.tenant, request.POST.get("draft", ""))


def _keep(request: TenantRequest, form: ChannelForm) -> ChannelDraft | None:
    """Keep the answers that make sense; none that would not be recognised in a list."""
    answers = form.answers()
    if not answers.get("name") and not answers.get("webhook_url"):
        return None
    draft = services.save_draft(
        tenant=request.access.tenant,
        actor=request.access.actor,
        key=form.cleaned_data["draft"],
        answers=answers,
        auth_token=form.typed_token(),
    )
    form.note_stored(draft)
    return draft


def _sent_before(request: TenantRequest, error: Exception, draft: ChannelDraft | None) -> HttpResponse:
    context = {
        "title": "Nothing was changed",
        "message": str(error),
        "back": draft_address(request, "channel_draft", draft) if draft else address(request, "channels"),
        "back_label": "Go back to its settings" if draft else "Go to Channel Integration",
    }
    return fragments.render_page(request, "clients/conflict.html", context, status=CONFLICT)


def _form_page(
    request: TenantRequest, form: ChannelForm, draft: ChannelDraft | None = None, trial: Trial | None = None
) -> HttpResponse:
    context = {
        "title": "Generate Token",
        "form": form,
        "steps": WIZARD_STEPS,
        "step": 1,
        "trial": trial,
        "waiting": draft.client if draft is not None and draft.waits else None,
    }
    status = fragments.UNPROCESSABLE if form.is_bound and form.errors else 200
    return fragments.render_page(request, PAGE, context, partial="trial", status=status)
