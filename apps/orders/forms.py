"""Forms of the order and product pages.

Each becomes the document that the API takes, so that one service checks both.
"""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from apps.core.countries import COUNTRIES
from apps.core.fields import AsciiDateField, AsciiDecimalField, PlainTextField
from apps.core.forms import Switch
from apps.core.jsontext import plain_number
from apps.core.problems import Invalid
from apps.customers.models import Customer
from apps.orders.documents import PRODUCT_POINTERS, product_document, product_values
from apps.orders.models import Direction, Product, Status
from apps.orders.services.importing import MAX_BYTES
from apps.tenants.access import Access
from apps.tenants.models import Warehouse

MAX_CHOICES = 500
LINES = 5
OUTBOUND_STATUSES = (
    Status.DRAFT,
    Status.AWAITING_STOCK,
    Status.AWAITING_PICK_AND_PACK,
    Status.PACKED,
    Status.DISPATCHED,
    Status.CANCELLED,
    Status.REJECTED,
)
INBOUND_STATUSES = (
    Status.DRAFT,
    Status.NOT_YET_RECEIVED,
    Status.RECEIVED,
    Status.VERIFIED,
    Status.ALLOCATED,
    Status.CANCELLED,
    Status.REJECTED,
)
PRODUCT_STATES = (("active", "Active"), ("inactive", "Inactive"))
Choices = list[tuple[str, str]]


def customer_choices(rows: "QuerySet[Customer]", chosen: str = "") -> Choices:
    """Customers by name, with the chosen one wherever it stands; a sandbox says so in capitals."""
    choices = [(str(customer.pk), customer.label) for customer in rows.order_by("name")[:MAX_CHOICES]]
    if len(choices) == MAX_CHOICES and chosen and chosen not in dict(choices):
        choices += [(str(customer.pk), customer.label) for customer in _with_id(rows, chosen)]
    return choices


def _with_id(rows: "QuerySet[Customer]", text: str) -> "QuerySet[Customer]":
    try:
        return rows.filter(pk=UUID(text))
    except ValueError:
        return rows.none()


