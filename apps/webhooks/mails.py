"""Mails about endpoints that fail, to the tenant's administrators."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from apps.tenants.models import Membership, Role
from apps.webhooks.models import GIVE_UP_AFTER, DeliveryState, Endpoint


def tell_administrators(endpoint: Endpoint, days: int, *, gives_up: datetime | None) -> int:
    """Mail each administrator of the endpoint's tenant; return how many mails were handed over.

    The URL stays out of it, since receivers keep secrets in theirs.
    """
    tenant = endpoint.tenant
    people = Membership.objects.filter(tenant=tenant, role=Role.ADMINISTRATOR, user__is_active=True)
    context = {
        "endpoint": endpoint,
        "tenant": tenant,
        "days": days,
        "disabled": days >= GIVE_UP_AFTER.days,
        "reason": endpoint.disabled_reason,
        "since": in_words(endpoint.failing_since, tenant.zone) if endpoint.failing_since else "",
        "gives_up": in_words(gives_up, tenant.zone) if gives_up else "",
        "waiting": endpoint.deliveries.filter(
            state__in=(DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.FAILED), event__is_test=False
        ).count(),
        "page": settings.BASE_URL + reverse("webhooks:detail", args=[tenant.slug, endpoint.pk]),
    }
    subject = " ".join(render_to_string("webhooks/email/failing_subject.txt", context).split())
    body = render_to_string("webhooks/email/failing.txt", context)
    mails = [
        EmailMessage(subject, body, to=[email])
        for email in people.order_by("user__email").values_list("user__email", flat=True)
    ]
    return get_connection().send_messages(mails) or 0 if mails else 0


def in_words(moment: datetime, zone: str) -> str:
    """A moment in a tenant's zone for plain text, such as "Wednesday 25 November 2026, 14:05 AEST"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}"
