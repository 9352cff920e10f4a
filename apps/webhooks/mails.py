"""Mails about endpoints that fail, to the tenant's administrators."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from apps.tenants.models import Membership, Role
from apps.webhooks.models import GIVE_UP_AFTER, DeliveryState, Endpoint
from apps.webhooks.words import moment


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
        "since": moment(endpoint.failing_since, tenant.zone) if endpoint.failing_since else "",
        "gives_up": moment(gives_up, tenant.zone) if gives_up else "",
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
