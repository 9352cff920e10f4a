"""Dates in addresses."""

from datetime import date


class DateConverter:
    """A date as YYYY-MM-DD; anything else is no such page."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Read the date; a ValueError becomes a 404."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        """Write the date."""
        return value if isinstance(value, str) else value.isoformat()
