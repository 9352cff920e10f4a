"""Settings > Channel Integration: the channels and their settings. The wizard is in `channel_wizard`."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.clients import selectors, services
from apps.clients.forms import ChannelEditForm
from apps.clients.forms.fields import take_over
from apps.clients.models import ApiClient, Kind
from apps.clients.services import Issued
from apps.clients.views.shared import address, channel_of, conflict, posted, show_once, values_of
from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.usage import selectors as usage


@require_GET
@tenant_page(Need.VIEW)
def channel_list(request: TenantRequest) -> HttpResponse:
    """The channels with their allocation, state, last use and webhook, and the wizards that were left half way."""
    tenant = request.access.tenant
    channels = list(
        selectors.with_credentials(
            ApiClient.objects.of(tenant).present().of_kind(Kind.CHANNEL).select_related("channel")
        )
    )
    used = usage.last_used(tenant, [client.pk for client in channels])
    webhooks = selectors.channel_webhooks(tenant)
    now = timezone.now()
    context = {
        "title": "Channel Integration",
        "rows": [
            (client, selectors.state_of(client, now), used.get(client.pk), webhooks.get(client.pk))
            for client in channels
        ],
        "drafts": selectors.channel_drafts(tenant) if request.access.may_manage else [],
    }
    return fragments.render_page(request, "clients/channels.html", context)


@sensitive_post_parameters("auth_token")
@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def edit(request: TenantRequest, client_id: UUID) -> HttpResponse:
    """Change a channel's settings. A new Webhook URL asks for the Auth Token anew."""
    client = channel_of(request, client_id)
    endpoint = selectors.channel_webhooks(request.access.tenant).get(client.pk)
    form = ChannelEditForm(posted(request), client=client, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            key = services.update_channel(client=client, actor=request.access.actor, values=form.values())
        except ValidationError as error:
            take_over(form, error)
        except services.Outdated as error:
            return conflict(request, error, client)
        else:
            if key:
                issued = Issued(client=client, webhook_secret=key)
                return show_once(request, issued, values_of(issued), {"title": "Webhook signing secret"})
            messages.success(request, "Saved. It applies to the next order.")
            return fragments.redirect_to(request, address(request, "detail", client))
    context = {"title": f"Settings of {client.name}", "form": form, "client": client}
    status = fragments.UNPROCESSABLE if form.is_bound else 200
    return fragments.render_page(request, "clients/channel_edit.html", context, status=status)
