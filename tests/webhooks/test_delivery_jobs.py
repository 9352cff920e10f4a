"""What the worker does from time to time: mails about failing endpoints, disabling, forgetting."""

from datetime import timedelta
from smtplib import SMTPException

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone

from apps.audit.models import Entry
from apps.operations.jobs import JOBS
from apps.operations.worker import Job, Worker
from apps.webhooks.jobs import forget_old_events, watch_endpoints
from apps.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing(endpoint, tell, administrator):
    """An endpoint that has failed since now, with one event that waits."""
    tell()
    Endpoint.objects.update(failing_since=timezone.now())
    endpoint.refresh_from_db()
    return endpoint


def after(**gap):
    return time_machine.travel(timezone.now() + timedelta(**gap), tick=True)


def test_administrators_are_mailed_after_one_day_and_three_and_when_it_is_disabled(
    failing, administrator, limited_administrator, viewer, mailoutbox
):
    assert watch_endpoints() == 0
    expected = []
    for days, subject in ((1, "failing for 1 day:"), (3, "failing for 3 days:"), (5, "Webhook disabled:")):
        with after(days=days, minutes=1):
            assert watch_endpoints() == 2
            assert watch_endpoints() == 0
        expected.append(subject)
    assert {mail.to[0] for mail in mailoutbox} == {administrator.email, limited_administrator.email}
    for subject, mail in zip(expected, mailoutbox[::2], strict=True):
        assert subject in mail.subject and "Warehouse system" in mail.subject
        assert failing.url not in mail.body and "/settings/webhooks/" in mail.body
    assert "is disabled and its events are held back" in mailoutbox[0].body
    assert "AEST" in mailoutbox[0].body
    failing.refresh_from_db()
    assert failing.state == EndpointState.DISABLED and failing.disabled_at
    assert Delivery.objects.get().state == DeliveryState.HELD
    assert Entry.objects.get(action="webhook.disabled").actor_kind == "worker"


def test_a_worker_that_was_away_for_three_days_sends_one_mail(failing, mailoutbox):
    with after(days=4):
        watch_endpoints()
    assert len(mailoutbox) == 1 and "failing for 3 days" in mailoutbox[0].subject


def test_a_success_ends_the_counting(failing, mailoutbox, receiver, send):
    with after(days=1, hours=1):
        watch_endpoints()
        send()
    with after(days=6):
        assert watch_endpoints() == 0
    failing.refresh_from_db()
    assert failing.state == EndpointState.ACTIVE and failing.days_warned == 0


def test_a_mail_server_that_is_away_gets_the_mail_later(failing, mailoutbox, monkeypatch):
    def refuse(self, mails):
        raise SMTPException("gone")

    with after(days=1, hours=1):
        with monkeypatch.context() as patch:
            patch.setattr(EmailBackend, "send_messages", refuse)
            assert watch_endpoints() == 0
        assert watch_endpoints() == 1


def test_a_receiver_that_is_gone_is_told_of_by_mail(failing, receiver, send, mailoutbox):
    receiver.answer = lambda request: (410, {}, b"")
    send()
    assert watch_endpoints() == 1
    assert "410" in mailoutbox[0].body


def test_events_are_forgotten_30_days_after_they_arrived_failed_or_were_held(endpoint, receiver, tell, send):
    tell()
    send()
    held = tell()
    waiting = tell()
    Delivery.objects.filter(event=held).update(state=DeliveryState.HELD, due=None)
    with after(days=29):
        assert forget_old_events() == 0
    with after(days=31):
        recent = tell()
        assert forget_old_events() == 2
        assert forget_old_events() == 0
    assert set(Event.objects.all()) == {waiting, recent}
    assert not Attempt.objects.exists()


def test_a_job_that_fails_holds_up_none_of_the_others(caplog):
    ran = []

    def fail():
        raise ValueError("broken")

    worker = Worker((Job("broken", 60, fail), Job("well", 60, lambda: (ran.append(1), worker.stop()))))
    worker._run_jobs()
    assert ran == [1] and "The job broken failed" in caplog.text


def test_worker_once_runs_every_job_and_sends_what_is_due(endpoint, receiver, tell, monkeypatch):
    tell()
    call_command("worker", "--once", verbosity=0)
    assert len(receiver.received) == 1
    assert {"watch webhook endpoints", "forget old webhook events"} <= {job.name for job in JOBS}
