"""The names of the events that a receiver can subscribe to, and what each says."""

EVENTS: dict[str, str] = {
    "outbound-order.created": "An order was created.",
    "outbound-order.status-changed": "An order moved on: allocated, packed, dispatched or cancelled.",
    "outbound-order.deleted": "An order was deleted.",
    "inbound-order.created": "An inbound order was created.",
    "inbound-order.status-changed": "An inbound order was received, verified or allocated.",
    "inbound-order.deleted": "An inbound order was deleted.",
    "consignment.created": "A consignment was created.",
    "consignment.status-changed": "A consignment moved on.",
    "outbound-document.created": "A document was attached to an order.",
    "usage.threshold_reached": "The week's calls reached 50, 80 or 100 % of what the plan includes.",
    "credential.expiring": "A credential is about to expire.",
}

LABELS: dict[str, str] = {
    "outbound-order.created": "Order created",
    "outbound-order.status-changed": "Order moved on",
    "outbound-order.deleted": "Order deleted",
    "inbound-order.created": "Inbound order created",
    "inbound-order.status-changed": "Inbound order moved on",
    "inbound-order.deleted": "Inbound order deleted",
    "consignment.created": "Consignment created",
    "consignment.status-changed": "Consignment moved on",
    "outbound-document.created": "Document attached",
    "usage.threshold_reached": "Allowance used",
    "credential.expiring": "Credential expiring",
    "test": "Test",
}
"""What lists call an event, for readers who don't know its name."""
