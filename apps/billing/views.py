"""Reports: API Client Usage, the weekly statements, and the live meter of the running week."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.billing import reports
from apps.billing.bills import bill_of_week
from apps.billing.caps import set_cap
from apps.billing.converters import DateConverter
from apps.billing.forms import CapForm
from apps.billing.models import Statement
from apps.clients.models import ApiClient
from apps.core import csvfile
from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.core.paging import page_of
from apps.core.weeks import Week
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.zones import Calendar


@require_safe
@tenant_page(Need.VIEW)
def usage_report(request: TenantRequest) -> HttpResponse:
    """API Client Usage: what the API was used for in a week."""
    tenant = request.access.tenant
    calendar = Calendar(tenant)
    week, client = _chosen_week(request, calendar), _chosen_client(request)
    context = reports.usage_context(tenant, calendar, week, client.pk if client else None)
    context |= {
        "title": "API Client Usage",
        "monday": (monday := calendar.monday(week)),
        "mondays": reports.mondays_offered(tenant, calendar, monday),
        "client": client,
        "choices": reports.clients_offered(request.access, client),
        **_neighbours(calendar, week),
    }
    return render_page(request, "billing/usage_report.html", context)


@require_safe
@tenant_page(Need.VIEW)
def usage_export(request: TenantRequest) -> StreamingHttpResponse:
    """The report as CSV, in parts that add up."""
    tenant = request.access.tenant
    calendar = Calendar(tenant)
    week, client = _chosen_week(request, calendar), _chosen_client(request)
    rows = reports.export_rows(tenant, week, client.pk if client else None)
    name = f"usage-{tenant.slug}-{calendar.monday(week)}.csv"
    return csvfile.stream(rows, reports.EXPORT_HEADER, name)


@require_safe
@tenant_page(Need.VIEW)
def statement_list(request: TenantRequest) -> HttpResponse:
    """Every closed week, and the one that runs."""
    tenant = request.access.tenant
    calendar = Calendar(tenant)
    running = bill_of_week(tenant, calendar.week_containing(timezone.now()), calendar, with_lines=False)
    page = page_of(Statement.objects.of(tenant).newest_first(), request)
    rows = [(statement, running.money(statement.total_minor)) for statement in page]
    context = {"title": "Statements", "running": running, "page": page, "rows": rows}
    context |= {
        "open": reports.open_rows(tenant, calendar),
        "waiting": reports.waiting_lines(tenant, running),
        "cap": reports.cap_of(tenant),
    }
    return render_page(request, "billing/statements.html", context)


@require_safe
@tenant_page(Need.VIEW)
def statement_page(request: TenantRequest, monday: date) -> HttpResponse:
    """One week: a sentence, a sum, a chart, and each client's part."""
    tenant = request.access.tenant
    calendar = Calendar(tenant)
    week = _week_called(calendar, monday)
    context = reports.statement_context(tenant, bill_of_week(tenant, week, calendar))
    context |= {"title": f"Week of {monday.day} {monday:%B %Y}", "monday": monday}
    return render_page(request, "billing/statement.html", context | _neighbours(calendar, week))


@require_safe
@tenant_page(Need.VIEW)
def statement_export(request: TenantRequest, monday: date) -> StreamingHttpResponse:
    """A statement's lines as CSV: one a client and one for each week that late calls belong to."""
    tenant = request.access.tenant
    calendar = Calendar(tenant)
    bill = bill_of_week(tenant, _week_called(calendar, monday), calendar)
    rows: list[tuple[object, ...]] = [
        ("calls", line.client_id, line.name, line.billable, str(bill.money(line.charge_minor).amount))
        for line in bill.lines
    ]
    rows += [
        ("late calls", "", f"week of {late.week}", late.calls, str(bill.money(late.charge_minor).amount))
        for late in bill.adjustments
    ]
    rows += [
        ("credit", "", credit.reason, "", str(-bill.money(credit.amount_minor).amount))
        for credit in bill.credits
    ]
    header = ("line", "client_id", "client", "billable", f"charge {bill.currency}")
    return csvfile.stream(rows, header, f"statement-{tenant.slug}-{monday}.csv")


@require_safe
@tenant_page(Need.VIEW)
def meter_panel(request: TenantRequest) -> HttpResponse:
    """The live meter of the running week; the dashboard and the client form show it as a panel."""
    context = reports.meter_context(request.access.tenant) | {"title": "This week"}
    return render_page(request, "billing/meter_panel.html", context, partial="panel")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def cap(request: TenantRequest) -> HttpResponse:
    """The weekly cap: at how many calls the API answers 429, or never."""
    tenant = request.access.tenant
    form = CapForm(request.POST or None, initial={"calls": tenant.call_cap})
    context = {"title": "Weekly cap", "form": form, **reports.meter_context(tenant)}
    if request.method != "POST":
        return render_page(request, "billing/cap.html", context)
    if not form.is_valid():
        return render_invalid(request, "billing/cap.html", context)
    set_cap(tenant=tenant, calls=form.cleaned_data["calls"], actor=request.access.actor)
    messages.success(request, "Saved.")
    return redirect_to(request, reverse("billing:usage_report", args=[tenant.slug]))


def _chosen_week(request: TenantRequest, calendar: Calendar) -> Week:
    """The week that the address asks for: the running one by default."""
    text = request.GET.get("week", "")
    if not text:
        return calendar.week_containing(timezone.now())
    try:
        # Python would also take 20260928 and 2026-W40-1.
        if not re.fullmatch(DateConverter.regex, text):
            raise ValueError
        return calendar.week_called(date.fromisoformat(text))
    except (ValueError, ValidationError):
        raise BadRequest("A week is named by the date of its Monday, such as 2026-09-28.") from None


def _chosen_client(request: TenantRequest) -> ApiClient | None:
    """The client that the address asks for, deleted ones included: their calls stay."""
    text = request.GET.get("client", "")
    if not text:
        return None
    try:
        key = UUID(text)
    except ValueError:
        raise BadRequest("This is not the id of an API client.") from None
    client: ApiClient | None = ApiClient.objects.of(request.access.tenant).filter(pk=key).first()
    if client is None:
        raise Http404
    return client


def _week_called(calendar: Calendar, monday: date) -> Week:
    """The week of an address; one that has not begun has no page."""
    try:
        week = calendar.week_called(monday)
    except ValidationError:
        raise Http404 from None
    if week.start > timezone.now():
        raise Http404
    return week


def _neighbours(calendar: Calendar, week: Week) -> dict[str, Any]:
    """The Mondays of the week before and, unless it has not begun, of the week after."""
    following = calendar.week_containing(week.end)
    return {
        "previous": calendar.monday(calendar.week_before(week)),
        "next": calendar.monday(following) if following.start <= timezone.now() else None,
    }
