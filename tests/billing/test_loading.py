"""load_calls takes all of a file or nothing, and names the line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.test import Client

from apps.accounts.models import User
from apps.customers.models import Customer, Kind
from apps.usage.models import Call
from tests.billing.billing_world import a_client, a_tenant, load, run, spread, statement, utc
from tests.factories import MembershipFactory

HEADER = "client_id,received_at,method,endpoint,status,ms"
GOOD = "gpc-billed-erp,2026-09-28T10:00:00+10:00,GET,orders.search,200,12"
OUTSIDE = "is in no week that can be billed: those run from 0001-01-16 to 9999-12-18 in UTC."
pytestmark = pytest.mark.django_db


def received(at: str) -> str:
    return GOOD.replace("2026-09-28T10:00:00+10:00", at)


def write(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "calls.csv"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (GOOD.replace("+10:00", ""), "Line 3: received_at"),
        (GOOD.replace("2026-09-28", "2026-09-31"), "Line 3: received_at"),
        (received("0001-01-01T05:00:00+10:00"), f'Line 3: received_at "0001-01-01T05:00:00+10:00" {OUTSIDE}'),
        (received("0001-01-15T23:59:59Z"), f'Line 3: received_at "0001-01-15T23:59:59Z" {OUTSIDE}'),
        (received("9999-12-19T00:00:00Z"), f'Line 3: received_at "9999-12-19T00:00:00Z" {OUTSIDE}'),
        (received("9999-12-31T23:59:59-10:00"), f'Line 3: received_at "9999-12-31T23:59:59-10:00" {OUTSIDE}'),
        (received("0000-01-01T00:00:00Z"), 'Line 3: received_at "0000-01-01T00:00:00Z" is not a time'),
        (GOOD.replace("gpc-billed-erp", "gpc-nobody"), "Line 3: there is no API client"),
        (GOOD.replace(",200,", ",99,"), "Line 3: status"),
        (GOOD.replace(",200,", ",101,"), "Line 3: status"),
        (GOOD.replace(",200,", ",２００,"), "Line 3: status"),
        (GOOD.replace(",12", ",-1"), "Line 3: ms"),
        (GOOD.replace(",12", ",99999999999"), "Line 3: ms"),
        (GOOD.replace("GET", "get it"), "Line 3: method"),
        (GOOD.replace("orders.search", "orders?key=1"), "Line 3: endpoint"),
        (GOOD.replace("orders.search", " "), "Line 3: endpoint"),
        (GOOD + ",more", "Line 3: 6 values expected, 7 found"),
        (GOOD + '"', "Line 3: "),
        (b"\xff\xfe", "Line 3: "),
    ],
)
def test_an_error_names_its_line_and_nothing_is_loaded(tmp_path: Path, bad: str | bytes, said: str) -> None:
    a_client(a_tenant())
    with pytest.raises(CommandError) as raised:
        run("load_calls", str(write(tmp_path, HEADER, GOOD, bad, GOOD)))
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
    assert not Call.objects.exists()


def test_a_wrong_header_is_line_1_and_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Line 1: the columns have to be client_id,received_at"):
        run("load_calls", str(write(tmp_path, "client,when", GOOD)))
    with pytest.raises(CommandError, match="Line 1"):
        run("load_calls", str(write(tmp_path)))
    with pytest.raises(CommandError, match="can't be read: No such file"):
        run("load_calls", str(tmp_path / "nothing.csv"))


def test_any_year_any_offset_any_order_of_columns_and_a_byte_order_mark_load(tmp_path: Path) -> None:
    a_client(a_tenant())
    path = write(
        tmp_path,
        "\ufeffms,status,endpoint,method,received_at,client_id",
        "7,204,orders.get,GET,1999-12-31T23:59:59.123456Z,gpc-billed-erp",
        "",
        "8,200,orders.get,GET,1965-01-01T00:00:00-03:30,gpc-billed-erp",
    )
    assert run("load_calls", str(path)) == "2 calls loaded.\n"
    times = list(Call.objects.order_by("received_at").values_list("received_at", flat=True))
    assert times == [utc(1965, 1, 1, 3, 30), utc(1999, 12, 31, 23, 59, 59, 123456)]


@pytest.mark.parametrize(
    ("at", "zone", "monday"),
    [
        ("0001-01-16T00:00:00+00:00", "America/Los_Angeles", date(1, 1, 15)),
        ("9999-12-18T23:59:59.999999+00:00", "Pacific/Kiritimati", date(9999, 12, 13)),
    ],
)
def test_the_first_and_the_last_call_that_load_have_a_statement_and_pages(
    at: str, zone: str, monday: date, tmp_path: Path, sign_in: Callable[[User], Client]
) -> None:
    tenant = a_tenant(zone=zone)
    client = a_client(tenant)
    run("load_calls", str(write(tmp_path, HEADER, received(at))))
    assert statement(tenant, monday)["billable"] == 1
    browser = sign_in(MembershipFactory.create(tenant=tenant).user)
    call = Call.objects.get()
    for page in (
        f"usage/?week={monday}",
        "calls/",
        f"calls/{call.pk}/",
        f"contacts/api-clients/{client.pk}/",
    ):
        assert browser.get(f"/t/{tenant.slug}/{page}").status_code == 200
    run("rebuild_counters")
    assert statement(tenant, monday)["billable"] == 1


def test_calls_of_a_client_with_sandboxes_only_are_sandbox_calls(tmp_path: Path) -> None:
    tenant = a_tenant()
    client = a_client(tenant)
    client.all_customers = False
    client.save()
    client.customers.add(Customer.objects.create(tenant=tenant, name="Acme Sandbox", kind=Kind.SANDBOX))
    load(tmp_path, spread(client, {200: 2, 401: 1}))
    assert set(Call.objects.values_list("call_class", flat=True)) == {"sandbox"}
    client.customers.add(Customer.objects.create(tenant=tenant, name="Acme"))
    load(tmp_path, spread(client, {200: 2}))
    assert Call.objects.filter(call_class="billable").count() == 2
