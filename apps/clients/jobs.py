"""What the worker does for clients. Nothing depends on it having run: ends are kept when they are read."""

from django.db import transaction
from django.utils import timezone

from apps.audit.actors import WORKER
from apps.clients import access_tokens, brake, expiry, services
from apps.clients.lifecycle import Event, State, after
from apps.clients.models import Credential
from apps.clients.services.clients import lock
from apps.tenants.models import Tenant


def prune() -> int:
    """Remove access tokens given back that have run out by themselves, and counts of failures gone by."""
    return access_tokens.prune() + brake.prune()


def settle() -> int:
    """Write down what has expired, so that a row says what its time already says."""
    now = timezone.now()
    settled = 0
    for state, event in ((State.RETIRING, Event.FINISH), (State.PENDING, Event.TIME_OUT)):
        lapsed = Credential.objects.filter(state=state, ends__lte=now)
        for credential in lapsed.select_related("client"):
            # The client first, as everybody who writes what is its own (`standing`).
            with transaction.atomic():
                lock(credential.client)
                settled += lapsed.filter(pk=credential.pk).update(state=after(state, event))
    return settled


def remove_abandoned_channels() -> int:
    """Delete channels that nobody confirmed in time, and the answers of wizards that nobody went on with."""
    tenants = Tenant.objects.filter(api_clients__kind="channel", api_clients__deleted_at=None).distinct()
    removed = sum(services.remove_abandoned(tenant=tenant, actor=WORKER) for tenant in tenants)
    return removed + services.remove_old_drafts()


def warn_of_expiry() -> int:
    """Tell administrators of clients that expire in 30, 7 or 1 days, once each."""
    return expiry.warn_all()
