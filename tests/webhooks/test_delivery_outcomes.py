"""What becomes of a delivery: delivered, tried again, held, failed; over real connections to a real receiver."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook

from apps.audit.models import Entry
from apps.core.outbound import Answer
from apps.webhooks import delivery as deliveries
from apps.webhooks import schedule
from apps.webhooks.endpoints import create_endpoint, pause, remove_endpoint, resume, rotate_signing_key
from apps.webhooks.models import Attempt, Delivery, DeliveryState, EndpointState
from apps.webhooks.outcomes import seconds_to_wait
from apps.webhooks.schedule import ATTEMPTS, GAPS, gap_after
from apps.webhooks.services import resend, resend_failed, send_test
from tests.webhooks.conftest import ACTOR

pytestmark = pytest.mark.django_db


def at_most(number):
    """Allow so many deliveries to each endpoint."""
    granted = Counter()

    def allow(endpoint):
        granted[endpoint.pk] += 1
        return granted[endpoint.pk] <= number

    return allow


def only():
    return Delivery.objects.select_related("event", "endpoint").get()


def test_a_delivery_arrives_signed_with_the_auth_token_and_the_name_of_the_event(
    tenant, receiver, tell, send
):
    token = "Bearer of the receiver"
    _, key = create_endpoint(tenant=tenant, name="WMS", url=receiver.url, auth_token=token, actor=ACTOR)
    event = tell()
    send()
    (request,) = receiver.received
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert Webhook(key).verify(request["body"], headers) == {"id": str(event.entity_id), "version": 1}
    assert headers["authorization"] == token
    assert headers["gatepass-event"] == "outbound-order.created"
    assert headers["webhook-id"] == event.message_id
    delivery = only()
    assert delivery.state == DeliveryState.DELIVERED and delivery.finished_at
    attempt = delivery.attempts.get()
    assert attempt.status == 200 and attempt.answer == "ok" and attempt.address == "127.0.0.1"
    assert attempt.request_headers["webhook-id"] == event.message_id
    assert token not in str(attempt.request_headers) and key not in str(attempt.request_headers)


def test_both_keys_verify_for_a_day_after_a_rotation(tenant, receiver, tell, send):
    endpoint, old = create_endpoint(tenant=tenant, name="WMS", url=receiver.url, actor=ACTOR)
    new = rotate_signing_key(endpoint=endpoint, expected_number=1, actor=ACTOR)
    tell()
    send()
    headers = {name.lower(): value for name, value in receiver.received[0]["headers"].items()}
    for key in (old, new):
        assert Webhook(key).verify(receiver.received[0]["body"], headers)
    assert len(headers["webhook-signature"].split()) == 2
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        tell()
        send()
        assert len(receiver.received[1]["headers"]["webhook-signature"].split()) == 1


def test_a_failure_is_tried_again_after_the_gaps_and_fails_for_good_after_the_last(
    endpoint, receiver, tell, send
):
    receiver.answer = lambda request: (500, {}, b"out of order")
    tell()
    moment = timezone.now()
    for tries in range(1, ATTEMPTS + 1):
        with time_machine.travel(moment, tick=True):
            send()
        row = only()
        assert row.attempts.count() == row.tries == tries
        if tries < ATTEMPTS:
            last = row.attempts.last()
            assert last.retry_at == row.due
            assert abs(row.due - moment - GAPS[tries - 1]) < GAPS[tries - 1] * 0.1 + timedelta(seconds=5)
            moment = row.due + timedelta(seconds=1)
    assert row.state == DeliveryState.FAILED and row.finished_at
    assert len({request["headers"]["webhook-id"] for request in receiver.received}) == 1


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 404, 429, 500, 503])
def test_every_answer_but_2xx_is_a_failure(endpoint, receiver, tell, send, status):
    receiver.answer = lambda request: (status, {"Location": "http://127.0.0.1:1/"}, b"")
    tell()
    send()
    assert only().state == DeliveryState.PENDING
    assert len(receiver.received) == 1


def test_retry_after_lengthens_the_gap_up_to_a_day_and_never_shortens_it(endpoint, receiver, tell, send):
    for seconds, low, high in ((3600, 3590, 3610), (10**8, 86300, 86500), (0, 0, 10)):
        Delivery.objects.all().delete()
        receiver.answer = lambda request, seconds=seconds: (503, {"Retry-After": str(seconds)}, b"")
        tell()
        send()
        assert low <= (only().due - timezone.now()).total_seconds() <= high


def test_retry_after_is_read_as_seconds_or_as_a_date_and_nonsense_is_none():
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert seconds_to_wait("120", now) == timedelta(minutes=2)
    assert seconds_to_wait("Fri, 20 Nov 2026 12:05:00 GMT", now) == timedelta(minutes=5)
    assert seconds_to_wait("Fri, 20 Nov 2026 12:05:00 -0000", now) == timedelta(minutes=5)
    assert seconds_to_wait("Fri, 20 Nov 2020 12:05:00 GMT", now) == timedelta(0)
    for text in ("", "soon", "-5", "１２", "1e3", "Fri, 99 Nov 2026 12:05:00 GMT"):
        assert seconds_to_wait(text, now) is None


def test_the_schedule_is_the_documented_one():
    assert [gap.total_seconds() for gap in GAPS] == [
        5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400
    ]  # fmt: skip
    for failures, gap in enumerate(GAPS, start=1):
        assert 0.9 * gap <= gap_after(failures) <= 1.1 * gap
    assert gap_after(len(GAPS) + 1) is None


def test_410_disables_the_endpoint_and_holds_its_events(endpoint, receiver, tell, send):
    receiver.answer = lambda request: (410, {}, b"")
    tell()
    send()
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED and "410" in endpoint.disabled_reason
    assert Entry.objects.filter(action="webhook.disabled").count() == 1
    tell()
    send()
    assert list(Delivery.objects.values_list("state", flat=True)) == [DeliveryState.HELD] * 2
    assert len(receiver.received) == 1
    receiver.answer = lambda request: (204, {}, b"")
    assert resume(endpoint=endpoint, actor=ACTOR) == 2
    send()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_events_of_a_pause_wait_and_go_out_in_their_order_on_resume(endpoint, receiver, tell, send):
    assert pause(endpoint=endpoint, actor=ACTOR)
    first = tell(sequence=1)
    tell(order=first.entity_id, sequence=2)
    tell(order=first.entity_id, sequence=3)
    send()
    assert not receiver.received
    assert resume(endpoint=endpoint, actor=ACTOR) == 3
    assert resume(endpoint=endpoint, actor=ACTOR) is None
    send()
    assert [request["body"][-2:-1] for request in receiver.received] == [b"1", b"2", b"3"]


def test_a_retry_does_not_hold_later_events_of_the_order_unless_strict_order_is_asked_for(
    tenant, endpoint, receiver, tell, send, monkeypatch
):
    # A first gap of 5 minutes, so that a busy machine does not get to the retry too early.
    monkeypatch.setattr(schedule, "GAPS", GAPS[1:])
    create_endpoint(
        tenant=tenant, name="Strict", url=receiver.url + "/strict", strict_order=True, actor=ACTOR
    )
    receiver.answer = lambda request: (500 if b'"version":1' in request["body"] else 200, {}, b"")
    first = tell(sequence=1)
    tell(order=first.entity_id, sequence=2)
    other = tell(sequence=2)
    send()
    arrived = {(request["path"], request["body"]) for request in receiver.received}
    assert {path for path, body in arrived if str(other.entity_id).encode() in body} == {
        "/hooks", "/hooks/strict"
    }  # fmt: skip
    about_first = [path for path, body in arrived if str(first.entity_id).encode() in body]
    assert sorted(about_first) == ["/hooks", "/hooks", "/hooks/strict"]
    receiver.answer = lambda request: (200, {}, b"")
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        send()
    strict_bodies = [r["body"] for r in receiver.received if r["path"].endswith("strict")]
    versions = [body[-2:-1] for body in strict_bodies if str(first.entity_id).encode() in body]
    assert versions == [b"1", b"1", b"2"]


def test_a_test_event_is_marked_passes_a_pause_and_is_tried_once(endpoint, receiver, send):
    pause(endpoint=endpoint, actor=ACTOR)
    receiver.answer = lambda request: (500, {}, b"")
    send_test(endpoint=endpoint, actor=ACTOR)
    send()
    (request,) = receiver.received
    assert request["headers"]["Gatepass-Test"] == "1" and request["headers"]["Gatepass-Event"] == "test"
    assert only().state == DeliveryState.FAILED
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None and endpoint.state == EndpointState.PAUSED


def test_a_resent_event_keeps_its_id_and_gets_the_whole_schedule_again(endpoint, receiver, tell, send):
    tell()
    send()
    assert resend(delivery=only(), actor=ACTOR)
    assert not resend(delivery=only(), actor=ACTOR)
    receiver.answer = lambda request: (500, {}, b"")
    send()
    row = only()
    assert row.tries == 1 and row.attempt == 2 and row.state == DeliveryState.PENDING
    assert len({request["headers"]["webhook-id"] for request in receiver.received}) == 1


def test_all_that_failed_since_a_moment_is_sent_again_and_no_more(endpoint, receiver, tell, send):
    now = timezone.now()
    for hours in (1, 2, 3):
        event = tell()
        Delivery.objects.filter(event=event).update(
            state=DeliveryState.FAILED, due=None, finished_at=now - timedelta(hours=hours)
        )
    assert resend_failed(endpoint=endpoint, since=now - timedelta(hours=2, minutes=1), actor=ACTOR) == 2
    send()
    assert len(receiver.received) == 2
    assert Delivery.objects.filter(state=DeliveryState.FAILED).count() == 1


def test_a_removed_endpoint_gets_nothing_more(endpoint, receiver, tell, send):
    tell()
    remove_endpoint(endpoint=endpoint, actor=ACTOR)
    send()
    assert only().state == DeliveryState.FAILED and not receiver.received
    assert tell() is None
    assert not resend(delivery=only(), actor=ACTOR)
    endpoint.refresh_from_db()
    assert not endpoint.signing_key_sealed


def test_a_late_finisher_changes_nothing(endpoint, tell):
    tell()
    (mine,) = deliveries.claim(1, allow=at_most(1))
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert deliveries.release_expired() == 1
    (theirs,) = deliveries.claim(1, allow=at_most(1))
    answer = Answer(status=500, headers={}, body=b"", ms=1, address="127.0.0.1")
    assert deliveries.finish([deliveries.Sent(mine, timezone.now(), answer)]) == 0
    assert not Attempt.objects.exists() and only().state == DeliveryState.SENDING
    assert deliveries.release([mine]) == 0
    assert deliveries.finish([deliveries.Sent(theirs, timezone.now(), answer)]) == 1
    assert only().tries == 1


def test_a_claim_that_a_dead_worker_lost_costs_no_place_in_the_schedule(endpoint, receiver, tell, send):
    tell()
    for _ in range(ATTEMPTS):
        deliveries.claim(1, allow=at_most(1))
        Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        deliveries.release_expired()
    send()
    assert only().state == DeliveryState.DELIVERED and only().attempt == ATTEMPTS + 1


def test_one_endpoint_gets_no_more_than_its_cap_at_once(endpoint, receiver, tell, send):
    for _ in range(30):
        tell()
    send(per_endpoint=2)
    assert len(receiver.received) == 30 and receiver.most_at_once <= 2


def test_two_deliveries_of_one_order_are_never_in_flight_at_once(endpoint, tell):
    first = tell(sequence=1)
    tell(order=first.entity_id, sequence=2)
    assert [row.event.sequence for row in deliveries.claim(10, allow=at_most(10))] == [1]
    assert deliveries.claim(10, allow=at_most(10)) == []


def test_a_long_backlog_of_one_endpoint_leaves_room_for_the_others(tenant, endpoint, receiver, tell):
    for _ in range(deliveries.WINDOW + 20):
        tell()
    other, _ = create_endpoint(tenant=tenant, name="Other", url=receiver.url, actor=ACTOR)
    tell()
    claimed = deliveries.claim(10, allow=at_most(4))
    assert [row.endpoint_id for row in claimed].count(other.pk) == 1
    assert [row.endpoint_id for row in claimed].count(endpoint.pk) == 4


def test_an_endpoint_is_left_to_the_worker_that_has_deliveries_of_it(tenant, endpoint, receiver, tell):
    other, _ = create_endpoint(tenant=tenant, name="Other", url=receiver.url, actor=ACTOR)
    for _ in range(8):
        tell()
    mine = deliveries.claim(3, allow=lambda row: row.pk == endpoint.pk)
    assert len(mine) == 3
    # Another worker, which has nothing of either, gets what goes to the other endpoint and nothing of this one.
    theirs = deliveries.claim(100, allow=at_most(100))
    assert {row.endpoint_id for row in theirs} == {other.pk} and len(theirs) == 8
    more = deliveries.claim(2, allow=at_most(100), mine={endpoint.pk: 3})
    assert [row.endpoint_id for row in more] == [endpoint.pk] * 2
    deliveries.release([*mine, *more])
    assert len(deliveries.claim(100, allow=at_most(100))) == 8
