"""Usage report, statements and meter: the sums as text, every figure with the calls behind it."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import lxml.html
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.models import Statement
from apps.billing.services import prune_calls
from apps.clients.models import ApiClient
from apps.tenants.models import Plan, Tenant, ZoneChange
from apps.usage import counters
from apps.usage.models import Call
from apps.usage.services import CallRecord, record_calls
from tests.billing.billing_world import MONDAY, a_client, a_tenant, close, load, spread, utc

SignIn = Callable[[User | None], Client]
NOW = utc(2026, 10, 3, 2)
PAGES = ("usage/", "usage/export/", "usage/meter/", "statements/", "statements/2026-09-28/", "calls/")
pytestmark = pytest.mark.django_db


@pytest.fixture
def billed(tenant: Tenant, tmp_path: Path) -> Tenant:
    """Coastal with two clients that made 6,200 billable calls, and some that are free, in the week before."""
    Plan.objects.filter(tenant=tenant).delete()
    Plan.objects.create(tenant=tenant, valid_from=MONDAY - timedelta(days=90), warehouse_orders=1000)
    rows = spread(a_client(tenant, "Alpha"), {200: 2900, 404: 100, 401: 7, 503: 2})
    rows += spread(a_client(tenant, "Beta"), {201: 3200, 429: 5}, start=utc(2026, 10, 1))
    load(tmp_path, rows)
    return tenant


def text_of(response: object) -> str:
    main = lxml.html.fromstring(response.content).get_element_by_id("main")
    return " ".join(" ".join(main.itertext()).split())


@pytest.mark.parametrize("page", PAGES)
def test_members_look_customer_users_may_not_and_outsiders_find_nothing(
    page: str,
    billed: Tenant,
    sign_in: SignIn,
    viewer: User,
    administrator: User,
    customer_user: User,
    outsider: User,
    staff: User,
) -> None:
    address = f"/t/{billed.slug}/{page}"
    with time_machine.travel(NOW, tick=False):
        assert sign_in(viewer).get(address).status_code == 200
        assert sign_in(administrator).get(address).status_code == 200
        assert sign_in(customer_user).get(address).status_code == (200 if page == "calls/" else 403)
        assert sign_in(outsider).get(address).status_code == 404
        assert sign_in(staff).get(address).status_code == 404
        assert sign_in(None).get(address).status_code == 302
        assert sign_in(administrator).post(address).status_code == 405


def test_a_statement_says_it_in_one_sentence_and_adds_up(
    billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    close(billed)
    text = text_of(sign_in(viewer).get(f"/t/{billed.slug}/statements/2026-09-28/"))
    assert "You used 6,200 of 5,000 included calls; the 1,200 above cost $12.00." in text
    assert "5 x (0 consignments + 1,000 warehouse orders) = 5,000, 124.0 % used" in text
    assert "1,200 x $0.01 = $12.00" in text
    assert "Alpha gpc-coastal-alpha 3,000 $5.81" in text
    assert "Beta gpc-coastal-beta 3,200 $6.19" in text
    assert "Refused (401, 403): 7 ; Throttled (429): 5 ; Our errors (5xx): 2 ; Sandbox: 0 ." in text
    assert "Closed" in text


def test_the_list_shows_the_running_week_and_the_closed_ones(
    billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    close(billed)
    with time_machine.travel(utc(2026, 10, 7), tick=False):
        text = text_of(sign_in(viewer).get(f"/t/{billed.slug}/statements/"))
    assert "5 Oct 2026 This week so far 5,000 0 0 $0.00" in text
    assert "28 Sep 2026 Closed 5,000 6,200 1,200 $12.00" in text


def test_the_report_shows_classes_days_endpoints_errors_and_clients(
    billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    response = sign_in(viewer).get(f"/t/{billed.slug}/usage/?week=2026-09-28")
    text = text_of(response)
    assert (
        "Billable 6,200" in text and "Refused 7" in text and "Throttled 5" in text and "Our error 2" in text
    )
    assert "Tue 29 Sep 2,900 0 107 2 3,009 3,000" in text
    assert "Thu 1 Oct 3,200 0 5 0 3,205 3,200" in text
    assert "Week 6,100 0 112 2 6,214 6,200" in text
    assert "orders.search 6,214 6,200" in text
    assert "404 on orders.search 100" in text
    assert "Beta 3,205 3,200" in text
    assert "2xx 2,900, 4xx 107, 5xx 2" in response.content.decode(), "the picture says the same in words"


def test_the_report_narrows_to_a_client_even_to_a_deleted_one(
    billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    beta = ApiClient.objects.get(name="Beta")
    address = f"/t/{billed.slug}/usage/?week=2026-09-28&client={beta.pk}"
    assert "Week 3,200 0 5 0 3,205 3,200" in text_of(sign_in(viewer).get(address))
    ApiClient.objects.filter(pk=beta.pk).update(
        is_active=False, revoked_at=utc(2026, 10, 2), deleted_at=utc(2026, 10, 2)
    )
    assert "by Beta" in text_of(sign_in(viewer).get(address))


def figures_of(client: Client, address: str) -> list[tuple[int, str]]:
    """The numbers on a page that lead to calls, and where they lead."""
    page = lxml.html.fromstring(client.get(address).content)
    found = []
    for link in page.get_element_by_id("main").iter("a"):
        number = re.search(r"[0-9][0-9,]*\Z", link.text_content().strip())
        if "/calls/?" in link.get("href", "") and number:
            found.append((int(number[0].replace(",", "")), link.get("href")))
    return found


@pytest.mark.parametrize("where", ["usage/?week=2026-09-28", "statements/2026-09-28/"])
def test_every_figure_leads_to_exactly_its_calls(
    where: str, billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    alpha = ApiClient.objects.get(name="Alpha")
    one = CallRecord(
        tenant_id=billed.pk,
        client_id=alpha.pk,
        client_name="Alpha",
        method="POST",
        endpoint="token",
        status=200,
        received_at=utc(2026, 9, 29, 2),
        ms=5,
        token_request=True,
    )
    record_calls([one, replace(one, status=401)])
    client = sign_in(viewer)
    figures = figures_of(client, f"/t/{billed.slug}/{where}")
    assert {6200, 3000, 3200, 7, 5, 2} <= {number for number, _ in figures}
    for number, address in set(figures):
        answer = client.get(address)
        listed = lxml.html.fromstring(answer.content).xpath("//main//tbody/tr")
        # The log shows fifty on a page and says how many there are.
        assert len(listed) == min(number, 50), address
        assert f"{number:,} call" in text_of(answer), address


def test_figures_lead_to_their_calls_where_a_day_begins_in_an_hour_that_comes_twice(
    tenant: Tenant, sign_in: SignIn, viewer: User, tmp_path: Path
) -> None:
    """Midnight in Brisbane, where the tenant was then, is the second two o'clock of the night in Auckland."""
    start = utc(2026, 4, 4, 12)
    load(tmp_path, spread(a_client(tenant), {200: 40}, start=start, step=600))
    ZoneChange.objects.create(
        tenant=tenant, starts=utc(2026, 4, 12, 14), old_zone=tenant.zone, new_zone="Pacific/Auckland"
    )
    Tenant.objects.filter(pk=tenant.pk).update(zone="Pacific/Auckland")
    client = sign_in(viewer)
    for page in ("usage/?week=2026-03-30", "statements/2026-03-30/"):
        found = set(figures_of(client, f"/t/{tenant.slug}/{page}"))
        assert {12, 28} <= {number for number, _ in found}
        for number, address in found:
            answer = client.get(address)
            log = lxml.html.fromstring(answer.content)
            assert len(log.xpath("//main//tbody/tr")) == number, address
            assert f"{number} call" in text_of(answer), address
            if "%2B12%3A00" in address:
                assert "2026-04-05T02:00+12:00" in log.xpath("//main//input[@type='text']/@value")


