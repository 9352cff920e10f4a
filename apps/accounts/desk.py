"""The support desk: Django's admin behind allauth's sign-in, under our name."""

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

# Rights come from memberships and the staff flag, and the keys of second factors are nobody's to read.
HIDDEN = {"auth.group", "account.emailaddress", "account.emailconfirmation", "mfa.authenticator"}


class _Rows(ChangeList):
    """A list whose address holds a value that no database takes is shown again without it, as Django does elsewhere."""

    def get_results(self, request: HttpRequest) -> None:
        """Count and fetch the rows."""
        try:
            super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class _Filtered:
    """Rows can be narrowed by the filters that the page offers and by no other column.

    Django lets the address name any column of the model: `password__startswith` would spell a hash letter by letter.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether the address may narrow the list by this."""
        offered = [field for field in self.list_filter if isinstance(field, str)]  # type: ignore[attr-defined]
        if self.date_hierarchy:  # type: ignore[attr-defined]
            offered.append(self.date_hierarchy)  # type: ignore[attr-defined]
        return any(lookup == field or lookup.startswith(f"{field}__") for field in offered)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list itself."""
        return _Rows


class SupportDesk(AdminSite):
    """Where support staff look things up. Limits, second factor and audit entries hold for its sign-in page too."""

    site_header = "Gatepass support"
    site_title = "Gatepass support"
    index_title = "Support desk"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one sign-in page."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out "view on site": nothing here has a page there, and it fails on ids that are no UUIDs."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Leave out what other packages register and nobody should read or change by hand."""
        given = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        shown: list[type[models.Model]] = [model for model in given if model._meta.label_lower not in HIDDEN]
        base = admin_class or ModelAdmin
        super().register(shown, type(base.__name__, (_Filtered, base), {}), **options)
