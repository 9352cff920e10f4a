"""What the worker does for webhooks from time to time: warns, disables, forgets. Each may run twice and anywhere."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.audit.actors import WORKER
from apps.webhooks import mails
from apps.webhooks.endpoints import disable
from apps.webhooks.models import (
    FINISHED,
    GIVE_UP_AFTER,
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    Event,
)

logger = logging.getLogger(__name__)

WATCH_SECONDS = 300.0
FORGET_SECONDS = 3600.0
WARN_AFTER_DAYS = (3, 1)
KEPT = timedelta(days=30)
BATCH = 500


def watch_endpoints() -> int:
    """Mail about endpoints that fail for 1 and 3 days, disable those that do for 5; return how many mails went out."""
    now = timezone.now()
    failing = Endpoint.objects.filter(state=EndpointState.ACTIVE).select_related("tenant")
    for endpoint in failing.filter(failing_since__lte=now - GIVE_UP_AFTER):
        disable(endpoint=endpoint, reason="No delivery succeeded for 5 days.", actor=WORKER)
    # Those that were disabled because their receiver answered 410 Gone are among them.
    disabled = Endpoint.objects.filter(state=EndpointState.DISABLED, days_warned__lt=GIVE_UP_AFTER.days)
    mailed = sum(_mail(endpoint, GIVE_UP_AFTER.days) for endpoint in disabled.select_related("tenant"))
    for days in WARN_AFTER_DAYS:
        due = failing.filter(failing_since__lte=now - timedelta(days=days), days_warned__lt=days)
        mailed += sum(_mail(endpoint, days) for endpoint in due)
    return mailed


def forget_old_events() -> int:
    """Delete events that were delivered or failed 30 days ago, and those held back for 30; return how many."""
    forgotten = 0
    while batch := _forget_some():
        forgotten += batch
    return forgotten


def _mail(endpoint: Endpoint, days: int) -> int:
    """Send the mail of that day once, whichever worker gets here first; after a failure it is tried again."""
    before = endpoint.days_warned
    this = Endpoint.objects.filter(pk=endpoint.pk)
    if not this.filter(days_warned=before).update(days_warned=days):
        return 0
    try:
        return mails.tell_administrators(endpoint, days, gives_up=endpoint.gives_up_at)
    except (OSError, SMTPException) as error:
        logger.warning("No mail could be sent about the endpoint %s: %s", endpoint.pk, error)
        this.filter(days_warned=days).update(days_warned=before)
        return 0


@transaction.atomic
def _forget_some() -> int:
    past = timezone.now() - KEPT
    mine = Delivery.objects.filter(event=OuterRef("pk"))
    on_the_way = mine.filter(
        Q(state__in=(DeliveryState.PENDING, DeliveryState.SENDING))
        | Q(state__in=FINISHED, finished_at__gte=past)
    )
    old = Event.objects.filter(~Exists(on_the_way), created__lt=past).order_by("pk")
    events = list(old.values_list("pk", flat=True)[:BATCH])
    if not events:
        return 0
    Attempt.objects.filter(delivery__event__in=events).delete()
    Delivery.objects.filter(event__in=events).delete()
    Event.objects.filter(pk__in=events).delete()
    return len(events)