class FilterForm(forms.Form):
    """What narrows a list of orders, products or consignments."""

    q = PlainTextField(
        label="Search", max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    customer = forms.UUIDField(label="Customer", required=False, widget=forms.Select)
    status = forms.ChoiceField(label="Status", required=False)

    def __init__(self, data: Any, *, access: Access, statuses: Any, search: str) -> None:
        super().__init__(data)
        self.fields["q"].label = search
        customers = customer_choices(Customer.objects.visible_to(access), str(self["customer"].value() or ""))
        self.fields["customer"].widget.choices = [("", "Any"), *customers]
        cast(forms.ChoiceField, self.fields["status"]).choices = [
            ("", "Any"),
            *((getattr(state, "value", state), state.label) for state in statuses),
        ]


class ChooseCustomerForm(forms.Form):
    """Whose order or product it is: the first step, because the products to choose from depend on it."""

    customer = forms.ModelChoiceField(
        Customer.objects.none(),
        label="Customer",
        empty_label="Choose a customer",
        error_messages={"required": "Choose a customer.", "invalid_choice": "Choose a customer."},
    )

    def __init__(self, data: Any = None, *, access: Access) -> None:
        super().__init__(data)
        field = cast(forms.ModelChoiceField, self.fields["customer"])
        field.queryset = Customer.objects.visible_to(access).active().order_by("name")


class DocumentForm(forms.Form):
    """A form that becomes an API document; `pointers` says which field stands for which member."""

    pointers: dict[str, str] = {}

    def refuse(self, refusal: Invalid) -> None:
        """Show what the service refused at the fields that stand for it."""
        for problem in refusal.problems:
            name = self.pointers.get(problem.pointer)
            self.add_error(name if name in self.fields else None, problem.message)


class _OrderForm(DocumentForm):
    """What orders of both directions have: a reference, a warehouse, lines."""

    reference = PlainTextField(
        label="Reference", max_length=255, help_text="The customer's own number; each one is used once."
    )
    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label="Warehouse", required=False, empty_label="The default one"
    )

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        super().__init__(data)
        self.customer = customer
        rows = Warehouse.objects.filter(tenant_id=customer.tenant_id, is_active=True)
        cast(forms.ModelChoiceField, self.fields["warehouse"]).queryset = rows
        self._products = Product.objects.filter(customer=customer, is_active=True).order_by("name")
        choices = [(str(product.pk), str(product)) for product in self._products[: MAX_CHOICES + 1]]
        # Nobody finds one among so many in a list: its code is typed instead.
        self.by_code = len(choices) > MAX_CHOICES
        for number in range(1, LINES + 1):
            optional = number > 1
            self.fields[f"product{number}"] = (
                PlainTextField(
                    label=f"Product {number}", max_length=100, required=not optional, help_text="Its code."
                )
                if self.by_code
                else forms.ChoiceField(
                    label=f"Product {number}", choices=[("", ""), *choices], required=not optional
                )
            )
            self.fields[f"quantity{number}"] = AsciiDecimalField(
                label=f"Quantity {number}",
                min_value=0,
                max_digits=14,
                decimal_places=4,
                required=not optional,
                help_text="" if optional else "In the product's default unit.",
            )

    def clean(self) -> dict[str, Any]:
        """A line is a product and a quantity, or neither."""
        data = super().clean() or {}
        if self.by_code:
            self._find_products(data)
        for number in range(2, LINES + 1):
            product, quantity = data.get(f"product{number}"), data.get(f"quantity{number}")
            if product and quantity is None and f"quantity{number}" not in self.errors:
                self.add_error(f"quantity{number}", "Enter how many.")
            if quantity is not None and not product and f"product{number}" not in self.errors:
                self.add_error(f"product{number}", "Choose a product.")
        return data

    def _find_products(self, data: dict[str, Any]) -> None:
        names = [f"product{number}" for number in range(1, LINES + 1)]
        codes = self._products.filter(code__in=[data.get(name) or "" for name in names])
        found = dict(codes.values_list("code", "pk"))
        for name in names:
            code = data.get(name)
            if code in found:
                data[name] = str(found[code])
            elif code:
                self.add_error(name, "No active product of this customer has this code.")

    def _document(self, details: dict[str, Any]) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "references": {"customer": data["reference"]},
            "customer": {"id": str(self.customer.pk)},
            "warehouse": {"id": str(data["warehouse"].pk)} if data["warehouse"] else None,
            "details": details,
            "items": [
                {
                    "details": {"product": {"id": data[f"product{number}"]}},
                    "measures": {"quantity": data[f"quantity{number}"]},
                }
                for number in range(1, LINES + 1)
                if data[f"product{number}"]
            ],
        }


class OutboundForm(_OrderForm):
    """A sale order by hand."""

    contact_name = PlainTextField(label="Deliver to", max_length=255)
    address1 = PlainTextField(label="Address", max_length=255)
    city = PlainTextField(label="City", max_length=255)
    state = PlainTextField(label="State", max_length=100, required=False)
    postcode = PlainTextField(label="Postcode", max_length=32, required=False)
    country = forms.ChoiceField(
        label="Country", choices=[(country.iso2, country.name) for country in COUNTRIES], initial="AU"
    )
    required_date = AsciiDateField(label="Deliver by", required=False)
    instructions = PlainTextField(
        label="Packing instructions", max_length=4000, required=False, widget=forms.Textarea
    )
    pointers = {
        "/references/customer": "reference",
        "/warehouse": "warehouse",
        "/details/deliver/address": "contact_name",
        "/details/deliver/address/address1": "address1",
        "/details/deliver/address/city": "city",
        "/details/deliver/address/country": "country",
    }

    def document(self) -> dict[str, Any]:
        """The order as the API takes it."""
        data = self.cleaned_data
        address = {
            "contactName": data["contact_name"],
            "address1": data["address1"],
            "city": data["city"],
            "state": {"name": data["state"]},
            "postcode": data["postcode"],
            "country": {"iso2Code": data["country"]},
        }
        deliver = {"address": address, "requiredDate": _iso(data["required_date"])}
        return self._document({"deliver": deliver, "instructions": data["instructions"] or None})


