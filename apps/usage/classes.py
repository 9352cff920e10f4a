"""Which class a call belongs to, and so whether it counts towards the bill (design §6). Pure: no clock, no database."""

from django.db.models import TextChoices


class CallClass(TextChoices):
    """What a call is to the bill. Only the first is charged; the others are shown apart and cost nothing."""

    BILLABLE = "billable", "Billable"
    SANDBOX = "sandbox", "Sandbox"
    REFUSED = "refused", "Refused"
    THROTTLED = "throttled", "Throttled"
    OUR_ERROR = "our_error", "Our error"
    TOKEN = "token", "Token request"


REFUSALS = frozenset({401, 403})
TOO_MANY_REQUESTS = 429


def is_sandbox(customer_kind: str, only_sandboxes: bool) -> bool:
    """Say whether a call is one to a sandbox.

    The customer that the call names decides. A call that names none is a sandbox call if all the customers of its
    client are sandboxes.
    """
    return customer_kind == "sandbox" or (not customer_kind and only_sandboxes)


def classify(
    *, status: int, customer_kind: str = "", only_sandboxes: bool = False, token_request: bool = False
) -> CallClass:
    """Return the class of a call. The order of the tests is part of the rule: token request, sandbox, status.

    `customer_kind` is "live", "sandbox", or "" where the call names no customer.
    """
    if token_request:
        return CallClass.TOKEN
    if is_sandbox(customer_kind, only_sandboxes):
        return CallClass.SANDBOX
    if status in REFUSALS:
        return CallClass.REFUSED
    if status == TOO_MANY_REQUESTS:
        return CallClass.THROTTLED
    if status >= 500:
        return CallClass.OUR_ERROR
    return CallClass.BILLABLE
