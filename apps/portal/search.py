""" "Search for anything": pages by their label in the menu, things by name, reference or the beginning of a UUID."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from apps.clients.models import ApiClient
from apps.core.names import name_key
from apps.customers.models import Customer
from apps.orders.models import Order, Product
from apps.portal import navigation
from apps.tenants.access import Access
from apps.tenants.models import Warehouse

PER_KIND = 8
_HEX = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: what it is, its name, where it is."""

    kind: str
    name: str
    url: str
    note: str = ""
    is_sandbox: bool = False


def find(access: Access, text: str) -> list[Finding]:
    """What the person may see and the text names, pages first."""
    text = text.replace("\x00", "").strip()[:200]
    if not text:
        return []
    return [*_pages(access, text), *_things(access, text)]


def link(url_name: str, *args: Any) -> str:
    """The address of a page, or nothing if it doesn't exist."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""


def _pages(access: Access, text: str) -> Iterator[Finding]:
    wanted, seen = name_key(text), set()
    for group in navigation.menu(access, ""):
        for entry in group.links:
            if wanted and wanted in name_key(entry.label) and (entry.label, entry.url) not in seen:
                seen.add((entry.label, entry.url))
                yield Finding("Page", entry.label, entry.url, group.title)


def _id_range(text: str) -> Q:
    """The rows whose UUID begins with the text; a range, so that the primary key's index answers on any database."""
    digits = text.lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return Q(pk__in=())
    return Q(pk__gte=UUID(digits.ljust(32, "0")), pk__lte=UUID(digits.ljust(32, "f")))


def _things(access: Access, text: str) -> Iterator[Finding]:
    slug, ids = access.tenant.slug, _id_range(text)
    named = Q(name__icontains=text) | ids
    for customer in Customer.objects.visible_to(access).filter(named | Q(code__iexact=text))[:PER_KIND]:
        url = link("customers:detail", slug, customer.pk)
        yield Finding("Customer", customer.name, url, customer.code, customer.is_sandbox)
    clients = ApiClient.objects.visible_to(access).filter(named | Q(client_id__iexact=text))
    for client in clients[:PER_KIND]:
        yield Finding("API client", client.name, link("clients:detail", slug, client.pk), client.client_id)
    orders = Order.objects.visible_to(access).select_related("customer")
    for order in orders.filter(Q(reference__istartswith=text) | Q(numeric_id=text) | ids)[:PER_KIND]:
        url = link("orders:detail", slug, order.pk)
        yield Finding("Order", order.reference, url, order.customer.name, order.customer.is_sandbox)
    products = Product.objects.visible_to(access).select_related("customer")
    for product in products.filter(named | Q(code__istartswith=text))[:PER_KIND]:
        note = f"{product.code}, {product.customer.name}"
        yield Finding("Product", product.name, link("orders:product", slug, product.pk), note)
    for warehouse in Warehouse.objects.visible_to(access).filter(named)[:PER_KIND]:
        yield Finding("Warehouse", warehouse.name, link("tenants:warehouses", slug), warehouse.city)
