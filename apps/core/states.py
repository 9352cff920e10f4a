"""How a state is shown: its word, the tone of its badge and the icon that says the same without colour."""

from typing import NamedTuple


class Look(NamedTuple):
    """The look of one state."""

    word: str
    tone: str
    icon: str


LOOKS = {
    # API clients, customers, warehouses, members.
    "active": Look("Active", "good", "check-circle"),
    "inactive": Look("Inactive", "neutral", "pause-circle"),
    "suspended": Look("Suspended", "bad", "no-symbol"),
    "invited": Look("Invited", "info", "envelope"),
    "sandbox": Look("SANDBOX", "sandbox", "beaker"),
    "live": Look("Live", "good", "signal"),
    "legacy": Look("Legacy", "neutral", "archive-box"),
    # Credentials.
    "pending": Look("Pending", "warn", "clock"),
    "retiring": Look("Retiring", "warn", "clock"),
    "revoked": Look("Revoked", "bad", "no-symbol"),
    "expired": Look("Expired", "neutral", "clock"),
    # Orders and consignments.
    "draft": Look("Draft", "neutral", "pencil"),
    "awaiting_stock": Look("Awaiting stock", "warn", "clock"),
    "awaiting_pick_and_pack": Look("Awaiting pick and pack", "info", "clipboard-document-list"),
    "packing_in_progress": Look("Packing in progress", "info", "archive-box"),
    "packed": Look("Packed", "info", "archive-box"),
    "dispatched": Look("Dispatched", "good", "truck"),
    "not_yet_received": Look("Not yet received", "warn", "clock"),
    "received": Look("Received", "info", "inbox-arrow-down"),
    "verified": Look("Verified", "good", "check-badge"),
    "allocated": Look("Allocated", "info", "inbox-arrow-down"),
    "rejected": Look("Rejected", "bad", "x-circle"),
    "cancelled": Look("Cancelled", "neutral", "x-circle"),
    "deleted": Look("Deleted", "neutral", "trash"),
    "awaiting_pickup": Look("Awaiting pickup", "warn", "clock"),
    "awaiting_point_to_point_pickup": Look("Awaiting point to point pickup", "warn", "clock"),
    "awaiting_sale_order_packing": Look("Awaiting sale order packing", "warn", "clock"),
    "awaiting_dropoff": Look("Awaiting drop-off", "warn", "clock"),
    "in_transit_pickup_warehouse": Look("In transit to the warehouse", "info", "truck"),
    "in_warehouse": Look("In warehouse", "info", "building-storefront"),
    "with_on_forwarder": Look("With on-forwarder", "info", "truck"),
    "in_transit_warehouse_delivery": Look("In transit to delivery", "info", "truck"),
    "in_transit_pick_delivery": Look("In transit from pickup to delivery", "info", "truck"),
    "collected": Look("Collected", "good", "check-circle"),
    "delivered": Look("Delivered", "good", "check-circle"),
    "point_to_point_delivered": Look("Point to point delivered", "good", "check-circle"),
    # Webhooks and jobs.
    "waiting": Look("Waiting", "warn", "clock"),
    "sending": Look("Being sent", "info", "paper-airplane"),
    "held": Look("Held back", "neutral", "pause-circle"),
    "in_process": Look("In process", "warn", "clock"),
    "success": Look("Success", "good", "check-circle"),
    "failed": Look("Failed", "bad", "x-circle"),
    "disabled": Look("Disabled", "bad", "no-symbol"),
    "removed": Look("Removed", "neutral", "trash"),
    "paused": Look("Paused", "neutral", "pause-circle"),
    "ok": Look("OK", "good", "check-circle"),
    # Calls and statements.
    "billable": Look("Billable", "info", "banknotes"),
    "refused": Look("Refused", "bad", "no-symbol"),
    "throttled": Look("Throttled", "warn", "hand-raised"),
    "our_error": Look("Our error", "warn", "exclamation-triangle"),
    "closed": Look("Closed", "good", "lock-closed"),
    "provisional": Look("Provisional", "warn", "clock"),
}
TONES = {
    "good": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "info": "information-circle",
    "sandbox": "beaker",
    "neutral": "minus-circle",
}


def look(state: object) -> Look:
    """The look of a state by its name in any letter case; an unknown one is neutral and shows its own word."""
    text = str(getattr(state, "value", state))
    key = text.strip().lower().replace(" ", "_").replace("-", "_")
    return LOOKS.get(key) or Look(text.replace("_", " ").capitalize(), "neutral", "minus-circle")
