"""Finding the products that the lines of an order name, in one query for each way to name them."""

from collections import defaultdict
from uuid import UUID

from apps.core.reading import Node, named
from apps.customers.models import Customer
from apps.orders.drafts import LineDraft
from apps.orders.models import Product, UnitOfMeasure

WAYS = ("id", "references.code", "references.barcode", "name")


def find_products(customer: Customer, lines: list[LineDraft]) -> None:
    """Set the product and unit of each line, and the fault of one that can't be filled.

    The first way that is given decides alone: a line with an unknown id and a known code is unknown.
    """
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for index, line in enumerate(lines):
        found = named(Node(line.sent), *WAYS)
        if found and isinstance(found[1].value, str):
            wanted[found[0]][index] = found[1].value
    for way, texts in wanted.items():
        products = _by(way, customer, set(texts.values()))
        for index, text in texts.items():
            lines[index].product = products.get(text)
    for line in lines:
        if line.product:
            line.unit = _unit(line.product, line.unit_sent)
        line.check()


def _by(way: str, customer: Customer, texts: set[str]) -> dict[str, Product]:
    rows = Product.objects.filter(customer=customer).select_related("customer").prefetch_related("units")
    match way:
        case "id":
            ids = {text: key for text in texts if (key := _uuid(text))}
            by_id = {product.pk: product for product in rows.filter(pk__in=ids.values())}
            return {text: by_id[key] for text, key in ids.items() if key in by_id}
        case "references.code":
            return {product.code: product for product in rows.filter(code__in=texts)}
        case "references.barcode":
            units = UnitOfMeasure.objects.filter(product__customer=customer, barcode__in=texts)
            product_ids = dict(units.values_list("barcode", "product_id"))
            by_id = {product.pk: product for product in rows.filter(pk__in=product_ids.values())}
            return {barcode: by_id[key] for barcode, key in product_ids.items()}
        case _:
            return {product.name: product for product in rows.filter(name__in=texts).order_by("-created")}


def _uuid(text: str) -> UUID | None:
    return Node(text).uuid()


def _unit(product: Product, code: str) -> UnitOfMeasure | None:
    wanted = code or product.default_unit
    return next((unit for unit in product.units.all() if unit.code == wanted), None)
