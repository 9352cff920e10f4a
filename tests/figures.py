"""How often a promise is tested: a part of the promised figure by default, the whole of it with PROMISE_SCALE=1."""

import os

WHOLE = os.environ.get("PROMISE_SCALE", "") not in ("", "0")


def figure(promised: int, by_default: int) -> int:
    """As often as promised, or by default less often."""
    return promised if WHOLE else by_default
