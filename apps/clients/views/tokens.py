"""Settings > API > Token Management (seed 001) and API Integration (seed 002)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.clients import selectors, services
from apps.clients.forms import AccessForm, BearerForm
from apps.clients.forms.fields import take_over
from apps.clients.models import ApiClient, Kind
from apps.clients.roles import USE_CASES, names_of
from apps.clients.services.tokens import DEFAULT_TOKEN_LIMIT
from apps.clients.views.shared import CONFLICT, conflict, posted, show_once, values_of
from apps.core import fragments
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.tenants.models import Warehouse
from apps.tenants.selectors import current_plan
from apps.usage import selectors as usage

OFFERED = 3
# How far back the list of orders goes (the Partner API's own addition for callers that only know bearer tokens).
ORDERS_REACH_DAYS = 60


@require_GET
@tenant_page(Need.VIEW)
def tokens(request: TenantRequest) -> HttpResponse:
    """The bearer tokens of the tenant, what they are, and how to integrate."""
    return _tokens_page(request, BearerForm())


@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def create_bearer(request: TenantRequest) -> HttpResponse:
    """Generate a bearer token, up to the plan's limit; the token is shown in the answer."""
    form = BearerForm(posted(request))
    if request.method != "POST" or not form.is_valid():
        return _tokens_page(request, form, fragments.UNPROCESSABLE if form.is_bound else 200)
    try:
        issued = services.create_bearer(
            tenant=request.access.tenant,
            actor=request.access.actor,
            name=form.cleaned_data["name"],
            roles=form.chosen_roles(),
            creation_key=form.cleaned_data["creation_key"],
        )
    except ValidationError as error:
        take_over(form, error)
        return _tokens_page(request, form, fragments.UNPROCESSABLE)
    except services.LimitReached as error:
        form.add_error(None, str(error))
        return _tokens_page(request, form, CONFLICT)
    except services.Outdated as error:
        return conflict(request, error)
    return show_once(request, issued, values_of(issued))


def _tokens_page(request: TenantRequest, form: BearerForm, status: int = 200) -> HttpResponse:
    tenant = request.access.tenant
    rows = _rows(request, list(selectors.bearer_tokens(tenant)))
    plan = current_plan(tenant)
    limit = plan.token_limit if plan else DEFAULT_TOKEN_LIMIT
    context = {
        "title": "Token Management",
        "form": form,
        "rows": rows,
        "used": len(rows),
        "limit": limit,
        "offered": _least_used(rows) if len(rows) >= limit else [],
        "use_cases": list(USE_CASES),
        "regions": settings.API_REGIONS,
        "has_store": Warehouse.objects.of(tenant).filter(is_active=True).exists(),
        "has_webhook": selectors.has_answering_webhook(tenant),
        "base_url": next(iter(settings.API_REGIONS.values()), settings.BASE_URL),
        "first_day": timezone.now().astimezone(ZoneInfo(tenant.zone)).date()
        - timedelta(days=ORDERS_REACH_DAYS),
    }
    return fragments.render_page(request, "clients/tokens.html", context, status=status)


@require_GET
@tenant_page(Need.VIEW)
def access_tokens(request: TenantRequest) -> HttpResponse:
    """The access tokens, or what the plan lacks for them."""
    return _access_page(request)


def _access_page(request: TenantRequest, status: int = 200) -> HttpResponse:
    found = list(ApiClient.objects.of(request.access.tenant).present().of_kind(Kind.ACCESS))
    context = {
        "title": "API Integration",
        "rows": _rows(request, found),
        "included": _has_api_integration(request),
    }
    return fragments.render_page(request, "clients/access_tokens.html", context, status=status)


def _has_api_integration(request: TenantRequest) -> bool:
    plan = current_plan(request.access.tenant)
    return plan is not None and plan.api_integration


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
@tenant_page(Need.MANAGE)
def create_access(request: TenantRequest) -> HttpResponse:
    """Create Access Token: username, password and permissions; the token is shown in the answer."""
    if not _has_api_integration(request):
        return _access_page(request, CONFLICT if request.method == "POST" else 200)
    form = AccessForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            issued = services.create_access(
                tenant=request.access.tenant,
                actor=request.access.actor,
                username=data["username"],
                password=data["password"] or None,
                roles=data["roles"],
                creation_key=data["creation_key"],
            )
        except ValidationError as error:
            take_over(form, error)
        except (services.Outdated, services.NotIncluded) as error:
            return conflict(request, error)
        else:
            return show_once(request, issued, values_of(issued))
    status = fragments.UNPROCESSABLE if form.is_bound else 200
    context = {"title": "Create Access Token", "form": form}
    return fragments.render_page(request, "clients/access_token_form.html", context, status=status)


def _least_used(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Which tokens to give up first: those that were never used, the oldest of them before, then by their last use."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: (row["last_used"] or never, row["client"].created))[:OFFERED]


def _rows(request: TenantRequest, found: list[ApiClient]) -> list[dict[str, Any]]:
    used = usage.last_used(request.access.tenant, [client.pk for client in found])
    return [
        {"client": client, "last_used": used.get(client.pk), "roles": names_of(client.roles)}
        for client in found
    ]
