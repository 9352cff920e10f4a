"""Closing from several processes at once, and killed at random: the same statements as from one."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from apps.billing.models import Adjustment, Statement, StatementLine
from apps.tenants.models import Role, Tenant
from apps.usage import counters
from apps.usage.models import CountedTo, Counter
from tests.billing.billing_world import MONDAY, a_client, a_tenant, load, spread, statement, utc
from tests.factories import MembershipFactory
from tests.processes import database_url

WEEKS = [MONDAY + timedelta(days=7 * number) for number in range(4)]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    folder = tmp_path / "mails"
    folder.mkdir()
    return folder


def start(mails: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """A command in a process of its own, that writes its mails to a folder."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DEBUG": "1",
        "EMAIL_URL": f"filemail:///{mails}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=settings.BASE_DIR
    )


def finished(process: "subprocess.Popen[bytes]") -> int:
    """The exit status of a command; what it complained of is in the test's output."""
    print(process.communicate(timeout=120)[1].decode())  # noqa: T201  # pytest shows it where the test fails
    return process.returncode


@pytest.fixture
def due(tmp_path: Path) -> Iterator[Tenant]:
    """A tenant with four weeks to close, and an administrator who gets the mails."""
    tenant = a_tenant(warehouse_orders=10)
    Tenant.objects.update(created=utc(2026, 9, 28))
    MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR)
    for number, monday in enumerate(WEEKS):
        day = utc(monday.year, monday.month, monday.day, 5)
        load(tmp_path, spread(a_client(tenant, f"C{number}"), {200: 60 + number, 404: 3}, start=day))
    yield tenant
    connections.close_all()


def test_four_processes_at_once_make_one_statement_a_week_one_charge_and_one_mail(
    due: Tenant, mails: Path
) -> None:
    week = WEEKS[0].isoformat()
    running = [start(mails, "close_week", "--tenant", due.slug, "--week", week) for _ in range(4)]
    assert [finished(process) for process in running] == [0] * 4
    assert Statement.objects.count() == 1
    assert Statement.objects.get().charge_minor == 13
    assert StatementLine.objects.count() == 1
    sent = "".join(path.read_text() for path in mails.iterdir())
    assert sent.count("Subject:") == 1


def test_closing_killed_at_random_makes_the_same_statements_as_closing_in_peace(
    due: Tenant, mails: Path, tmp_path: Path
) -> None:
    expected = [{**statement(due, week), "state": "closed"} for week in WEEKS]
    dice = random.Random(19)
    for _ in range(4):
        running = [start(mails, "close_week", "--tenant", due.slug) for _ in range(3)]
        time.sleep(dice.uniform(0.3, 2.5))
        for process in running:
            process.kill()
            process.communicate()
    assert finished(start(mails, "close_week", "--tenant", due.slug)) == 0
    assert [statement(due, week) for week in WEEKS] == expected
    assert not Adjustment.objects.exists()


def test_counting_from_several_processes_counts_once(due: Tenant, mails: Path) -> None:
    CountedTo.objects.all().delete()
    running = [start(mails, "rebuild_counters") for _ in range(3)]
    assert [finished(process) for process in running] == [0] * 3
    counters.roll_up()
    assert statement(due)["billable"] == 63
    assert CountedTo.objects.count() == 1
    assert sum(Counter.objects.values_list("kept", flat=True)) in (0, 63 + 64 + 65 + 66)
