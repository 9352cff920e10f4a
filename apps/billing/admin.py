"""Billing at the support desk: statements to read, credits to give, plans to change once their effect was shown."""

import hashlib
import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse

from apps.audit import actors
from apps.billing.credits import give_credit
from apps.billing.models import Adjustment, Credit, CreditLine, Statement, StatementLine
from apps.billing.plan_preview import Effect, effects_of_plan
from apps.core.fields import AsciiDecimalField, PlainTextField
from apps.core.money import Money
from apps.tenants.admin import PlanAdmin
from apps.tenants.models import Plan, Tenant
from apps.tenants.organisations import PLAN_FIELDS

MOST_CREDIT = Decimal(1_000_000)


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Closing a week makes statements, nobody else."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A closed statement never changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """A closed statement stays."""
        return False


class LineInline(_ReadOnly, admin.TabularInline):
    """Each client's part."""

    model = StatementLine
    extra = 0


class AdjustmentInline(_ReadOnly, admin.TabularInline):
    """Late calls of earlier weeks."""

    model = Adjustment
    fk_name = "statement"
    extra = 0


class CreditLineInline(_ReadOnly, admin.TabularInline):
    """Credits that stand on the statement."""

    model = CreditLine
    extra = 0
    fields = ("amount", "reason", "given_by", "given_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the credits along."""
        return super().get_queryset(request).select_related("credit__tenant")

    @admin.display(description="Amount")
    def amount(self, line: CreditLine) -> str:
        """The amount with its currency."""
        return str(Money(line.credit.amount_minor, line.credit.currency))

    @admin.display(description="Reason")
    def reason(self, line: CreditLine) -> str:
        """Why."""
        return line.credit.reason

    @admin.display(description="Given by")
    def given_by(self, line: CreditLine) -> str:
        """Who."""
        return line.credit.given_by

    @admin.display(description="Given")
    def given_at(self, line: CreditLine) -> Any:
        """When."""
        return line.credit.given_at


@admin.register(Statement)
class StatementAdmin(_ReadOnly, admin.ModelAdmin):
    """Look a statement up."""

    list_display = (
        "tenant",
        "monday",
        "included",
        "billable",
        "excess",
        "charge_minor",
        "adjusted_minor",
        "credited_minor",
        "currency",
    )
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug", "=digest")
    date_hierarchy = "monday"
    inlines = (LineInline, AdjustmentInline, CreditLineInline)


class CreditForm(forms.ModelForm):
    """How much a tenant gets back, and why."""

    amount = AsciiDecimalField(
        min_value=Decimal("0.01"),
        max_value=MOST_CREDIT,
        help_text="In the tenant's currency, such as 12.50. It comes off the statement that is closed next.",
    )
    reason = PlainTextField(
        max_length=300, help_text="The tenant reads it on the statement, and it goes into the record."
    )
    # Not by the name of the column, which is unique: the same form sent twice is no error.
    once = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    class Meta:
        model = Credit
        fields = ("tenant", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse a fraction of the smallest coin."""
        data = super().clean() or {}
        tenant, amount = data.get("tenant"), data.get("amount")
        if tenant and amount is not None:
            try:
                data["money"] = Money.of(amount, tenant.currency)
            except ValueError as error:
                raise ValidationError({"amount": str(error)}) from None
        return data


@admin.register(Credit)
class CreditAdmin(_ReadOnly, admin.ModelAdmin):
    """Give credits and look them up; one that was given stays as it is."""

    list_display = ("tenant", "amount_shown", "reason", "given_by", "given_at", "statement")
    list_select_related = ("tenant", "line__statement")
    search_fields = ("tenant__name", "tenant__slug", "reason")
    # Not autocomplete, whose field is empty for those without JavaScript.
    raw_id_fields = ("tenant",)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Support staff with this right give credits."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_form(
        self, request: HttpRequest, obj: Credit | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Ask for an amount where one is given, and show the row where one was."""
        return super().get_form(request, obj, change, **(kwargs if obj else {**kwargs, "form": CreditForm}))

    def get_fields(self, request: HttpRequest, obj: Credit | None = None) -> tuple[str, ...]:
        """What is asked for, and what was given."""
        if obj is None:
            return ("tenant", "amount", "reason", "once")
        return ("tenant", "amount_shown", "reason", "given_by", "given_at", "statement")

    def get_readonly_fields(self, request: HttpRequest, obj: Credit | None = None) -> tuple[str, ...]:
        """Nothing of a credit is changed."""
        return self.get_fields(request, obj) if obj else ()

    @admin.display(description="Amount")
    def amount_shown(self, credit: Credit) -> str:
        """The amount with its currency."""
        return str(Money(credit.amount_minor, credit.currency))

    @admin.display(description="Statement")
    def statement(self, credit: Credit) -> str:
        """Which statement it stands on."""
        line = CreditLine.objects.filter(credit=credit).select_related("statement").first()
        return str(line.statement) if line else "the one closed next"

    def save_model(self, request: HttpRequest, obj: Credit, form: forms.BaseForm, change: bool) -> None:
        """Give the credit by the service."""
        data = form.cleaned_data
        given = give_credit(
            tenant=data["tenant"],
            amount=data["money"],
            reason=data["reason"],
            form_key=data["once"],
            actor=actors.person(request),
        )
        obj.pk, obj._state.adding = given.pk, False


class PlanForm(forms.ModelForm):
    """A plan that is saved once its effect was shown: `seen` says for which figures it was."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    effects: list[Effect] = []
    actor: actors.Actor

    def clean(self) -> dict[str, Any]:
        """Hold the first attempt back, and any whose figures differ from those that were shown."""
        data = super().clean() or {}
        tenant = data.get("tenant") or getattr(self.instance, "tenant", None)
        valid_from = data.get("valid_from") or self.instance.valid_from
        figures = {field: data.get(field) for field in PLAN_FIELDS}
        if self.errors or not isinstance(tenant, Tenant) or valid_from is None:
            return data
        said = json.dumps([str(tenant.pk), str(valid_from), figures], sort_keys=True)
        digest = hashlib.sha256(said.encode()).hexdigest()
        if data.get("seen") != digest:
            self.effects = effects_of_plan(tenant=tenant, valid_from=valid_from, actor=self.actor, **figures)
            # Plain values: no field of the form takes more than one.
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": digest}
            raise ValidationError("Nothing is saved yet. Look at what the change does, then save again.")
        return data


admin.site.unregister(Plan)


@admin.register(Plan)
class PreviewedPlanAdmin(PlanAdmin):
    """Plans, each change of which is shown with its effect on the running week before it is saved."""

    form = PlanForm
    fields = ("tenant", "valid_from", *PLAN_FIELDS, "seen")  # type: ignore[assignment]  # one more than its base
    change_form_template = "admin/billing/plan_form.html"

    def get_form(
        self, request: HttpRequest, obj: Plan | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Tell the form who asks."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.actor = actors.person(request)
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the effect above the form."""
        context["effects"] = context["adminform"].form.effects
        return super().render_change_form(request, context, *args, **kwargs)
