"""An endpoint's secrets, which we show to its receiver: sealed to their row, tenant and field."""

from functools import partial
from typing import Literal

from apps.core import sealing
from apps.webhooks.models import Endpoint

Field = Literal["signing_key", "previous_key", "auth_token"]


def seal(endpoint: Endpoint, field: Field, plaintext: str) -> str:
    """Seal one of an endpoint's secrets to its row."""
    return sealing.seal(plaintext, context=_context(endpoint, field))


def unseal(endpoint: Endpoint, field: Field) -> str:
    """Open one of an endpoint's secrets; an empty text where there is none."""
    sealed = getattr(endpoint, f"{field}_sealed")
    return sealing.unseal(sealed, context=_context(endpoint, field)) if sealed else ""


def reseal() -> int:
    """Seal all endpoints' secrets with the first key of SEALING_KEYS; return how many were sealed with an older one."""
    fields: tuple[Field, ...] = ("signing_key", "previous_key", "auth_token")
    return sum(
        sealing.reseal(Endpoint.objects.all(), f"{field}_sealed", partial(_context, field=field))
        for field in fields
    )


def _context(endpoint: Endpoint, field: Field) -> tuple[str, ...]:
    # A former signing key was sealed when it was the signing key.
    sealed_as = "signing_key" if field == "previous_key" else field
    return (str(endpoint.tenant_id), "webhooks_endpoint", str(endpoint.pk), sealed_as)