def test_figures_whose_calls_are_no_longer_kept_say_so(billed: Tenant, sign_in: SignIn, viewer: User) -> None:
    close(billed)
    with time_machine.travel(timezone.now() + timedelta(weeks=14), tick=False):
        counters.roll_up()
        assert prune_calls() == 6214
    client = sign_in(viewer)
    address = dict(figures_of(client, f"/t/{billed.slug}/statements/2026-09-28/"))[6200]
    text = text_of(client.get(address))
    assert "6,200 calls counted with this filter; calls no longer kept." in text


def test_only_the_clients_that_called_most_are_listed(billed: Tenant, sign_in: SignIn, viewer: User) -> None:
    client = a_client(billed, "Many")
    a_call = CallRecord(
        tenant_id=billed.pk,
        client_id=client.pk,
        client_name="Many",
        method="GET",
        endpoint="orders.search",
        status=200,
        received_at=utc(2026, 9, 29, 2),
        ms=5,
    )
    record_calls(replace(a_call, client_id=uuid4()) for _ in range(51))
    text = text_of(sign_in(viewer).get(f"/t/{billed.slug}/usage/?week=2026-09-28"))
    assert "Beta 3,205 3,200 Alpha 3,009 3,000" in text
    assert "3 more, in the CSV 3 3" in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("week=2026-09-29", 400),
        ("week=yesterday", 400),
        ("week=20260928", 400),
        ("week=2026-W40-1", 400),
        ("week=9999-12-27", 400),
        ("week=9999-12-20", 400),
        ("week=0001-01-01", 400),
        ("week=0001-01-08", 400),
        ("week=0001-01-15", 200),
        ("week=9999-12-13", 200),
        ("client=17", 400),
        ("client=00000000-0000-0000-0000-000000000000", 404),
    ],
)
def test_a_week_or_client_that_is_none_is_refused_and_the_outermost_weeks_are_not(
    query: str, status: int, billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    assert sign_in(viewer).get(f"/t/{billed.slug}/usage/?{query}").status_code == status
    assert sign_in(viewer).get(f"/t/{billed.slug}/usage/export/?{query}").status_code == status


@pytest.mark.parametrize(
    "day", ["2026-09-29", "2026-13-01", "9999-12-27", "9999-12-20", "0001-01-01", "2027-01-04"]
)
def test_a_statement_of_no_week_or_a_coming_one_is_not_found(
    day: str, billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    with time_machine.travel(NOW, tick=False):
        assert sign_in(viewer).get(f"/t/{billed.slug}/statements/{day}/").status_code == 404


def test_a_foreign_client_narrows_nothing(billed: Tenant, sign_in: SignIn, viewer: User) -> None:
    foreign = a_client(a_tenant("other"))
    address = f"/t/{billed.slug}/usage/?week=2026-09-28&client={foreign.pk}"
    assert sign_in(viewer).get(address).status_code == 404
    assert sign_in(viewer).get(f"/t/{billed.slug}/calls/clients/{foreign.pk}/").status_code == 404


def rows_of(response: object) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))


