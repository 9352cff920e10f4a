"""What Django's checks say about a proxy in front of us, before somebody believes what it forwards."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

LOOKS_ALIKE = checks.Info(
    "What the proxies of TRUSTED_PROXIES forward is believed, and a caller's X_Forwarded_For (with underscores) "
    "can't be told from their X-Forwarded-For.",
    hint="Have every proxy remove header names with underscores, as nginx does by itself: docs/gateway.md, "
    '"Header names with underscores".',
    id="gatepass.I001",
)


def trusts_everybody(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Whoever calls could say where from, past every list of allowed addresses."""
    return [
        checks.Warning(
            f"TRUSTED_PROXIES holds {network}, so every caller is believed about its own address.",
            hint="Name the networks that your proxies are in, such as 10.0.0.0/24.",
            id="gatepass.W001",
        )
        for network in settings.TRUSTED_PROXIES
        if network.prefixlen == 0
    ]


def trusts_look_alikes(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """WSGI gives both names as one; which proxies let the other one through can't be seen from here."""
    return [LOOKS_ALIKE] if settings.TRUSTED_PROXIES else []
