"""Telling administrators 30, 7 and 1 days before a client expires: by mail, and by webhook to whoever asked for it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.clients.models import ApiClient
from apps.tenants.models import Role
from apps.tenants.selectors import members
from apps.webhooks.services import emit

STEPS = (1, 7, 30)


def step_before(expires: datetime, now: datetime) -> int | None:
    """The last of the steps that is reached, in days; None where the end is further away, or over."""
    left = expires - now
    if left <= timedelta(0):
        return None
    return next((step for step in STEPS if left <= timedelta(days=step)), None)


def warn_all() -> int:
    """Warn of every client whose next step is reached; returns of how many."""
    now = timezone.now()
    soon = ApiClient.objects.present().filter(
        expires__gt=now, expires__lte=now + timedelta(days=max(STEPS)), revoked_at=None
    )
    return sum(_warn(client, now) for client in soon.select_related("tenant"))


@transaction.atomic
def _warn(client: ApiClient, now: datetime) -> bool:
    step = step_before(client.expires, now) if client.expires else None
    # The row is the claim: of two workers that see the same step, the second changes nothing.
    untold = Q(expiry_told=None) | Q(expiry_told__gt=step)
    unchanged = ApiClient.objects.filter(untold, pk=client.pk, expires=client.expires)
    if step is None or not unchanged.update(expiry_told=step):
        return False
    emit(
        tenant_id=client.tenant_id,
        event="credential.expiring",
        entity_type="client",
        entity_id=client.pk,
        sequence=max(STEPS) - step + 1,
        reference=client.client_id,
        body={
            "tenant": str(client.tenant_id),
            "client": str(client.pk),
            "clientId": client.client_id,
            "name": client.name,
            "expires": client.expires,
            "days": step,
        },
    )
    transaction.on_commit(lambda: _mail(client), robust=True)
    return True


def _mail(client: ApiClient) -> None:
    tenant = client.tenant
    administrators = members(tenant).filter(role=Role.ADMINISTRATOR, user__is_active=True)
    moment = f"{client.expires.astimezone(ZoneInfo(tenant.zone)):%d %b %Y, %H:%M} ({tenant.zone})"  # type: ignore[union-attr]
    path = reverse("clients:detail", args=[tenant.slug, client.pk])
    lines = [
        f"The API client {client.name} ({client.client_id}) expires on {moment}.",
        "From then on every call with its credentials is refused. To let it go on, edit it and move its end.",
        "",
        f"{settings.BASE_URL}{path}",
    ]
    send_mail(
        f"{tenant.name}: {client.name} expires on {moment}",
        "\n".join(lines),
        None,
        list(administrators.values_list("user__email", flat=True)),
    )
