"""What the worker does for billing. Every job may run twice and in parallel."""

from apps.audit.actors import WORKER
from apps.billing.alerts import alert_all
from apps.billing.caps import apply_caps
from apps.billing.services import close_due, prune_calls

CLOSE_SECONDS = 60
ALERT_SECONDS = 60
CAP_SECONDS = 5
PRUNE_SECONDS = 6 * 60 * 60


def close_due_weeks() -> None:
    """Close the weeks that ended a quarter of an hour ago or earlier; about once a minute."""
    close_due(actor=WORKER)


def apply_weekly_caps() -> None:
    """Stop the calls of tenants whose own cap is reached; every few seconds, so that few calls pass it."""
    apply_caps()


def send_alerts() -> None:
    """Tell tenants that much of their allowance is used; about once a minute."""
    alert_all()


def prune_old_calls() -> None:
    """Remove calls that are no longer kept; a few times a day."""
    prune_calls()
