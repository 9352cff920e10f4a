"""A closed week never changes, however often and by whom it is closed; what comes late is on the next statement."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from apps.audit.actors import WORKER
from apps.audit.models import Entry
from apps.billing.jobs import close_due_weeks
from apps.billing.models import Adjustment, Statement, StatementLine
from apps.billing.services import close_due, due_weeks, prune_calls
from apps.clients.models import ApiClient
from apps.tenants.models import Plan, Role, Tenant
from apps.usage import counters
from apps.usage.models import Call
from tests.billing.billing_world import MONDAY, a_client, a_tenant, close, load, run, spread, statement, utc
from tests.factories import MembershipFactory

NEXT = MONDAY + timedelta(days=7)
pytestmark = pytest.mark.django_db


def test_closing_twice_makes_one_statement_one_charge_and_one_mail(
    tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    tenant = a_tenant()
    person = MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR).user
    MembershipFactory.create(tenant=tenant, role=Role.VIEWER)
    load(tmp_path, spread(a_client(tenant), {200: 5012}))
    with django_capture_on_commit_callbacks(execute=True):
        first = close(tenant)
        assert close(tenant) == first
    assert Statement.objects.count() == 1
    assert Entry.objects.filter(action="statement.closed").count() == 1
    (sent,) = mail.outbox
    assert sent.to == [person.email]
    assert "You used 5,012 of 5,000 included calls; the 12 above cost $0.12." in sent.body


def test_late_calls_are_adjusted_once_on_the_next_statement(tmp_path: Path) -> None:
    tenant = a_tenant()
    client = a_client(tenant)
    load(tmp_path, spread(client, {200: 4990}))
    first = close(tenant)
    load(tmp_path, spread(client, {200: 30, 401: 5}, start=utc(2026, 9, 30)))
    Plan.objects.update(warehouse_orders=0)
    assert close(tenant) == first, "a closed statement does not move"
    second = close(tenant, NEXT)
    assert second["adjustments"] == [{"week": "2026-09-28", "calls": 30, "charge_minor": 20}]
    assert (second["billable"], second["charge_minor"]) == (0, 0)
    load(tmp_path, spread(client, {200: 7}, start=utc(2026, 10, 1)))
    third = close(tenant, NEXT + timedelta(days=7))
    assert third["adjustments"] == [{"week": "2026-09-28", "calls": 7, "charge_minor": 7}]
    fourth = close(tenant, NEXT + timedelta(days=14))
    assert fourth["adjustments"] == []


def test_the_database_itself_refuses_to_change_or_delete_a_statement(tmp_path: Path) -> None:
    tenant = a_tenant()
    load(tmp_path, spread(a_client(tenant), {200: 3}))
    close(tenant)
    for change in (
        lambda: Statement.objects.update(charge_minor=0),
        lambda: StatementLine.objects.update(billable=0),
        lambda: StatementLine.objects.all()._raw_delete(connection.alias),
        lambda: Statement.objects.all()._raw_delete(connection.alias),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Statement.objects.get().billable == 3
    assert not Adjustment.objects.exists()


def test_deleted_clients_keep_their_lines(tmp_path: Path) -> None:
    tenant = a_tenant()
    load(tmp_path, spread(a_client(tenant, "Ghost"), {200: 4}))
    ApiClient.objects.all().delete()
    (line,) = close(tenant)["clients"]
    assert (line["name"], line["billable"]) == ("Ghost", 4)


def test_a_plan_changed_within_the_week_counts_by_its_highest_inclusion(tmp_path: Path) -> None:
    tenant = a_tenant(warehouse_orders=1)
    run("set_plan", tenant.slug, "--consignments", "0", "--warehouse-orders", "2", "--from", "2026-10-04")
    load(tmp_path, spread(a_client(tenant), {200: 11}))
    closed = close(tenant)
    assert (closed["included"], closed["excess"]) == (10, 1)
    assert Entry.objects.filter(action="plan.set").exists()


def test_a_change_of_zone_leaves_no_call_out_and_counts_none_twice(tmp_path: Path) -> None:
    tenant = a_tenant(zone="Australia/Brisbane")
    with time_machine.travel(utc(2026, 9, 30), tick=False):
        run("set_zone", tenant.slug, "America/Los_Angeles")
    load(tmp_path, spread(a_client(tenant), {200: 24 * 21}, start=utc(2026, 9, 27, 14), step=3600))
    weeks = [close(tenant, MONDAY), close(tenant, NEXT), close(tenant, NEXT + timedelta(days=7))]
    assert weeks[0]["billable"] == 168
    assert weeks[1]["start"] == "2026-10-04T07:00:00-07:00"
    assert weeks[1]["end"] == "2026-10-12T00:00:00-07:00" == weeks[2]["start"]
    assert weeks[1]["billable"] == 168 + 17
    assert sum(day["billable"] for day in weeks[1]["days"]) == 168 + 17
    assert weeks[2]["billable"] == 24 * 21 - 168 - 168 - 17


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--week", "2026-09-29"], "not a Monday"),
        (["--week", "2026-9-28"], "not a date"),
        (["--week", "today"], "not a date"),
        (["--week", "0001-01-01"], "none of the weeks that there are: 0001-01-15 to 9999-12-13"),
        (["--week", "9999-12-20"], "none of the weeks that there are"),
        (["--week", "9999-12-27"], "none of the weeks that there are"),
        (["--week", "0000-01-03"], "not a date"),
        (["--week", "9999-12-13"], "still running"),
        (["--tenant", "nobody"], 'no tenant "nobody"'),
    ],
)
def test_closing_refuses_what_is_no_week(arguments: list[str], said: str) -> None:
    a_tenant()
    with pytest.raises(CommandError, match=said) as raised:
        run("close_week", *arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("week", ["0001-01-01", "9999-12-20"])
def test_a_week_at_the_end_of_the_calendar_has_no_statement_in_any_zone(zone: str, week: str) -> None:
    tenant = a_tenant(zone=zone)
    with pytest.raises(CommandError, match="none of the weeks that there are"):
        run("statement", "--tenant", tenant.slug, "--week", week)
    for last in (date(1, 1, 15), date(9999, 12, 13)):
        assert statement(tenant, last)["state"] == "provisional"


def test_a_running_week_is_refused_and_its_statement_is_provisional(tmp_path: Path) -> None:
    tenant = a_tenant()
    load(tmp_path, spread(a_client(tenant), {200: 2}))
    with time_machine.travel(utc(2026, 10, 4, 13, 59), tick=False):
        with pytest.raises(CommandError, match="still running"):
            run("close_week", "--tenant", tenant.slug, "--week", "2026-09-28")
        assert statement(tenant)["state"] == "provisional"
    assert not Statement.objects.exists()


def test_a_week_is_due_a_quarter_of_an_hour_after_its_end_and_only_since_the_tenant_exists() -> None:
    tenant = a_tenant()
    Tenant.objects.update(created=utc(2026, 9, 30))
    assert not list(due_weeks(utc(2026, 10, 4, 14, 14)))
    ((owner, week),) = due_weeks(utc(2026, 10, 4, 14, 15))
    assert (owner, week.start) == (tenant, utc(2026, 9, 27, 14))
    with time_machine.travel(utc(2026, 10, 20), tick=False):
        close_due_weeks()
        close_due_weeks()
        assert [each.monday.day for each in Statement.objects.newest_first()] == [12, 5, 28]
        assert close_due(actor=WORKER) == ([], [])
        assert run("close_week") == "Nothing to close.\n"


def test_a_gap_is_closed_even_if_a_later_week_was_closed_by_hand() -> None:
    tenant = a_tenant()
    Tenant.objects.update(created=utc(2026, 9, 30))
    with time_machine.travel(utc(2026, 10, 20), tick=False):
        close(tenant, NEXT + timedelta(days=7))
        assert [each.monday.day for each in close_due(actor=WORKER)[0]] == [28, 5]


def test_history_that_was_closed_by_hand_hides_no_gap() -> None:
    tenant = a_tenant()
    Tenant.objects.update(created=utc(2026, 9, 30))
    with time_machine.travel(utc(2026, 10, 20), tick=False):
        for monday in (MONDAY - timedelta(days=14), MONDAY - timedelta(days=7), NEXT + timedelta(days=7)):
            close(tenant, monday)
        assert [each.monday.day for each in close_due(actor=WORKER)[0]] == [28, 5]


def test_calls_go_after_13_weeks_and_every_number_stays(tmp_path: Path) -> None:
    tenant = a_tenant()
    client = a_client(tenant)
    load(tmp_path, spread(client, {200: 50, 503: 3}))
    load(tmp_path, spread(client, {200: 9}, start=utc(2026, 10, 6)))
    closed = close(tenant)
    Call.objects.update(recorded_at=utc(2026, 7, 1))
    counters.roll_up()
    assert prune_calls() == 53, "the week that is not closed keeps its calls"
    assert Call.objects.count() == 9
    load(tmp_path, spread(client, {200: 2}))
    for recount in (lambda: None, counters.roll_up, counters.rebuild):
        recount()
        assert statement(tenant) == closed
        second = statement(tenant, NEXT)
        assert second["billable"] == 9
    assert close(tenant, NEXT)["adjustments"] == [{"week": "2026-09-28", "calls": 2, "charge_minor": 0}]
