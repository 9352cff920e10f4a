"""The menu as data, in the groups of the product's words. A page that does not exist yet is left out.

A new page joins the menu by a line here: its label, the name of its address, an icon, and who sees it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from django.urls import NoReverseMatch, reverse

from apps.tenants.access import Access


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the menu.

    `customers` opens it to customer users, `members` shows it to everybody else; `right` names the property of the
    access that it needs.
    """

    label: str
    url_name: str
    icon: str = ""
    customers: bool = False
    members: bool = True
    right: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An entry for one tenant: with its address, and whether it is the page that is open."""

    label: str
    url: str
    icon: str
    depth: int
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Links under a title."""

    title: str
    links: tuple[Link, ...]

    @property
    def key(self) -> str:
        """The title as part of an id."""
        return self.title.lower().replace(" ", "-") or "top"


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("Dashboard", "portal:dashboard", "home", customers=True),)),
    ("Transport", (Entry("Consignments", "orders:consignments", "truck", customers=True),)),
    (
        "Warehouse",
        (
            Entry("Orders", "orders:list", "clipboard-document-list", customers=True),
            Entry("Inbound Orders", "orders:inbound_list", "inbox-arrow-down", customers=True),
            Entry("Products", "orders:products", "cube", customers=True),
            Entry("Promotions", "orders:promotions", "tag"),
            Entry("Warehouses", "tenants:warehouses", "building-storefront"),
        ),
    ),
    (
        "Reports",
        (
            Entry("API Client Usage", "billing:usage_report", "chart-bar"),
            Entry("Statements", "billing:statements", "document-text"),
            Entry("Request log", "usage:calls", "queue-list", customers=True),
        ),
    ),
    (
        "Contacts",
        (
            Entry("Customers", "customers:list", "users", customers=True),
            Entry("API Clients", "clients:list", "key"),
        ),
    ),
    (
        "Settings",
        (
            Entry("Channel Integration", "clients:channels", "arrows-right-left"),
            Entry("Shop Integrations", "clients:tokens", "shopping-bag"),
            Entry("API", "clients:tokens", depth=1),
            Entry("Token Management", "clients:tokens", depth=2),
            Entry("API Integration", "clients:access_tokens", "puzzle-piece"),
            Entry("Gateway", "developer:gateway", "shield-check"),
            Entry("Webhooks", "webhooks:list", "bolt"),
            Entry("Deliveries", "webhooks:deliveries", "bolt", customers=True, members=False),
            Entry("Members", "tenants:members", "user-group"),
        ),
    ),
    (
        "More",
        (
            Entry("Organisation Settings", "tenants:organisation", "building-office"),
            Entry("Audit", "portal:audit", "shield-check"),
            Entry("Help", "portal:help", "lifebuoy", customers=True),
        ),
    ),
)

QUICK_ADD: tuple[Entry, ...] = (
    Entry("API client", "clients:add", "key", right="may_manage"),
    Entry("Customer", "customers:add", "users", right="may_edit"),
    Entry("Order", "orders:add", "clipboard-document-list", right="may_edit"),
    Entry("Product", "orders:product_add", "cube", right="may_edit"),
)


@cache
def address(url_name: str) -> str | None:
    """The address of a page with a placeholder for the tenant, or None if there is no such page."""
    try:
        return reverse(url_name, kwargs={"tenant_slug": "0"})
    except NoReverseMatch:
        return None


def tenant_url(url_name: str, slug: str) -> str:
    """The address of a tenant's page, or nothing if there is no such page."""
    path = address(url_name)
    return path.replace("/t/0/", f"/t/{slug}/", 1) if path else ""


def _links(entries: Sequence[Entry], access: Access) -> Iterator[Link]:
    for entry in entries:
        url = tenant_url(entry.url_name, access.tenant.slug)
        audience = entry.customers if access.is_customer_user else entry.members
        if not url or not audience:
            continue
        if not entry.right or getattr(access, entry.right):
            yield Link(entry.label, url, entry.icon, entry.depth)


def _open_link(groups: Sequence[Group], path: str) -> Link | None:
    """The link whose address is the longest beginning of the path, the innermost of equal ones."""
    home = min((link.url for group in groups for link in group.links), key=len, default="")
    found = [
        link
        for group in groups
        for link in group.links
        if path == link.url or (link.url != home and path.startswith(link.url))
    ]
    return max(found, key=lambda link: (len(link.url), link.depth), default=None)


def menu(access: Access, path: str) -> list[Group]:
    """The groups that this person sees, with the open page marked."""
    groups = [Group(title, tuple(_links(entries, access))) for title, entries in MENU]
    opened = _open_link(groups, path)
    return [
        Group(group.title, tuple(replace(link, is_current=link == opened) for link in group.links))
        for group in groups
        if group.links
    ]


def quick_add(access: Access) -> list[Link]:
    """What "+ Quick Add" offers this person."""
    return list(_links(QUICK_ADD, access)) if not access.is_customer_user else []
