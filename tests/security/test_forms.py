"""What people type: refused beside the field, kept as typed, escaped wherever it shows (promises 10, 23, 24 and 25)."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from lxml import html

from apps.accounts.models import User
from apps.customers.models import Customer
from tests import pages
from tests.access_table import TENANT_ROUTES
from tests.routes import Route, every_route
from tests.security.scanner import database
from tests.test_access_table import address
from tests.world import World

pytestmark = pytest.mark.django_db

FORMS = [
    route
    for route in every_route()
    if route.name in TENANT_ROUTES and TENANT_ROUTES[route.name].methods == ("GET", "POST")
]


@pytest.fixture(scope="module")
def world(worlds: tuple[World, World]) -> World:
    return worlds[0]


@pytest.fixture(scope="module")
def portal(world: World) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.administrator)
    return client


def form_of(portal: Client, path: str) -> Any:
    answer = portal.get(path)
    assert answer.status_code == 200, path
    return pages.main_form(pages.read(answer))


def send(portal: Client, path: str, data: dict[str, Any]) -> Any:
    """Post, and take back what it did."""
    with transaction.atomic():
        answer = portal.post(path, data)
        transaction.set_rollback(True)
    portal.cookies.pop("messages", None)
    return answer


# --- Refused beside the field -----------------------------------------------------------------------------------

NOT_NUMBERS = ("１２", "1e3", "1_000", "+5", "NaN", "1,5", "٣", "1" * 400)
NOT_DATES = ("２０２６-01-01", "2026-02-30", "yesterday", "0000-00-00", "99999-01-01", "1e3")
TOO_MUCH = "a" * 10_000
BIDI = "invoice\u202egnp.exe"


def beside(page: Any, name: str, place: str) -> Any:
    """The control of a field that was refused, with its message tied to it."""
    (control,) = page.xpath(f"//main//*[@name='{name}']")[:1]
    assert control.get("aria-invalid") == "true", f"{place} is not marked"
    described = (control.get("aria-describedby") or "").split()
    messages = [page.get_element_by_id(found).text_content().strip() for found in described]
    assert any(messages), f"{place} has no message that belongs to it"
    return control


def kept(control: Any) -> str:
    """What stands in a control; a browser drops the first line break of a text area."""
    text = (control.text or "") if control.tag == "textarea" else control.get("value", "")
    return text.removeprefix("\n").strip()


def nonsense_for(control: Any) -> tuple[str, ...]:
    """What a field must not take, by the kind of its control."""
    kind = control.get("type", "text")
    if control.get("inputmode") in ("numeric", "decimal"):
        return NOT_NUMBERS
    if kind == "date":
        return NOT_DATES
    return (TOO_MUCH,) if kind == "password" else (TOO_MUCH, BIDI, "two\x1blines")


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.name)
def test_nonsense_is_refused_beside_its_field_and_kept(route: Route, world: World, portal: Client) -> None:
    """All fields are wrong at once, so that each is seen to have its own message; each has its turn with each value."""
    path = address(route, world)
    form = form_of(portal, path)
    if form is None or not pages.texts(form):
        pytest.skip("asks, and takes no text")
    filled = pages.values(form)
    controls = {control.get("name"): control for control in pages.texts(form)}
    wrong = {name: nonsense_for(control) for name, control in controls.items()}
    for turn in range(max(map(len, wrong.values()))):
        sent = {name: values[turn % len(values)] for name, values in wrong.items()}
        answer = send(portal, path, {**filled, **sent})
        assert answer.status_code == 422, f"{route.name}, turn {turn}: {answer.status_code}"
        page = pages.read(answer)
        for name, value in sent.items():
            place = f"{route.name}, {name}={value[:30]!r}"
            shown = beside(page, name, place)
            if controls[name].get("type") == "password":
                assert not shown.get("value"), place
            else:
                assert kept(shown) == value.strip(), place


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.name)
def test_no_text_breaks_a_form(route: Route, world: World, portal: Client) -> None:
    path = address(route, world)
    form = form_of(portal, path)
    if form is None:
        pytest.skip("asks by GET first")
    filled = pages.values(form)
    names = sorted({control.get("name") for control in pages.controls(form)})
    breaking = ("null\x00", "\u200b", "\U0001f600" * 60, "\r\n")
    # Alone, too: what one field refuses may keep the others from being looked at.
    sent = [dict.fromkeys(names, value) for value in breaking]
    sent += [{name: value} for name in names for value in breaking[:2]]
    for texts in sent:
        answer = send(portal, path, {**filled, **texts})
        assert answer.status_code in (200, 303, 400, 404, 409, 422), f"{route.name}, {texts}"


@pytest.mark.parametrize("route", FORMS, ids=lambda route: route.name)
def test_an_empty_and_a_broken_body_are_refused(route: Route, world: World, portal: Client) -> None:
    path = address(route, world)
    kinds = (
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
        ("multipart/form-data", b"junk"),
        ("application/x-www-form-urlencoded; charset=utf-16", "name=x".encode("utf-16")),
        ("application/x-www-form-urlencoded", b"name=%ED%A0%80&name=%FF&" + b"x=1&" * 1500),
        ("text/plain", b"\xff\xfe"),
    )
    for kind, body in kinds:
        with transaction.atomic():
            answer = portal.generic("POST", path, body, kind)
            transaction.set_rollback(True)
        assert answer.status_code in (200, 303, 400, 409, 413, 415, 422), f"{route.name}, {kind}"


# --- Escaped wherever it shows ----------------------------------------------------------------------------------

XSS = (
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "\"><img src=x onerror=alert(1)>", "'><svg onload=alert(1)>", "<svg/onload=alert(1)>", "\" onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)".replace("\t", ""),
    "data:text/html,<script>alert(1)</script>", "<a href=javascript:alert(1)>x</a>", "<iframe srcdoc='<b>'>",
    "<body onload=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>", "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>",
    "<form action=//evil.example><input>", "<base href=//evil.example/>", "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;//evil.example>", "<style>@import '//evil.example'</style>",
    "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>", "{{ 1337*1337 }}", "{% csrf_token %}",
    "{{ request.user.password }}", "${1337*1337}", "#{1337*1337}", "<%= 1337*1337 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)", "\\u003cscript\\u003ealert(1)", "%3Cscript%3Ealert(1)%3C/script%3E",
    "<x hx-get=/admin/ hx-trigger=load>", "<b hx-on:click=alert(1)>", "<noscript><p title='</noscript><img src=x>'>",
    "=HYPERLINK(\"//evil.example\")", "\"'`><", "<textarea></textarea><script>alert(1)</script>",
    "</title><script>1</script>", "<script src=//evil.example></script>", "<script\n>alert(1)</script\n>",
    "<ScRiPt>alert(1)</sCrIpT>", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<img src=x onerror=&#97;lert(1)>",
    "<img/src=x/onerror=alert(1)>", "<input autofocus onfocus=alert(1)>", "<select autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>", "<svg><animate onbegin=alert(1) attributeName=x>", "<svg><script>alert(1)</script>",
    "<a href='java&#115;cript:alert(1)'>x</a>", "<template><script>alert(1)</script></template>",
    "<button formaction=javascript:alert(1)>x", "<plaintext>", "--><script>alert(1)</script>",
)  # fmt: skip
FORBIDDEN = "//iframe | //object | //embed | //base | //math | //video | //style | //meta[@http-equiv]"


def harmless(answer: HttpResponse, place: str) -> None:
    """Nothing in the page came to life: no handler, no script of its own, no address that runs."""
    page = html.fromstring(answer.content)
    handlers = [name for element in page.iter() for name in element.attrib if re.match(r"on|hx-on", name)]
    assert not handlers, f"{place}: {handlers}"
    assert not page.xpath(FORBIDDEN), place
    for script in page.xpath("//script"):
        assert (script.get("src") or "").startswith("/static/") and not (script.text or "").strip(), place
    for link in page.xpath("//@href | //@src | //@action | //@formaction | //@hx-get | //@hx-post"):
        assert not re.match(r"\s*(javascript|data:text|vbscript|//)", link, re.IGNORECASE), f"{place}: {link}"
    assert not page.xpath("//x | //b[@hx-on]"), place
    assert str(1337 * 1337) not in answer.content.decode(), place


def named_everywhere(world: World, portal: Client, name: str, forms: dict[str, Any]) -> list[tuple[str, Any]]:
    """Put a text into every name that there is, through the forms, and return the answers."""
    answers = []
    for route, extra in (
        ("customers:add", {"telephone": name}),
        ("tenants:warehouse_add", {"address1": name, "city": name, "postcode": ""}),
        ("orders:product_add", {"code": name, "description": name, "unit_name": name, "barcode": name}),
        (
            "orders:add",
            {"reference": name, "contact_name": name, "address1": name, "city": name, "instructions": name,
             "product1": str(world.product.pk), "quantity1": "1"},
        ),
        ("clients:add", {"customers": ["all"], "warehouses": ["all"], "roles": ["WMS_CREATE_JOBS"]}),
        ("clients:token_add", {"roles": ["WMS_CREATE_JOBS"]}),
        ("webhooks:add", {"url": "https://hooks.example.com/x"}),
    ):  # fmt: skip
        path = address(next(found for found in FORMS if found.name == route), world)
        if path not in forms:
            forms[path] = pages.values(form_of(portal, path))
        filled = {**forms[path], "creation_key": uuid4()}
        answer = portal.post(path, {**filled, "name": name, "use_case": "", **extra})
        assert answer.status_code in (200, 303, 422), f"{route} with {name!r}: {answer.status_code}"
        answers.append((f"{route} with {name!r}", answer))
    return answers


def test_no_name_comes_to_life_on_any_page(world: World, portal: Client, settings: Any, staff: User) -> None:
    settings.STAFF_SECOND_FACTOR = False
    world.tenant.plans.update(token_limit=1000)
    forms: dict[str, Any] = {}
    for text in XSS:
        for place, answer in named_everywhere(world, portal, text, forms):
            harmless(answer, place) if answer.content else None
        portal.post(reverse("tenants:organisation_edit", args=[world.tenant.slug]), {"name": text})
    assert Customer.objects.filter(tenant=world.tenant, name__in=XSS).count() > 35
    for route in every_route():
        if route.name in TENANT_ROUTES and "GET" in TENANT_ROUTES[route.name].methods:
            show(portal, address(route, world))
    for text in XSS:
        show(portal, reverse("portal:search", args=[world.tenant.slug]), q=text)
    desk = Client()
    desk.force_login(staff)
    for model in (
        "customers/customer",
        "tenants/warehouse",
        "clients/apiclient",
        "audit/entry",
        "orders/order",
    ):
        answer = desk.get(f"/admin/{model}/")
        assert answer.status_code == 200, model
        for planted in (b"<img src=x", b"<script>alert", b"<svg/"):
            assert planted not in answer.content, model


def show(portal: Client, path: str, **query: str) -> None:
    answer = portal.get(path, query or None)
    assert answer.status_code in (200, 303), path
    if not answer.streaming and answer.headers["Content-Type"].startswith("text/html"):
        harmless(answer, path)


def test_a_mail_is_text_with_one_subject_whatever_stands_in_a_name(world: World, portal: Client) -> None:
    path = reverse("tenants:invite", args=[world.tenant.slug])
    for number, text in enumerate(XSS):
        world.tenant.name = text
        world.tenant.save(update_fields=["name"])
        invited = {"email": f"new{number}@example.com", "role": "viewer"}
        assert portal.post(path, invited).status_code == 303, text
    assert len(mail.outbox) == len(XSS)
    for message in mail.outbox:
        assert message.content_subtype == "plain" and not message.attachments
        assert not getattr(message, "alternatives", None)
        assert "\n" not in message.subject and len(message.to) == 1


# --- Fields that no form lists ----------------------------------------------------------------------------------

MARK = "massassigned"


def test_fields_that_a_form_does_not_list_are_stored_nowhere(
    worlds: tuple[World, World], portal: Client
) -> None:
    world, other = worlds
    extra = {
        "tenant": str(other.tenant.pk), "tenant_id": str(other.tenant.pk), "id": MARK, "pk": MARK, "is_staff": "on",
        "is_superuser": "on", "digest": MARK, "encoded": MARK, "kind": MARK, "client_id": MARK, "created_by": MARK,
        "sandbox": "on", "copied_from": str(other.customer.pk), "price": "0", "excess_price_minor": "0",
        "token_limit": "999", "generation": "99", "state": "", "numeric_id": MARK, "last_number": "999",
        "auth_token_sealed": MARK, "signing_key_sealed": MARK, "slug": MARK, "zone_key": MARK, "source": MARK,
        "user": str(other.administrator.pk), "invitation": str(other.invitation.pk), "is_legacy": "on",
    }  # fmt: skip
    staff_before = set(User.objects.filter(is_staff=True).values_list("pk", flat=True))
    before = rows_of(other)
    for route in FORMS:
        path = address(route, world)
        if (form := form_of(portal, path)) is None:
            continue
        listed = {control.get("name") for control in pages.controls(form)}
        foreign = {name: value for name, value in extra.items() if name not in listed}
        filled = {**pages.values(form), **GIVEN.get(route.name, {})}
        ticked = {box.get("name"): "on" for box in form.xpath(".//input[@type='checkbox' and not(@value)]")}
        with transaction.atomic():
            answer = portal.post(path, {**filled, **ticked, **foreign})
            assert answer.status_code in (200, 303, 409, 422), f"{route.name}: {answer.status_code}"
            found = [place for place, value in database() if MARK.encode() in value]
            assert not found, f"{route.name} stored {found}"
            assert rows_of(other) == before, route.name
            assert set(User.objects.filter(is_staff=True).values_list("pk", flat=True)) == staff_before
            transaction.set_rollback(True)


GIVEN: dict[str, dict[str, Any]] = {
    "customers:add": {"name": "Added by a test"},
    "tenants:warehouse_add": {"name": "Added by a test"},
    "clients:add": {"name": "Added", "customers": "all", "warehouses": "all", "roles": "WMS_CREATE_JOBS"},
    "clients:token_add": {"name": "Order Management", "use_case": "Order Management"},
    "clients:access_token_add": {
        "username": "added.by.test",
        "password": "Kestrel-paper-41-lantern",
        "roles": "ORDER_API_ACCESS",
    },
    "webhooks:add": {"name": "Added", "url": "https://hooks.example.com/x"},
    "tenants:invite": {"email": "added@example.com", "role": "viewer"},
    "orders:product_add": {"code": "ADDED", "name": "Added", "unit": "EA"},
}


def rows_of(other: World) -> dict[str, int]:
    """How many rows the other organisation has in each table."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            columns = {field.column for field in model._meta.concrete_fields}
            if "tenant_id" in columns and model._meta.managed:
                cursor.execute(
                    f'SELECT COUNT(*) FROM "{model._meta.db_table}" WHERE tenant_id = %s',
                    [other.tenant.pk.hex if connection.vendor == "sqlite" else other.tenant.pk],
                )
                found[model._meta.label] = cursor.fetchone()[0]
    return found
