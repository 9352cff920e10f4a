"""A week is not closed by itself while a call of it may still be on its way into the ledger, and pages say so."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.actors import WORKER
from apps.billing.models import Statement
from apps.billing.services import close_due
from apps.tenants.models import Tenant
from apps.tenants.zones import Calendar
from apps.usage import counters
from tests.billing.billing_world import a_tenant, run, utc
from tests.billing.test_pages import text_of

pytestmark = pytest.mark.django_db


def test_a_week_that_is_over_says_when_it_is_closed(
    tenant: Tenant, viewer: User, sign_in: Callable[[User], Client]
) -> None:
    Tenant.objects.update(created=utc(2026, 9, 30))
    with time_machine.travel(utc(2026, 10, 4, 14, 5), tick=False):
        text = text_of(sign_in(viewer).get(f"/t/{tenant.slug}/statements/"))
    assert "28 Sep 2026 Not closed yet Due" in text


def test_counting_that_is_behind_holds_a_close_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tenant: Tenant, viewer: User, sign_in: Callable[[User], Client]
) -> None:
    Tenant.objects.update(created=utc(2026, 9, 30))
    monkeypatch.setattr(counters, "_safe", lambda: utc(2026, 10, 4, 13, 10))
    with time_machine.travel(utc(2026, 10, 4, 14, 30), tick=False):
        said = run("close_week")
        assert (
            "coastal 2026-09-28 waits: Counting is behind: calls are counted up to 04 Oct 2026 23:10" in said
        )
        assert not Statement.objects.exists()
        text = text_of(sign_in(viewer).get(f"/t/{tenant.slug}/statements/"))
        assert "Not closed yet Counting is behind: calls are counted up to 04 Oct 2026 23:10 only." in text
        monkeypatch.undo()
        made, held = close_due(actor=WORKER)
        assert (len(made), held) == (1, [])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_a_lost_machine_left_open_holds_a_close_up(tmp_path: Path) -> None:
    tenant = a_tenant()
    now = timezone.now()
    week = Calendar(tenant).week_containing(now)
    Tenant.objects.update(created=now - timedelta(hours=1))
    values = connection.get_connection_params()
    lost = psycopg.connect(
        host=values.get("host"), port=values.get("port"), user=values.get("user"), dbname=values["dbname"]
    )
    try:
        lost.execute("SELECT 1")
        with time_machine.travel(week.end + timedelta(minutes=20)):
            made, held = close_due(actor=WORKER)
            assert made == []
            assert "still holds a transaction" in held[0].reason
            lost.rollback()
            made, held = close_due(actor=WORKER)
            assert (len(made), held) == (1, [])
    finally:
        lost.close()