def test_the_exports_add_up_to_the_statement(billed: Tenant, sign_in: SignIn, viewer: User) -> None:
    closed, client = close(billed), sign_in(viewer)
    usage = rows_of(client.get(f"/t/{billed.slug}/usage/export/?week=2026-09-28"))
    assert sum(int(row["calls"]) for row in usage if row["class"] == "Billable") == closed["billable"]
    assert sum(int(row["calls"]) for row in usage) == sum(closed["classes"].values())
    lines = rows_of(client.get(f"/t/{billed.slug}/statements/2026-09-28/export/"))
    assert [(row["client"], row["billable"], row["charge AUD"]) for row in lines] == [
        ("Alpha", "3000", "5.81"),
        ("Beta", "3200", "6.19"),
    ]


def test_late_calls_are_explained_on_both_pages(
    billed: Tenant, sign_in: SignIn, viewer: User, tmp_path: Path
) -> None:
    close(billed)
    load(tmp_path, spread(ApiClient.objects.get(name="Beta"), {200: 40}))
    close(billed, MONDAY + timedelta(days=7))
    client = sign_in(viewer)
    report = text_of(client.get(f"/t/{billed.slug}/usage/?week=2026-09-28"))
    assert "40 billable calls came after this week was closed." in report
    text = text_of(client.get(f"/t/{billed.slug}/statements/2026-10-05/"))
    assert "Late calls 40 of the week of 28 Sep 2026 : $0.40" in text
    statement = f"/t/{billed.slug}/statements/2026-10-05/"
    ((number, address),) = [pair for pair in figures_of(client, statement) if "recorded_since" in pair[1]]
    log = lxml.html.fromstring(client.get(address).content)
    assert number == len(log.xpath("//main//tbody/tr")) == 40
    assert "To pay $0.40" in text
    lines = rows_of(client.get(f"/t/{billed.slug}/statements/2026-10-05/export/"))
    assert lines[0]["line"] == "late calls" and lines[0]["charge AUD"] == "0.40"


