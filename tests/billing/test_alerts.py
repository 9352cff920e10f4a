"""A tenant is told once a week for each step that its allowance reached, by mail and by webhook."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail

from apps.billing.alerts import alert_all, steps_reached
from apps.billing.forecast import forecast
from apps.billing.jobs import AlertWatch
from apps.billing.models import Alert
from apps.tenants.models import Role
from tests.billing.billing_world import a_client, a_tenant, load, spread, utc
from tests.factories import MembershipFactory

NOW = utc(2026, 9, 30)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("billable", "included", "steps"),
    [
        (49, 100, []),
        (50, 100, [50]),
        (79, 100, [50]),
        (80, 100, [50, 80]),
        (100, 100, [50, 80, 100]),
        (6200, 5000, [50, 80, 100]),
        (5, 0, []),
    ],
)
def test_steps_are_reached_exactly(billable: int, included: int, steps: list[int]) -> None:
    assert steps_reached(billable, included) == steps


def test_each_step_is_told_once_a_week(
    tmp_path: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    tenant = a_tenant(warehouse_orders=20)
    MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR)
    client = a_client(tenant)
    with time_machine.travel(NOW, tick=False), django_capture_on_commit_callbacks(execute=True):
        for calls, told in ((49, 0), (1, 1), (10, 0), (45, 1), (20, 0)):
            load(tmp_path, spread(client, {200: calls}))
            assert alert_all() == told
            assert alert_all() == 0
    assert sorted(Alert.objects.values_list("percent", flat=True)) == [50, 80, 100]
    assert [message.subject.split(": ")[1] for message in mail.outbox] == [
        "50 % of this week's API calls are used",
        "100 % of this week's API calls are used",
    ]
    with time_machine.travel(NOW + timedelta(days=7), tick=False):
        load(tmp_path, spread(client, {200: 50}, start=utc(2026, 10, 6)))
        assert alert_all() == 1, "the next week starts anew"


def test_what_was_reached_while_no_worker_ran_is_told_by_the_next_one(tmp_path: Path) -> None:
    tenant = a_tenant(warehouse_orders=20)
    client = a_client(tenant)
    with time_machine.travel(NOW, tick=False):
        load(tmp_path, spread(client, {200: 50}))
    with time_machine.travel(NOW + timedelta(hours=9), tick=False):
        watch = AlertWatch()
        watch()
        assert list(Alert.objects.values_list("percent", flat=True)) == [50]
        load(tmp_path, spread(client, {200: 30}))
    with time_machine.travel(NOW + timedelta(hours=9, minutes=1), tick=False):
        watch()
        assert sorted(Alert.objects.values_list("percent", flat=True)) == [50, 80]


def test_a_forecast_needs_history_and_never_falls_below_what_is_used() -> None:
    assert forecast([5, 0], 0, []) is None
    assert forecast([5, 0], 0, [[0, 0]]) is None
    assert forecast([5, 0], 0, [[3, 10], [9, 20]]) == (15, 29)
    assert forecast([5, 7], 1, [[1, 1]]) == (12, 12)