class InboundForm(_OrderForm):
    """A purchase order by hand."""

    arrival_date = AsciiDateField(label="Arrives on", required=False)
    pointers = {
        "/references/customer": "reference",
        "/warehouse": "warehouse",
        "/details/arrivalDate": "arrival_date",
    }

    def document(self) -> dict[str, Any]:
        """The order as the API takes it."""
        return self._document({"arrivalDate": _iso(self.cleaned_data["arrival_date"])})


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


ORDER_FORMS: dict[Direction, type[OutboundForm | InboundForm]] = {
    Direction.OUTBOUND: OutboundForm,
    Direction.INBOUND: InboundForm,
}


class ProductForm(DocumentForm):
    """A product with its default unit; further units that it has are kept."""

    code = PlainTextField(label="Code", max_length=100, help_text="The SKU; unique for the customer.")
    name = PlainTextField(label="Name", max_length=200)
    type = PlainTextField(
        label="Type", max_length=64, initial="General", help_text="Such as General or Chilled."
    )
    description = PlainTextField(label="Description", max_length=4000, required=False, widget=forms.Textarea)
    unit = PlainTextField(
        label="Default unit of measure", max_length=32, initial="EA", help_text="A short code, such as CTN."
    )
    unit_name = PlainTextField(label="Name of the unit", max_length=64, required=False)
    weight = AsciiDecimalField(
        label="Weight of a unit (kg)", min_value=0, max_digits=14, decimal_places=4, required=False
    )
    volume = AsciiDecimalField(
        label="Volume of a unit (m³)", min_value=0, max_digits=14, decimal_places=4, required=False
    )
    barcode = PlainTextField(
        label="Barcode", max_length=100, required=False, help_text="The code where there is none."
    )
    is_active = forms.BooleanField(
        label="Status",
        required=False,
        initial=True,
        widget=Switch,
        help_text="An inactive one takes no orders.",
    )
    pointers = PRODUCT_POINTERS

    def __init__(self, data: Any = None, *, customer: Customer, product: Product | None = None) -> None:
        self.customer, self.product = customer, product
        initial = {}
        if product:
            initial = product_values(product)
            initial["is_active"] = initial.pop("active")
            for name in ("weight", "volume"):
                initial[name] = None if initial[name] is None else plain_number(initial[name])
        super().__init__(data, initial=initial)

    def document(self) -> dict[str, Any]:
        """The product as the API takes it."""
        data = self.cleaned_data
        values = {**data, "active": data["is_active"]}
        return product_document(values, customer=self.customer, product=self.product)


class ImportForm(forms.Form):
    """A CSV file, chosen or pasted; what was chosen stands in the text afterwards, where it can be put right."""

    file = forms.FileField(
        label="CSV file", required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"})
    )
    text = forms.CharField(
        label="Or paste it here",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false", "wrap": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # One of the two has to be there, so neither is marked as optional.
            field.empty_does = True  # type: ignore[attr-defined]  # read by the label's template

    def clean(self) -> dict[str, Any]:
        """The text of the file, or else the one that was pasted."""
        data = super().clean() or {}
        if chosen := data.get("file"):
            if chosen.size > MAX_BYTES:
                self.add_error("file", "The file is larger than 1 MB. Import it in parts.")
                return data
            try:
                data["text"] = chosen.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file has to be saved as UTF-8.")
                return data
        if not (data.get("text") or "").strip() and not self.errors:
            self.add_error("file", "Choose a file, or paste its text below.")
        return data


class BulkAssortmentForm(forms.Form):
    """One warehouse, on or off, for every product that the filter leaves."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), label="In warehouse", empty_label=None)
    offered = forms.ChoiceField(label="All products", choices=(("on", "On"), ("off", "Off")))

    def __init__(self, data: Any = None, *, warehouses: list[Warehouse]) -> None:
        super().__init__(data)
        rows = Warehouse.objects.filter(pk__in=[warehouse.pk for warehouse in warehouses])
        cast(forms.ModelChoiceField, self.fields["warehouse"]).queryset = rows.order_by("name")
