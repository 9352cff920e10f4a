"""What the worker does for billing. Every job may run twice and in parallel."""

from datetime import datetime, timedelta

from django.utils import timezone

from apps.audit.actors import WORKER
from apps.billing.alerts import alert_all
from apps.billing.caps import apply_caps
from apps.billing.services import close_due, prune_calls

CLOSE_SECONDS = 60
ALERT_SECONDS = 60
CAP_SECONDS = 5
PRUNE_SECONDS = 6 * 60 * 60
# Calls are recorded a moment before they can be seen, and a look may take its time.
_OVERLAP = timedelta(hours=1)


def close_due_weeks() -> None:
    """Close the weeks that ended a quarter of an hour ago or earlier; about once a minute."""
    close_due(actor=WORKER)


def apply_weekly_caps() -> None:
    """Stop the calls of tenants whose own cap is reached; every few seconds, so that few calls pass it."""
    apply_caps()


class AlertWatch:
    """Tells tenants that much of their allowance is used; looks about once a minute.

    A tenant that made no call since the last look can't have reached a step that it was not told of. The first look of
    a worker is at all of them, for what was reached while none ran.
    """

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def __call__(self) -> None:
        """Look, and remember when; a look that fails is made again."""
        now = timezone.now()
        alert_all(self._looked_at and min(self._looked_at, now) - _OVERLAP)
        self._looked_at = now


def prune_old_calls() -> None:
    """Remove calls that are no longer kept; a few times a day."""
    prune_calls()
