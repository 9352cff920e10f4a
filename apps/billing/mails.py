"""What billing tells people by mail: never a secret, always where to look."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from apps.billing.bills import Bill
from apps.core.weeks import Week
from apps.tenants.models import Role, Tenant
from apps.tenants.selectors import members


def administrators(tenant: Tenant) -> list[str]:
    """The addresses of a tenant's administrators."""
    rows = members(tenant).filter(role=Role.ADMINISTRATOR, user__is_active=True)
    return list(rows.values_list("user__email", flat=True))


def statement_closed(tenant: Tenant, bill: Bill) -> None:
    """Tell the administrators what a week came to."""
    path = reverse("billing:statement", args=[tenant.slug, bill.monday.isoformat()])
    lines = [
        bill.sentence,
        *([f"Late calls of earlier weeks: {bill.adjusted}."] if bill.adjustments else []),
        *(f"Credit: {bill.money(credit.amount_minor)}. {credit.reason}" for credit in bill.credits),
        *([f"In total: {bill.total}."] if bill.adjustments or bill.credits else []),
        "",
        f"The statement of {tenant.name}: {settings.BASE_URL}{path}",
    ]
    subject = f"{tenant.name}: API calls of the week of {bill.monday:%d %b %Y}, {bill.total}"
    send_mail(subject, "\n".join(lines), None, administrators(tenant))


def cap_reached(tenant: Tenant, cap: int, week: Week) -> None:
    """Tell the administrators that calls are answered 429 until the week ends."""
    path = reverse("billing:cap", args=[tenant.slug])
    ends = week.end.astimezone(week.zone)
    lines = [
        f"This week's calls have reached the cap of {cap:,} that your organisation has set.",
        f"Calls are answered 429 (Too Many Requests) until {ends:%d %b %Y %H:%M} ({week.zone}), at no cost.",
        "",
        f"Raise the cap or remove it, and calls go on within seconds: {settings.BASE_URL}{path}",
    ]
    subject = f"{tenant.name}: API calls are stopped by your weekly cap"
    send_mail(subject, "\n".join(lines), None, administrators(tenant))


def threshold_reached(tenant: Tenant, bill: Bill, percent: int) -> None:
    """Tell the administrators how much of the running week's allowance is used."""
    path = reverse("billing:usage_report", args=[tenant.slug])
    lines = [
        f"{bill.price.billable:,} of the {bill.price.included:,} included calls of this week are used.",
        f"Each call above them costs {bill.money(bill.price.price_minor)}.",
        *([f"Calls stop at your weekly cap of {tenant.call_cap:,}."] if tenant.call_cap is not None else []),
        "",
        f"What the calls are: {settings.BASE_URL}{path}",
    ]
    subject = f"{tenant.name}: {percent} % of this week's API calls are used"
    send_mail(subject, "\n".join(lines), None, administrators(tenant))
