"""Where a running week may end, as a range from the same weekdays of earlier weeks. Pure."""

from collections.abc import Sequence


def forecast(so_far: Sequence[int], today: int, earlier: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Return the lowest and the highest total that the rest of the week makes likely; None without history.

    `so_far` are the calls of each day of the week, `today` the place of the running day, `earlier` the days of up to
    four weeks before. What is left of today is what that weekday had in all, less what today has already.
    """
    weeks = [week for week in earlier if any(week)]
    if not weeks:
        return None
    low = high = sum(so_far)
    for place in range(today, len(so_far)):
        days = [week[place] for week in weeks if place < len(week)]
        if days:
            low += max(0, min(days) - so_far[place])
            high += max(0, max(days) - so_far[place])
    return low, high
