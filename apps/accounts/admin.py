"""People at the support desk. A password is never typed here: the person gets a link."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.models import User
from apps.audit import actors


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Look a person up, stop them from signing in, make them support staff."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name", "=id")
    fields = ("id", "email", "name", "is_active", "is_staff", "is_superuser", "last_login", "date_joined")
    readonly_fields = ("id", "last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Keep the address of an account as it is: it is the login, and invitations were sent to it."""
        return (*self.readonly_fields, "email") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are deactivated: what they did stays theirs."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.BaseForm, change: bool) -> None:
        """Write through the services, which record it."""
        data = form.cleaned_data
        if change:
            services.update_person(
                obj, actor=actors.person(request), **{name: data[name] for name in form.changed_data}
            )
            return
        created = services.create_person(
            email=data["email"],
            name=data["name"],
            password=None,
            actor=actors.person(request),
            is_staff=data["is_staff"],
        )
        obj.pk, obj._state.adding = created.pk, False
