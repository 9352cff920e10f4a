"""The sentences of the log."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, Event
from apps.webhooks.words import outcome, span, summary, tell

NOW = timezone.now()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"), (1, "1 second"), (4.6, "5 seconds"), (59, "1 minute"), (289, "5 minutes"),
        (1900, "32 minutes"), (3300, "1 hour"), (7000, "2 hours"), (82000, "1 day"), (90000, "1 day"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_named_by_its_largest_unit(seconds, text):
    assert span(timedelta(seconds=seconds)) == text


def delivery(state, *, endpoint=EndpointState.ACTIVE, strict=False, sequence=1, **more):
    event = Event(name="outbound-order.created", sequence=sequence)
    return Delivery(event=event, endpoint=Endpoint(state=endpoint, strict_order=strict), state=state, **more)


def attempt(**more):
    return Attempt(number=1, at=NOW, **more)


def sentence(row, *attempts):
    return tell(row, attempts)[0].words


def test_what_an_attempt_came_to_is_said_with_what_follows():
    failed = {"status": 500, "ms": 1120, "retry_at": NOW + timedelta(minutes=5)}
    waiting = delivery(DeliveryState.PENDING, tries=1)
    assert sentence(waiting, attempt(**failed)) == (
        "The receiver answered 500 after 1,120 ms; tried again in 5 minutes."
    )
    later = Attempt(number=2, at=NOW + timedelta(milliseconds=300), status=200, ms=3)
    assert sentence(waiting, attempt(**failed), later).endswith("; tried again at once.")
    held = delivery(DeliveryState.HELD, endpoint=EndpointState.DISABLED, tries=1)
    assert sentence(held, attempt(status=410, ms=1)).endswith("; held back until the endpoint is resumed.")
    assert outcome(attempt(status=302, ms=7)).endswith("after 7 ms, a redirect, which is not followed")
    assert outcome(attempt(error="Nothing answers at x.example, port 443.")) == (
        "Nothing answers at x.example, port 443"
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (delivery(DeliveryState.PENDING), "It waits to be sent."),
        (delivery(DeliveryState.PENDING, strict=True, sequence=2), "after the earlier events of its order"),
        (delivery(DeliveryState.SENDING), "at this moment"),
        (delivery(DeliveryState.HELD, endpoint=EndpointState.PAUSED), "because the endpoint is paused"),
        (delivery(DeliveryState.HELD, endpoint=EndpointState.DISABLED), "because the endpoint is disabled"),
        (delivery(DeliveryState.DELIVERED), "It arrived."),
    ],
)
def test_where_a_delivery_stands_is_one_sentence(row, words):
    assert words in summary(row, [])


def test_failures_are_counted_in_the_summary():
    one, two = [attempt(status=500, ms=1)], [attempt(status=500, ms=1), attempt(error="x")]
    assert (
        summary(delivery(DeliveryState.PENDING, tries=1), one) == "It has not arrived yet: 1 attempt failed."
    )
    assert "2 attempts failed, and it is not tried again" in summary(delivery(DeliveryState.FAILED), two)
    assert summary(delivery(DeliveryState.DELIVERED), two) == "It arrived after 2 attempts failed."
