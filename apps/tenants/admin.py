"""Organisations at the support desk. Every write goes through the services, which record it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest

from apps.audit import actors
from apps.core.fields import PlainTextField
from apps.tenants import services
from apps.tenants.models import Invitation, Membership, Plan, Role, Tenant, Warehouse
from apps.tenants.organisations import ORGANISATION_FIELDS, PLAN_FIELDS


class DeskAdmin(admin.ModelAdmin):
    """Looks up, and changes only what a subclass says."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added at the desk unless a subclass says so."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing is deleted at the desk: what was stays readable."""
        return False


class TenantForm(forms.ModelForm):
    """The account manager and the name, and whether the organisation is suspended, with a reason."""

    suspended = forms.BooleanField(
        required=False, help_text="Stops all of the organisation's API clients at once."
    )
    reason = PlainTextField(
        required=False, max_length=300, help_text="Why it is suspended or let go on. Goes into the record."
    )

    class Meta:
        model = Tenant
        fields = ORGANISATION_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["suspended"].initial = self.instance.suspended_at is not None

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where one is owed."""
        data = super().clean() or {}
        if "suspended" in self.changed_data and not data.get("reason"):
            raise ValidationError({"reason": "Say why."})
        return data


@admin.register(Tenant)
class TenantAdmin(DeskAdmin):
    """Look an organisation up, name its account manager, suspend it."""

    form = TenantForm
    list_display = ("name", "slug", "zone", "currency", "suspended_at", "created")
    search_fields = ("name", "slug", "=id")
    readonly_fields = ("id", "slug", "zone", "currency", "call_cap", "suspended_at", "created")
    fields = (*readonly_fields, *ORGANISATION_FIELDS, "suspended", "reason")

    def save_model(self, request: HttpRequest, obj: Tenant, form: forms.BaseForm, change: bool) -> None:
        """Write the fields that changed."""
        actor, data = actors.person(request), form.cleaned_data
        changed = {name: data[name] for name in form.changed_data if name in ORGANISATION_FIELDS}
        services.update_organisation(tenant=obj, actor=actor, **changed)
        services.set_suspended(tenant=obj, suspended=data["suspended"], reason=data["reason"], actor=actor)


@admin.register(Plan)
class PlanAdmin(DeskAdmin):
    """Read plans, and set the figures from a date on. A date that has a plan gets the new figures."""

    list_display = (
        "tenant",
        "valid_from",
        "consignments",
        "warehouse_orders",
        "token_limit",
        "api_integration",
    )
    search_fields = ("tenant__name", "tenant__slug")
    # Not autocomplete, whose field is empty for those without JavaScript.
    raw_id_fields = ("tenant",)
    fields = ("tenant", "valid_from", *PLAN_FIELDS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new date is a new row."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> tuple[str, ...]:
        """Keep what identifies a plan."""
        return ("tenant", "valid_from") if obj else ()

    def save_model(self, request: HttpRequest, obj: Plan, form: forms.BaseForm, change: bool) -> None:
        """Store the figures by the service; the row it gives is the one the page goes on with."""
        figures = {field: form.cleaned_data[field] for field in PLAN_FIELDS}
        plan = services.set_plan(
            tenant=obj.tenant, valid_from=obj.valid_from, actor=actors.person(request), **figures
        )
        obj.pk, obj._state.adding = plan.pk, False


@admin.register(Membership)
class MembershipAdmin(DeskAdmin):
    """Who is where, and with which right. Customers of customer users are chosen in the portal."""

    list_display = ("user", "tenant", "role", "can_edit_users", "created")
    list_filter = ("role", "can_edit_users")
    search_fields = ("user__email", "user__name", "tenant__name", "tenant__slug")
    list_select_related = ("user", "tenant")
    readonly_fields = ("id", "user", "tenant", "customer_ids", "created")
    fields = ("id", "user", "tenant", "role", "can_edit_users", "customer_ids", "created")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """Leave a customer user's membership to the portal, which knows the customers."""
        if obj and obj.role == Role.CUSTOMER:
            return (*self.readonly_fields, "role", "can_edit_users")
        return self.readonly_fields

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles that need no customers."""
        if db_field.name == "role":
            kwargs["choices"] = [choice for choice in Role.choices if choice[0] != Role.CUSTOMER]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Membership, form: forms.BaseForm, change: bool) -> None:
        """Change the rights by the service; say so where its rules refuse."""
        if not form.changed_data:
            return
        try:
            services.change_member(
                membership=obj,
                role=form.cleaned_data["role"],
                can_edit_users=form.cleaned_data["can_edit_users"],
                actor=actors.person(request),
            )
        except (services.LastManager, services.NotYourOwnRights) as error:
            messages.error(request, f"Not saved. {error}")


@admin.register(Invitation)
class InvitationAdmin(DeskAdmin):
    """Which invitations went out and what became of them. The link is known to nobody."""

    list_display = ("email", "tenant", "role", "created", "expires", "accepted_at", "withdrawn_at")
    search_fields = ("email", "tenant__name", "tenant__slug")
    fields = ("id", "tenant", "email", "role", "can_edit_users", "customer_ids", "created", "expires")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Look only."""
        return False


@admin.register(Warehouse)
class WarehouseAdmin(DeskAdmin):
    """Look a warehouse up, stop it from taking orders or let it."""

    list_display = ("name", "tenant", "is_active", "is_default", "city", "country")
    list_filter = ("is_active",)
    search_fields = ("name", "=id", "tenant__name", "tenant__slug")
    fields = (
        "id",
        "tenant",
        "name",
        "is_active",
        "is_default",
        "address1",
        "city",
        "state",
        "postcode",
        "country",
    )
    readonly_fields = tuple(field for field in fields if field != "is_active")

    def save_model(self, request: HttpRequest, obj: Warehouse, form: forms.BaseForm, change: bool) -> None:
        """Set the state by the service."""
        services.set_warehouse_active(
            warehouse=obj, is_active=form.cleaned_data["is_active"], actor=actors.person(request)
        )
