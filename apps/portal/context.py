"""What every page of a tenant gets: the person's access, the menu, the organisations to switch to."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.portal import navigation
from apps.tenants.access import Access
from apps.tenants.models import Tenant


@dataclass
class Navigation:
    """The frame of a page; each part is worked out when the template asks for it, and once."""

    request: HttpRequest
    access: Access

    @property
    def tenant(self) -> Tenant:
        """The organisation whose page this is."""
        return self.access.tenant

    @property
    def role(self) -> str:
        """The person's role here, in words."""
        return self.access.membership.get_role_display()

    @cached_property
    def groups(self) -> list[navigation.Group]:
        """The menu."""
        return navigation.menu(self.access, self.request.path)

    @cached_property
    def quick_add(self) -> list[navigation.Link]:
        """What can be added from anywhere."""
        return navigation.quick_add(self.access)

    @property
    def home_url(self) -> str:
        """The Dashboard."""
        return f"/t/{self.tenant.slug}/"

    @property
    def search_url(self) -> str:
        """Where "Search for anything" leads, or nothing."""
        return navigation.tenant_url("portal:search", self.tenant.slug)

    @property
    def others(self) -> tuple[Tenant, ...]:
        """The person's other organisations."""
        return self.access.others


def navigation_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav` and `access` are None outside a tenant."""
    access = getattr(request, "access", None)
    return {
        "access": access,
        "nav": Navigation(request, access) if access else None,
        "version": settings.VERSION,
        "support_contacts": settings.SUPPORT_CONTACTS,
    }
