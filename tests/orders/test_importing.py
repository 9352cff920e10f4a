"""Products and promotions as CSV: out as they are, in with a preview, errors by line, all of it or nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.customers.models import Customer
from apps.orders import services, wire
from apps.orders.models import Product, Promotion
from apps.orders.services.importing import Outdated, carry_out
from apps.orders.services.product_import import plan_products
from apps.tenants.models import Tenant
from tests import pages
from tests.customers.factories import CustomerFactory
from tests.orders.factories import CALLER, ProductFactory, make_order

pytestmark = pytest.mark.django_db
HEAD = "customer,code,name,unit,weight,active"


@pytest.fixture
def admin(administrator: User, sign_in: Callable[[User | None], Client]) -> Client:
    return sign_in(administrator)


def address(name: str, tenant: Tenant, *args: Any) -> str:
    return reverse(f"orders:{name}", args=[tenant.slug, *args])


def words(answer: Any) -> str:
    return " ".join(" ".join(pages.read(answer).find(".//main").itertext()).split())


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def confirm(admin: Client, shown: Any) -> Any:
    """Press the button of a preview."""
    (form,) = [
        form
        for form in pages.read(shown).xpath("//main//form")
        if form.get("action", "").endswith("confirm/")
    ]
    sent = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    return admin.post(form.get("action"), sent)


def test_a_file_is_previewed_and_then_imported(admin: Client, tenant: Tenant, mug: Product) -> None:
    text = f"{HEAD}\nBlue Kettle Teas,TEA-1,Tea,,0.25,\nblue kettle teas,MUG-12,Mug 350 ml,CTN,7.5,no\n"
    file = SimpleUploadedFile("products.csv", b"\xef\xbb\xbf" + text.encode())
    shown = admin.post(address("products_import", tenant), {"file": file})
    assert shown.status_code == 200
    assert "1 new, 1 changed, 0 as they are. Nothing is stored yet." in words(shown)
    assert "name: Mug 12oz → Mug 350 ml" in words(shown)
    assert Product.objects.count() == 1
    done = confirm(admin, shown)
    assert done.status_code == 303
    tea, changed = Product.objects.get(code="TEA-1"), Product.objects.get(code="MUG-12")
    assert (tea.default_unit, tea.type, tea.is_active) == ("EA", "General", True)
    assert tea.units.get().weight == Decimal("0.25")
    assert (changed.name, changed.is_active, changed.version) == ("Mug 350 ml", False, 2)
    # What the file does not speak of stays: the pallet, and what lies in the warehouse.
    assert set(changed.units.values_list("code", flat=True)) == {"CTN", "PAL"}
    assert changed.stock.get().on_hand == 10
    assert Entry.objects.filter(action="products.imported").get().after == {"new": 1, "changed": 1, "same": 0}


def test_every_wrong_line_is_named_and_nothing_is_stored_or_lost(
    admin: Client, tenant: Tenant, mug: Product
) -> None:
    CustomerFactory.create(tenant=tenant, name="Gone", is_active=False)
    lines = [
        HEAD,
        "Blue Kettle Teas,TEA-1,Tea,EA,1,yes",
        "Nobody,TEA-2,Tea,EA,1,perhaps",
        "Blue Kettle Teas,TEA-3,,EA,heavy,yes",
        "Blue Kettle Teas,TEA-1,Tea again,EA,1,yes",
        "Gone,TEA-4,Tea,EA,1,maybe",
        "Blue Kettle Teas,TEA-5,Tea,EA,1,maybe",
    ]
    shown = admin.post(address("products_import", tenant), {"text": "\n".join(lines)})
    assert shown.status_code == 422
    for sentence in (
        "Line 3: customer: there is no customer named Nobody.",
        "Line 3: active: write yes or no.",
        "Line 4: name: This must not be empty.",
        "Line 4: weight: This must be a number.",
        "Line 5: code: TEA-1 of Blue Kettle Teas is in line 2 already.",
        "Line 6: customer: Gone is inactive.",
        "Line 7: active: write yes or no.",
    ):
        assert sentence in words(shown)
    (area,) = pages.read(shown).xpath("//main//textarea")
    assert area.text.strip().splitlines() == lines
    assert not [form for form in pages.read(shown).xpath("//main//form/@action") if form.endswith("confirm/")]
    assert Product.objects.count() == 1
    # The bare POST of the button stores nothing either.
    refused = admin.post(address("products_import_confirm", tenant), {"text": "\n".join(lines)})
    assert refused.status_code == 422 and Product.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Choose a file, or paste its text below."),
        (HEAD, "There is no line below the one that names the columns."),
        ("customer,code\nA,B\n", "the column name is missing"),
        (f"{HEAD},colour\n", "there is no column 'colour'"),
        (f'{HEAD}\nBlue Kettle Teas,"TEA', "Line 2:"),
        (HEAD + "\n" + "Blue Kettle Teas,TEA,Tea,EA,1,yes\n" * 2001, "At most 2,000 lines"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    admin: Client, tenant: Tenant, customer: Customer, text: str, sentence: str
) -> None:
    answer = admin.post(address("products_import", tenant), {"text": text})
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_what_changed_since_the_preview_is_shown_again_and_not_written_over(
    admin: Client, tenant: Tenant, mug: Product
) -> None:
    text = f"{HEAD}\nBlue Kettle Teas,MUG-12,Mug 350 ml,CTN,,yes\n"
    shown = admin.post(address("products_import", tenant), {"text": text})
    Product.objects.filter(pk=mug.pk).update(name="Mug by somebody else")
    again = confirm(admin, shown)
    assert again.status_code == 409
    assert "Something changed after the preview." in words(again)
    assert "name: Mug by somebody else → Mug 350 ml" in words(again)
    mug.refresh_from_db()
    assert mug.name == "Mug by somebody else"
    assert confirm(admin, again).status_code == 303
    mug.refresh_from_db()
    assert mug.name == "Mug 350 ml"


def test_what_is_exported_can_be_imported_and_is_the_same(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    for code in ("=1+1", "'=quoted", "-5", "a;b", 'say "hi"', "@at"):
        ProductFactory.create(customer=customer, code=code, name=f"{code} name", description="two\r\nlines")
    answer = admin.get(address("products_csv", tenant))
    text = body(answer)
    assert answer["Content-Type"].startswith("text/csv") and answer.streaming
    rows = text.split("\r\n")
    assert "customer,code,name,type,description,active,unit" in rows[0]
    assert any(",'=1+1," in row for row in rows) and not any(",=1+1," in row for row in rows)
    shown = admin.post(address("products_import", tenant), {"text": text})
    assert "0 new, 0 changed, 7 as they are." in words(shown)
    assert confirm(admin, shown).status_code == 303
    assert set(Product.objects.values_list("version", flat=True)) == {1}


def test_an_export_holds_what_the_filter_leaves(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product, viewer: User, sign_in: Any
) -> None:
    order = make_order(customer, ("MUG-12", 1), reference="=SUM(A1)")
    make_order(customer, ("NONE", 1), reference="SO-2")
    text = body(sign_in(viewer).get(address("list_csv", tenant) + "?status=REJECTED"))
    assert "SO-2" in text and "SUM" not in text
    assert f",{order.numeric_id},Blue Kettle Teas," in body(admin.get(address("list_csv", tenant)))
    assert "'=SUM(A1)" in body(admin.get(address("list_csv", tenant) + "?q=SUM"))
    services.pack(order=order, actor=CALLER)
    assert "IN_WAREHOUSE" in body(admin.get(address("consignments_csv", tenant)))
    assert body(admin.get(address("inbound_csv", tenant))).count("\r\n") == 1
    assert admin.get(address("list_csv", tenant) + "?status=NONE").status_code == 400


# --- Promotions ---------------------------------------------------------------------------------------------------

OFFERS = "name,customer,product,discount_type,discount_value,starts,ends,limit_per_order"


def test_promotions_are_imported_line_by_product_and_exported_the_same(
    admin: Client, tenant: Tenant, customer: Customer, mug: Product
) -> None:
    ProductFactory.create(customer=customer, code="TEA", name="Tea")
    text = "\n".join(
        [
            OFFERS,
            "March,Blue Kettle Teas,MUG-12,percent,12.5,2099-03-01,2099-04-01,6",
            "March,Blue Kettle Teas,TEA,percent,12.5,2099-03-01,2099-04-01,6",
            "Mugs,Blue Kettle Teas,MUG-12,AMOUNT,2,,,",
        ]
    )
    shown = admin.post(address("promotions_import", tenant), {"text": text})
    assert "2 new, 0 changed, 0 as they are." in words(shown)
    assert confirm(admin, shown).status_code == 303
    march = Promotion.objects.get(name="March")
    assert march.products.count() == 2 and march.per_order == 6
    assert march.starts.isoformat() == "2099-02-28T14:00:00+00:00"
    exported = body(admin.get(address("promotions_csv", tenant)))
    again = admin.post(address("promotions_import", tenant), {"text": exported})
    assert "0 new, 0 changed, 2 as they are." in words(again)
    fewer = exported.replace("12.5", "15")
    assert (
        confirm(admin, admin.post(address("promotions_import", tenant), {"text": fewer})).status_code == 303
    )
    march.refresh_from_db()
    assert march.discount_value == 15 and march.products.count() == 2


def test_wrong_promotions_are_named_by_line(admin: Client, tenant: Tenant, mug: Product) -> None:
    ended = services.create_promotion(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload={
            "name": "Over",
            "products": [{"id": str(mug.pk)}],
            "discount": {"type": "PERCENT", "value": 10},
        },
        actor=CALLER,
    )
    services.end_promotion(promotion=ended, scope=services.EVERYTHING, actor=CALLER)
    text = "\n".join(
        [
            OFFERS,
            "A,Blue Kettle Teas,NONE,PERCENT,5,,,",
            "B,Blue Kettle Teas,MUG-12,PERCENT,500,tomorrow,,",
            "C,Blue Kettle Teas,MUG-12,PERCENT,500,,,",
            "D,Blue Kettle Teas,MUG-12,PERCENT,5,,,",
            "D,Blue Kettle Teas,MUG-12,PERCENT,6,,,",
            "over,Blue Kettle Teas,MUG-12,PERCENT,20,,,",
        ]
    )
    shown = admin.post(address("promotions_import", tenant), {"text": text})
    assert shown.status_code == 422
    for sentence in (
        "Line 2: product: Blue Kettle Teas has no product with the code NONE.",
        "Line 3: starts: write a day or a time",
        "Line 4: discount_value: This must be more than 0, and at most 100 percent.",
        "Line 6: product: MUG-12 is named twice for D.",
        "Line 6: discount_value: line 5 of the same promotion says something else.",
        "Line 7: name: Over has ended and can't be changed.",
    ):
        assert sentence in words(shown)
    assert Promotion.objects.count() == 1


def test_a_promotion_is_added_shown_and_ended_by_hand(admin: Client, tenant: Tenant, mug: Product) -> None:
    values = {
        "name": "Mugs in March",
        "products": [str(mug.pk)],
        "discount_type": "PERCENT",
        "discount_value": "10",
        "starts": "2020-03-01",
        "ends": "2099-03-31",
    }
    refused = admin.post(address("promotion_add", tenant), {**values, "discount_value": "101"})
    assert refused.status_code == 422 and "at most 100 percent" in words(refused)
    assert admin.post(address("promotion_add", tenant), values).status_code == 303
    made = Promotion.objects.get()
    # The last day is one of its days: it ends as the next one begins in Brisbane.
    assert made.ends is not None and made.ends.isoformat() == "2099-03-31T14:00:00+00:00"
    detail = address("promotion", tenant, made.pk)
    assert "Active" in words(admin.get(detail)) and "Mug 12oz" in words(admin.get(detail))
    for status, found in (("ACTIVE", True), ("ENDED", False), ("SCHEDULED", False)):
        listed = words(admin.get(address("promotions", tenant) + f"?status={status}"))
        assert ("Mugs in March" in listed) is found
    assert admin.post(address("promotion_end", tenant, made.pk)).status_code == 303
    assert admin.post(address("promotion_end", tenant, made.pk)).status_code == 409
    assert "Ended by" in words(admin.get(detail))


def test_a_promotion_is_changed_by_hand_until_it_has_ended(
    admin: Client, tenant: Tenant, mug: Product, customer: Customer
) -> None:
    plate = ProductFactory.create(customer=customer, code="PLATE-1", name="Plate")
    made = services.create_promotion(
        tenant=tenant,
        scope=services.EVERYTHING,
        payload={
            "name": "Mugs in March",
            "products": [{"id": str(mug.pk)}],
            "discount": {"type": "PERCENT", "value": Decimal("12.5")},
            "starts": "2020-03-01T09:15:00+10:00",
            "ends": "2099-04-01T00:00:00+10:00",
        },
        actor=CALLER,
    )
    # What is off the shelves since stays in it.
    Product.objects.filter(pk=mug.pk).update(is_active=False)
    edit, detail = (address(name, tenant, made.pk) for name in ("promotion_edit", "promotion"))
    assert f'href="{edit}"' in admin.get(detail).content.decode()
    values = pages.values(pages.main_form(pages.read(admin.get(edit))))
    assert values["products"] == [str(mug.pk)]
    assert (values["starts"], values["ends"], values["discount_value"]) == (
        "2020-03-01",
        "2099-03-31",
        "12.5",
    )
    assert admin.post(edit, values).status_code == 303
    made.refresh_from_db()
    # A time of day that the form does not show is kept.
    assert made.starts.isoformat() == "2020-02-29T23:15:00+00:00"
    assert made.ends is not None and made.ends.isoformat() == "2099-03-31T14:00:00+00:00"
    changed = {
        **values,
        "name": "Mugs and plates",
        "products": [str(mug.pk), str(plate.pk)],
        "starts": "2020-03-02",
        "ends": "",
    }
    refused = admin.post(edit, {**changed, "discount_value": "101"})
    assert refused.status_code == 422 and "at most 100 percent" in words(refused)
    assert admin.post(edit, {**changed, "starts": ""}).status_code == 303
    made.refresh_from_db()
    assert made.starts.isoformat() == "2020-02-29T23:15:00+00:00"
    assert admin.post(edit, changed).status_code == 303
    made.refresh_from_db()
    assert made.name == "Mugs and plates"
    assert made.starts.isoformat() == "2020-03-01T14:00:00+00:00"
    assert not Promotion.objects.get().ends
    assert set(made.products.all()) == {mug, plate}
    assert Entry.objects.filter(action="promotion.updated", target_id=str(made.pk)).count() == 3
    assert "Changed by" in words(admin.get(detail))
    services.end_promotion(promotion=made, scope=services.EVERYTHING, actor=CALLER)
    assert f'href="{edit}"' not in admin.get(detail).content.decode()
    for late in (admin.get(edit), admin.post(edit, values)):
        assert late.status_code == 409 and "This promotion has ended." in words(late)
    assert Promotion.objects.get().name == "Mugs and plates"


def test_a_promotion_among_very_many_products_takes_codes(
    admin: Client, tenant: Tenant, mug: Product, customer: Customer
) -> None:
    other = CustomerFactory.create(tenant=tenant, name="Amber Roast")
    theirs = ProductFactory.create(customer=other, code=mug.code, name="Their mug")
    plate = ProductFactory.create(customer=customer, code="PLATE: 1", name="Plate")
    Product.objects.bulk_create(
        Product(tenant=tenant, customer=other, code=f"P-{number}", name=f"P {number}", default_unit="EA")
        for number in range(500)
    )
    values = {"name": "Mugs", "discount_type": "PERCENT", "discount_value": "10"}
    for typed, said in (
        (mug.code, f"{mug.code}: several customers have it."),
        ("P-1\nP-1000", "P-1000: there is no such active product."),
        (f"Nobody: {plate.code}", f"Nobody: {plate.code}: there is no such active product."),
        (" \n ", "Fill this in."),
    ):
        refused = admin.post(address("promotion_add", tenant), {**values, "products": typed})
        assert refused.status_code == 422 and said in words(refused)
    typed = f"blue kettle TEAS: {mug.code}\r\n{plate.code}\r\n P-7 \r\nP-7"
    assert admin.post(address("promotion_add", tenant), {**values, "products": typed}).status_code == 303
    made = Promotion.objects.get()
    assert set(made.products.values_list("code", flat=True)) == {mug.code, "PLATE: 1", "P-7"}
    assert theirs not in made.products.all()
    edit = address("promotion_edit", tenant, made.pk)
    shown = pages.values(pages.main_form(pages.read(admin.get(edit))))
    assert f"Blue Kettle Teas: {mug.code}" in shown["products"].splitlines()
    saved = admin.post(edit, {**shown, "name": "All mugs"})
    assert saved.status_code == 303, words(saved)
    assert made.products.count() == 3


def test_a_product_that_changes_between_the_plan_and_its_turn_stops_all_of_it(
    tenant: Tenant, customer: Customer, mug: Product
) -> None:
    text = f"{HEAD}\nBlue Kettle Teas,TEA-1,Tea,EA,1,yes\nBlue Kettle Teas,MUG-12,Mug 350 ml,CTN,,yes\n"
    plan = plan_products(tenant, text)
    services.update_product(product=mug, payload=wire.product_json(mug), actor=CALLER)
    with pytest.raises(Outdated, match="Line 3: Somebody changed Mug 12oz just now"):
        carry_out(plan, fingerprint=plan.fingerprint, tenant=tenant, what="products", actor=CALLER)
    assert not Product.objects.filter(code="TEA-1").exists()
    assert not Entry.objects.filter(action="products.imported").exists()
