"""/t/<slug>/settings/gateway/: the route rules of a tenant, and what a method and a path would need."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.clients import services
from apps.clients.forms import RuleForm, TestForm
from apps.clients.forms.fields import take_over
from apps.clients.models import GatewayRule
from apps.core.fragments import redirect_to, render_invalid, render_page
from apps.partner_api import rulings
from apps.partner_api.answers import ApiError
from apps.tenants.access import Need, TenantRequest, tenant_page
from apps.usage.selectors import calls_of_endpoint

_WORDS = {
    "not_canonical": "The path is not canonical, so it is refused whatever the rules say: an API may read “..”, “//” "
    "or an encoded slash as another path than the one that was checked. It has to begin with a slash.",
    "wrong_tenant": "The path names another organisation's Tenant UUID, so it is refused.",
    "no_rule": "No rule names this method and path, so it is refused. Add a rule to open it.",
}


@require_safe
@tenant_page(Need.VIEW)
def rule_list(request: TenantRequest) -> HttpResponse:
    """Every rule, and the box that says what a method and a path would need."""
    form = TestForm(request.GET if "path" in request.GET else None)
    context = {
        "title": "Gateway",
        "rules": GatewayRule.objects.of(request.access.tenant),
        "form": form,
        "most": services.MOST_RULES,
    }
    if not form.is_bound:
        return render_page(request, "partner_api/gateway.html", context, partial="verdict")
    if not form.is_valid():
        return render_invalid(request, "partner_api/gateway.html", context, partial="verdict")
    context["verdict"] = _verdict(request, form.cleaned_data["method"], form.cleaned_data["path"])
    return render_page(request, "partner_api/gateway.html", context, partial="verdict")


def _verdict(request: TenantRequest, method: str, path: str) -> dict[str, Any]:
    try:
        ruling = rulings.rule(request.access.tenant.pk, method, path)
    except ApiError as error:
        return {"refused": _WORDS[error.reason]}
    return {"ruling": ruling}


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def rule_add(request: TenantRequest) -> HttpResponse:
    """Open a route to some roles."""
    return _form_page(request, None, "Add a rule")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def rule_edit(request: TenantRequest, rule_id: UUID) -> HttpResponse:
    """Change what a rule matches, or whom it opens to."""
    rule = request.access.fetch(GatewayRule, pk=rule_id)
    return _form_page(request, rule, f"Edit {rule}")


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page(Need.MANAGE)
def rule_delete(request: TenantRequest, rule_id: UUID) -> HttpResponse:
    """Say what deleting a rule breaks; its POST deletes it."""
    rule = request.access.fetch(GatewayRule.objects.select_related("tenant"), pk=rule_id)
    if request.method == "POST":
        services.delete_rule(rule=rule, actor=request.access.actor)
        messages.success(request, f"{rule} is deleted. What no other rule names is refused from now on.")
        return _to_list(request)
    calls = calls_of_endpoint(request.access.tenant, rule.endpoint)
    context = {"title": f"Delete {rule}?", "rule": rule, "use": calls}
    return render_page(request, "partner_api/gateway_delete.html", context, partial="dialog")


def _form_page(request: TenantRequest, rule: GatewayRule | None, title: str) -> HttpResponse:
    initial = {name: getattr(rule, name) for name in RuleForm.base_fields} if rule else None
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"title": title, "form": form}
    if request.method != "POST":
        return render_page(request, "partner_api/gateway_form.html", context)
    if form.is_valid() and _save(request, form, rule):
        return _to_list(request)
    return render_invalid(request, "partner_api/gateway_form.html", context)


def _save(request: TenantRequest, form: RuleForm, rule: GatewayRule | None) -> bool:
    """Store the form; put what the service refuses beside its field."""
    actor, data = request.access.actor, form.cleaned_data
    try:
        if rule is None:
            saved = services.create_rule(tenant=request.access.tenant, actor=actor, **data)
        else:
            saved = services.update_rule(rule=rule, actor=actor, **data)
    except ValidationError as error:
        take_over(form, error)
        return False
    messages.success(request, f"{saved} is saved. It holds from the next call on.")
    return True


def _to_list(request: TenantRequest) -> HttpResponse:
    return redirect_to(request, reverse("developer:gateway", args=[request.access.tenant.slug]))
