"""What the worker does for this app."""

from apps.audit.actors import WORKER
from apps.orders.services.simulation import TURN, take_turns

SIMULATE_SECONDS = TURN.total_seconds()


def simulate() -> int:
    """Move the orders of sandboxes whose simulator is switched on; return how many took a step."""
    return take_turns(WORKER)
