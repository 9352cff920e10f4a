"""An audit entry in words."""

from typing import Any

from django import template

from apps.audit.models import Entry

register = template.Library()


@register.filter
def action_words(action: str) -> str:
    """An action in words: "warehouse.made_default" reads "Warehouse made default"."""
    return action.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def changes(entry: Entry) -> list[tuple[str, str, str]]:
    """What changed: the field, its old value and its new one; what was empty and stays so is left out."""
    named = [
        (name.replace("_", " "), _shown(entry.before.get(name)), _shown(entry.after.get(name)))
        for name in sorted({*entry.before, *entry.after})
    ]
    return [(name, old, new) for name, old, new in named if old != new]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_shown(item)}" for key, item in sorted(value.items()))
    return str(value)
