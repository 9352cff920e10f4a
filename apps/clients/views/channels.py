"""Settings > Channel Integration (seed 000)."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.clients import selectors, services
from apps.clients.forms import ChannelForm, ConfirmForm
from apps.clients.forms.fields import take_over
from apps.clients.models import ApiClient, Kind
from apps.clients.views.shared import client_of, conflict, posted, show_once, values_of
from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.usage import selectors as usage

STEPS = ("Channel", "Credentials", "API token")


@require_GET
@tenant_page(Need.VIEW)
def channel_list(request: TenantRequest) -> HttpResponse:
    """The channels with their allocation, state and last use."""
    tenant = request.access.tenant
    channels = selectors.with_credentials(
        ApiClient.objects.of(tenant).present().filter(kind=Kind.CHANNEL).select_related("channel")
    )
    used = usage.last_used(tenant, [client.pk for client in channels])
    now = timezone.now()
    rows = [(client, selectors.state_of(client, now), used.get(client.pk)) for client in channels]
    return fragments.render_page(
        request, "clients/channels.html", {"title": "Channel Integration", "rows": rows}
    )


@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def create(request: TenantRequest) -> HttpResponse:
    """Generate Token: the questions, then the username and password that wait for Confirm."""
    form = ChannelForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            issued = services.create_channel(
                tenant=request.access.tenant,
                actor=request.access.actor,
                values=form.values(),
                creation_key=form.cleaned_data["creation_key"],
            )
        except ValidationError as error:
            take_over(form, error)
        except services.Outdated as error:
            return conflict(request, error)
        else:
            more = {"title": "Save these credentials", "steps": STEPS, "step": 2}
            return show_once(request, issued, values_of(issued), more)
    status = fragments.UNPROCESSABLE if form.is_bound else 200
    context = {"title": "Generate Token", "form": form, "steps": STEPS, "step": 1}
    return fragments.render_page(request, "clients/channel_form.html", context, status=status)


@require_POST
@tenant_page(Need.MANAGE)
def confirm(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """Confirm that the credentials are saved: they work from now on, and the API token is shown."""
    client = client_of(request, client_id)
    form = ConfirmForm(request.POST, client=client)
    if not form.is_valid():
        return conflict(request, services.Outdated("Open this page again: the form was incomplete."), client)
    try:
        issued = services.confirm_channel(
            client=client, actor=request.access.actor, expected_version=form.cleaned_data["version"]
        )
    except services.Outdated as error:
        return conflict(request, error, client)
    more = {"title": "Your API token", "steps": STEPS, "step": 3}
    return show_once(request, issued, values_of(issued), more)
