"""`/components/` (DEBUG only): every part of the design system on one page, for whoever carries on."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import fragments
from apps.core.charts import Bar
from apps.core.fields import AsciiDecimalField, PlainTextField
from apps.core.forms import Checkboxes, Choice, Radios, Switch
from apps.core.states import LOOKS
from apps.tenants.access import enter
from apps.tenants.models import Membership

SERIES = ("Live", "Sandbox")


class SampleForm(forms.Form):
    """One field of every sort."""

    name = PlainTextField(max_length=60, help_text="What the client is for, such as the name of the ERP.")
    customers = forms.MultipleChoiceField(
        widget=Checkboxes,
        choices=[
            ("1", Choice("Aurora Roasters")),
            ("2", Choice("Aurora Roasters Sandbox", mark="SANDBOX")),
            ("3", Choice("Bluewater Teas")),
        ],
        help_text="The client reaches the orders and products of these customers.",
    )
    roles = forms.ChoiceField(
        label="API Roles",
        widget=Radios,
        choices=[
            ("full", Choice("API Full Access", "Everything, endpoints yet to come included.")),
            ("wms", Choice("WMS Create Jobs", "Warehouse orders: create, read and cancel.")),
            ("tms", Choice("TMS Create Jobs", "Consignments: create, read and quote.")),
        ],
    )
    weight = AsciiDecimalField(
        label="Package weight (kg)", required=False, help_text="Filled in where an order leaves it out."
    )
    zone = forms.ChoiceField(
        label="Time zone", choices=[("b", "Australia/Brisbane"), ("a", "Pacific/Auckland")]
    )
    note = forms.CharField(widget=forms.Textarea, required=False)
    is_active = forms.BooleanField(label="Status", widget=Switch, required=False, initial=True)
    understood = forms.BooleanField(label="I understand that the Client Secret is shown once")


def _context(request: HttpRequest, form: SampleForm) -> dict[str, Any]:
    now = timezone.now()
    days = ["Mon 16", "Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22"]
    calls = [(812, 90), (1204, 40), (980, 0), (1450, 210), (760, 0), (120, 0), (64, 12)]
    return {
        "title": "Components",
        "form": form,
        "states": list(LOOKS),
        "tab_items": [("Organisation", "#"), ("Warehouses", "#"), ("Plan", "#")],
        "step_names": ["Name", "Configuration", "Webhook", "Credentials"],
        "bars": [Bar(day, parts) for day, parts in zip(days, calls, strict=True)],
        "series": SERIES,
        "names": ["ERP", "Web shop", "Warehouse robots"],
        "trend": [3, 5, 4, 9, 12, 8, 14, 18, 15, 22, 19, 26],
        "page": Paginator(range(1240), 50).get_page(request.GET.get("page")),
        "moment": now - timedelta(minutes=7),
        "uuid": "3f0b6c1e-8a55-4f0c-9d57-6a0e5d0f6a11",
    }


def _enter_first_tenant(request: HttpRequest) -> None:
    """Show the menu of one of the person's organisations around the page, if there is one."""
    if request.user.is_authenticated:
        membership = Membership.objects.select_related("tenant").filter(user=request.user).first()
        if membership:
            request.access = enter(request, membership.tenant.slug)  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def components(request: HttpRequest) -> HttpResponse:
    """The page; its form answers a POST with what is wrong, as 422."""
    _enter_first_tenant(request)
    form = SampleForm(request.POST or None)
    context = _context(request, form)
    if request.method == "POST" and not form.is_valid():
        return fragments.render_invalid(request, "portal/components.html", context, partial="form")
    return fragments.render_page(request, "portal/components.html", context, partial="rows")


@require_GET
def dialog(request: HttpRequest, kind: str) -> HttpResponse:
    """A dialog, or the same as a page."""
    if kind not in ("generate", "revoke"):
        raise Http404
    _enter_first_tenant(request)
    context = {"title": "Generate Credentials" if kind == "generate" else "Revoke the token", "kind": kind}
    return fragments.render_page(request, "portal/components_dialog.html", context, partial="dialog")


@require_GET
def error(request: HttpRequest, status: str) -> HttpResponse:
    """An error page with sample content, to look at."""
    _enter_first_tenant(request)
    access = getattr(request, "access", None)
    context = {
        "missing": ["Administrator", "Allow this user to edit other users"],
        "administrators": [access.membership] if access else [],
    }
    return fragments.render_page(request, f"errors/{status}.html", context)


app_name = "components"
urlpatterns: list[URLPattern] = [
    path("", components, name="page"),
    path("dialog/<slug:kind>/", dialog, name="dialog"),
    path("error/<slug:status>/", error, name="error"),
]
