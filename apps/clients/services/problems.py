"""Why a write did not happen. Each text is a sentence for the person who asked."""


class Outdated(Exception):
    """The form was made for an earlier state: it was submitted before, or somebody else was faster."""


class AlreadyDone(Outdated):
    """The form that creates something was submitted before; its secret was shown then and is not shown again."""


class LimitReached(Exception):
    """The plan allows no more bearer tokens at one time."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"All {limit} bearer tokens of your plan are in use. Revoke one that is not needed any more, "
            "or ask your account manager for a higher limit."
        )
        self.limit = limit


class NotIncluded(Exception):
    """The plan does not include what was asked for."""
