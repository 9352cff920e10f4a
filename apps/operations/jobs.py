"""What the worker does beside sending webhooks, and how often. Each job may run twice, in parallel and anywhere."""

from apps.accounts.services import forget_sessions
from apps.billing import jobs as billing
from apps.clients import jobs as clients
from apps.operations.worker import Job
from apps.orders import jobs as orders
from apps.tenants.zones import apply_zone_changes
from apps.usage import jobs as usage
from apps.webhooks import jobs as webhooks

# What removes something; `manage.py prune` runs these alone.
PRUNING: tuple[Job, ...] = (
    Job("remove old calls", billing.PRUNE_SECONDS, billing.prune_old_calls),
    Job("forget old webhook events", webhooks.FORGET_SECONDS, webhooks.forget_old_events),
    Job("remove abandoned channels", 300.0, clients.remove_abandoned_channels),
    Job("forget tokens that ran out", 3600.0, clients.prune),
    Job("forget sessions that ran out", 3600.0, forget_sessions),
)

JOBS: tuple[Job, ...] = (
    Job("count calls", usage.ROLL_UP_SECONDS, usage.roll_up_counters),
    Job("add up days", usage.DAYS_SECONDS, usage.sum_up_days),
    Job("make weeks of the ledger", usage.PARTITIONS_SECONDS, usage.keep_partitions),
    Job("move to new time zones", billing.CLOSE_SECONDS, apply_zone_changes),
    Job("close weeks", billing.CLOSE_SECONDS, billing.close_due_weeks),
    Job("apply weekly caps", billing.CAP_SECONDS, billing.apply_weekly_caps),
    Job("warn of used allowances", billing.ALERT_SECONDS, billing.AlertWatch()),
    Job("watch webhook endpoints", webhooks.WATCH_SECONDS, webhooks.watch_endpoints),
    Job("move orders of simulated sandboxes", orders.SIMULATE_SECONDS, orders.simulate),
    Job("settle credentials", 60.0, clients.settle),
    Job("warn of clients that expire", 600.0, clients.warn_of_expiry),
    *PRUNING,
)
