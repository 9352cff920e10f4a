"""The life of a credential, the same for all four kinds: a table of state and event, and nothing else.

Time is part of it: a state as stored says what was decided, `effective` says what holds at an instant. Whoever asks
whether a credential works asks `effective`, so an end is kept to the second without any job having run.
"""

from datetime import datetime, timedelta
from enum import StrEnum

CONFIRM_WITHIN = timedelta(minutes=15)


class State(StrEnum):
    """Where a credential stands."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to a credential."""

    CONFIRM = "confirm"
    TIME_OUT = "time out"
    REPLACE = "replace at once"
    RETIRE = "retire with an overlap"
    FINISH = "finish"
    KEEP = "keep"
    REVOKE = "revoke"


class NotPossible(Exception):
    """The event has no place in this state; the text says so to a person."""


_TABLE: dict[tuple[State, Event], State] = {
    (State.PENDING, Event.CONFIRM): State.ACTIVE,
    (State.PENDING, Event.TIME_OUT): State.EXPIRED,
    (State.PENDING, Event.REPLACE): State.EXPIRED,
    (State.ACTIVE, Event.REPLACE): State.EXPIRED,
    (State.ACTIVE, Event.RETIRE): State.RETIRING,
    (State.RETIRING, Event.FINISH): State.EXPIRED,
    (State.RETIRING, Event.REPLACE): State.EXPIRED,
    (State.RETIRING, Event.KEEP): State.ACTIVE,
    **{(state, Event.REVOKE): State.REVOKED for state in State},
}

WORKING = frozenset({State.ACTIVE, State.RETIRING})
ENDED = frozenset({State.REVOKED, State.EXPIRED})


def after(state: State, event: Event) -> State:
    """The state that follows; `NotPossible` where the table has none."""
    try:
        return _TABLE[state, event]
    except KeyError:
        raise NotPossible(f"A credential that is {state} can't {event}.") from None


def effective(state: State, ends: datetime | None, now: datetime) -> State:
    """The state that holds now: what has an end and has reached it is expired, the instant of the end included."""
    if state not in ENDED and ends is not None and now >= ends:
        return State.EXPIRED
    return state


def works(state: State, ends: datetime | None, now: datetime) -> bool:
    """Whether the credential proves anything now."""
    return effective(state, ends, now) in WORKING
