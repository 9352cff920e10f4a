"""Ticking some of many: a search box over a long list of boxes, which keeps what is ticked already."""

from typing import Any, cast

from django import forms

from apps.core.fields import PlainTextField
from apps.core.forms import Choice
from apps.core.names import name_key

SEARCHED_FROM, MOST_SHOWN = 20, 200


class SearchField(PlainTextField):
    """The search box over a long list. It is no part of what is stored: what is wrong with it matches nothing."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        )

    def clean(self, value: Any) -> Any:
        """Take anything."""
        return str(value or "")[:120]


def narrow(form: forms.Form, name: str, *, always: int = 0) -> None:
    """Show what is ticked and the first that match the search `<name>_q`; the others stay valid all the same.

    The first `always` choices are shown whatever is searched for.
    """
    ticked = set(form[name].value() or ())
    words = name_key(str(form[f"{name}_q"].value() or ""))
    choices = cast(list[tuple[str, Choice]], form.fields[name].choices)  # type: ignore[attr-defined]
    kept, rows = choices[:always], choices[always:]
    matching = [row for row in rows if row[0] not in ticked and words in name_key(row[1])]
    shown = [*kept, *(row for row in rows if row[0] in ticked), *matching[:MOST_SHOWN]]
    form.fields[name].widget.choices = shown
    found = f"{len(matching):,} of {len(rows):,} match" if words else f"{len(rows):,} in all"
    more = f", the first {MOST_SHOWN} are shown" if len(matching) > MOST_SHOWN else ""
    form[f"{name}_q"].help_text = f"{found}{more}. What is ticked stays."