@pytest.mark.parametrize("fragment", [False, True])
def test_the_meter_shows_this_weeks_figures_as_text(
    fragment: bool, billed: Tenant, sign_in: SignIn, viewer: User
) -> None:
    headers = {"HX-Request": "true"} if fragment else {}
    with time_machine.travel(NOW, tick=False):
        page = sign_in(viewer).get(f"/t/{billed.slug}/usage/meter/", headers=headers).content.decode()
    assert "6,200 of 5,000" in page
    assert "the 1,200 above cost $12.00" in page
    assert ("<html" in page) is not fragment


def test_the_meter_forecasts_from_the_same_weekdays_of_four_weeks(
    billed: Tenant, sign_in: SignIn, viewer: User, tmp_path: Path
) -> None:
    client = ApiClient.objects.get(name="Alpha")
    for weeks, count in ((1, 100), (2, 300)):
        saturday = utc(2026, 10, 3, 20) - timedelta(weeks=weeks)
        load(tmp_path, spread(client, {200: count}, start=saturday))
    with time_machine.travel(NOW, tick=False):
        page = text_of(sign_in(viewer).get(f"/t/{billed.slug}/usage/meter/"))
    assert "By the end of the week about 6,300 to 6,500 calls" in page


def test_a_report_on_many_clients_takes_few_queries(
    billed: Tenant,
    sign_in: SignIn,
    viewer: User,
    tmp_path: Path,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(20):
        load(tmp_path, spread(a_client(billed, f"Extra{number}"), {200: 3, 404: 1}))
    assert Call.objects.count() > 6200
    client = sign_in(viewer)
    for page in ("usage/?week=2026-09-28", "statements/2026-09-28/", "statements/"):
        client.get(f"/t/{billed.slug}/{page}")
        with django_assert_max_num_queries(12):
            assert client.get(f"/t/{billed.slug}/{page}").status_code == 200


def test_staff_read_statements_in_the_admin_and_change_nothing(
    billed: Tenant, sign_in: SignIn, staff: User, settings: object
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    close(billed)
    client, statement = sign_in(staff), Statement.objects.get()
    assert "6200" in client.get("/admin/billing/statement/").content.decode()
    assert "Beta" in client.get(f"/admin/billing/statement/{statement.pk}/change/").content.decode()
    assert client.post(f"/admin/billing/statement/{statement.pk}/change/", {"billable": 1}).status_code == 403
    assert client.post(f"/admin/billing/statement/{statement.pk}/delete/", {"post": "yes"}).status_code == 403
