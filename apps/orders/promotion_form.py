"""The form of a promotion: which products, how much off, and when."""

from collections import defaultdict
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from apps.core.fields import AsciiDateField, AsciiDecimalField, AsciiIntegerField, PlainTextField
from apps.core.forms import Checkboxes
from apps.core.names import name_key
from apps.core.weeks import day_start
from apps.orders.forms import MAX_CHOICES, DocumentForm
from apps.orders.models import DiscountType, Product, Promotion
from apps.tenants.models import Tenant


class _ChosenField(forms.ModelMultipleChoiceField):
    """Products of several customers, by the customer's name."""

    def label_from_instance(self, obj: Any) -> str:
        """Say whose product it is."""
        return f"{obj.customer.label}: {obj}"


class _TypedField(PlainTextField):
    """Products by their codes, for those who have too many to choose from a list."""

    def __init__(self, rows: "QuerySet[Product]") -> None:
        super().__init__(
            label="Products",
            max_length=50_000,
            widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
            help_text="Codes, one a line; where several customers have it, after the customer's name and a colon.",
        )
        self.rows = rows

    def clean(self, value: Any) -> list[Product]:
        """The products that the lines name, each once; every line that names none, or several, is said."""
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        codes = {part for line in lines for part in (line, line.partition(": ")[2])}
        known: dict[str, list[Product]] = defaultdict(list)
        for product in self.rows.filter(code__in=codes):
            known[product.code].append(product)
        found = {line: _named(line, known) for line in lines}
        faults = [
            f"{line[:80]}: {'several customers have it' if products else 'there is no such active product'}."
            for line, products in found.items()
            if len(products) != 1
        ]
        if faults:
            raise ValidationError([ValidationError(fault, code="invalid") for fault in faults[:10]])
        return list({product.pk: product for (product,) in found.values()}.values())


def _named(line: str, known: dict[str, list[Product]]) -> list[Product]:
    customer, _, code = line.partition(": ")
    with_name = [product for product in known[code] if product.customer.name_key == name_key(customer)]
    return with_name or known[line]


def _typed(product: Product) -> str:
    return f"{product.customer.name}: {product.code}"


class PromotionForm(DocumentForm):
    """A promotion. Times are in the organisation's zone."""

    name = PlainTextField(label="Name", max_length=120)
    products = _ChosenField(
        Product.objects.none(),
        label="Products",
        widget=Checkboxes(attrs={"class": "choices--tall"}),
        help_text="One or more.",
    )
    discount_type = forms.ChoiceField(label="Discount in", choices=DiscountType.choices)
    discount_value = AsciiDecimalField(label="Discount", min_value=0, max_digits=14, decimal_places=4)
    starts = AsciiDateField(label="First day", required=False, help_text="It begins now without one.")
    ends = AsciiDateField(
        label="Last day", required=False, help_text="It runs until it is ended without one."
    )
    per_order = AsciiIntegerField(label="At most in one order", min_value=1, required=False)
    pointers = {
        "/name": "name",
        "/products": "products",
        "/discount/value": "discount_value",
        "/starts": "starts",
        "/ends": "ends",
        "/limits/perOrder": "per_order",
    }

    def __init__(self, data: Any = None, *, tenant: Tenant, promotion: Promotion | None = None) -> None:
        self.zone, self.promotion = ZoneInfo(tenant.zone), promotion
        super().__init__(data, initial=self._values_of(promotion) if promotion else None)
        offered = Q(is_active=True)
        products = list(promotion.products.all()) if promotion else []
        if promotion:
            # What it has stays to be chosen, whatever became of it.
            offered |= Q(pk__in=[product.pk for product in products])
            self.fields["starts"].help_text = "It stays as it is without one."
        rows = Product.objects.of(tenant).filter(offered).select_related("customer")
        if rows.order_by()[: MAX_CHOICES + 1].count() > MAX_CHOICES:
            self.fields["products"] = _TypedField(rows)
            self.initial["products"] = "\n".join(_typed(product) for product in products)
        else:
            field = cast(_ChosenField, self.fields["products"])
            field.queryset = rows.order_by("customer__name", "name")

    def _values_of(self, promotion: Promotion) -> dict[str, Any]:
        return {
            "name": promotion.name,
            "products": [product.pk for product in promotion.products.all()],
            "discount_type": promotion.discount_type,
            "discount_value": f"{promotion.discount_value.normalize():f}",
            "starts": promotion.starts.astimezone(self.zone).date(),
            # The end itself is no part of it: one at midnight is the day before.
            "ends": (promotion.ends - timedelta(microseconds=1)).astimezone(self.zone).date()
            if promotion.ends
            else None,
            "per_order": promotion.per_order,
        }

    def document(self) -> dict[str, Any]:
        """The promotion as the API takes it; the last day is one of its days."""
        data = self.cleaned_data
        last = data["ends"] + timedelta(days=1) if data["ends"] else None
        starts = day_start(data["starts"], self.zone) if data["starts"] else None
        ends = day_start(last, self.zone) if last else None
        if self.promotion:
            # A caller of the API may have said a time of day, which a day left as it is doesn't change.
            starts = starts if data["starts"] != self.initial["starts"] else self.promotion.starts
            ends = ends if data["ends"] != self.initial["ends"] else self.promotion.ends
        return {
            "name": data["name"],
            "products": [{"id": str(product.pk)} for product in data["products"]],
            "discount": {"type": data["discount_type"], "value": data["discount_value"]},
            "starts": starts.isoformat() if starts else None,
            "ends": ends.isoformat() if ends else None,
            "limits": {"perOrder": data["per_order"]},
        }
