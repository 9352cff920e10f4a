"""Ticking some of many: a search box over a long list of boxes, which keeps what is ticked already.

The database finds what a page shows, so a list of 100,000 costs a page no more than one of 200. `ui/form/picker.html`
is the search box, `picker.js` keeps what is ticked while an answer is on its way.
"""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from apps.core.fields import PlainTextField
from apps.core.forms import Checkboxes, Choice
from apps.core.names import name_key

SEARCHED_FROM, MOST_SHOWN = 20, 200


class SearchField(PlainTextField):
    """The search box over a long list. It is no part of what is stored: what is wrong with it matches nothing.

    `shown` is what the list was searched for when the page was made, None where the page had no search box. Without
    scripts, Enter in the box saves like Enter anywhere else; whoever searched for something else than the list shows
    wants to see that first, so nothing is saved then.
    """

    shown: str | None = None

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        )

    def clean(self, value: Any) -> Any:
        """Take anything that the person has seen the list for."""
        text = str(value or "")
        if self.shown is not None and name_key(text) not in ("", name_key(self.shown)):
            raise ValidationError("The list shows now what this matches. Tick what you want, then go on.")
        return text[:120]


class PickForm(forms.Form):
    """A form with such lists."""

    def full_clean(self) -> None:
        """Judge nothing else where a search was not seen yet: the person is still at the list."""
        super().full_clean()
        if unseen := {name for name in self.errors if isinstance(self.fields.get(name), SearchField)}:
            for name in set(self.errors) - unseen:
                del self.errors[name]


class PickBoxes(Checkboxes):
    """Boxes whose ids say which row they are for: the focus stays with its row when the list is swapped."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **more: Any) -> dict[str, Any]:
        """Number the option by its value instead of its place."""
        selected, _ = args
        return super().create_option(name, value, label, selected, str(value), **more)


class PickField(forms.MultipleChoiceField):
    """Boxes for rows that have a `name_key`; `offer` fills it for one form and leaves in `chosen` what is ticked.

    `always` are the choices that are no rows and stand first, whatever is searched for.
    """

    default_error_messages = {"invalid_choice": "Choose from the list."}
    chosen: list[Any]
    is_long: bool

    def __init__(self, *, always: tuple[tuple[str, Choice], ...] = (), **kwargs: Any) -> None:
        super().__init__(widget=PickBoxes(attrs={"class": "choices--tall"}), **kwargs)
        self.always = always

    def validate(self, value: list[str]) -> None:
        """Whatever is ticked has to be there, shown or not."""
        forms.Field.validate(self, value)
        known = {*(key for key, _ in self.always), *(str(row.pk) for row in self.chosen)}
        if not known.issuperset(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")


def offer(form: forms.Form, name: str, rows: QuerySet[Any], label: Callable[[Any], Choice]) -> None:
    """Show what is ticked and the first rows that match the search `<name>_q`; the others stay valid all the same."""
    field, search = cast(PickField, form.fields[name]), form[f"{name}_q"]
    cast(SearchField, search.field).shown = form.data.get(f"{search.html_name}_shown")
    ticked = {key for key in map(_id_of, form[name].value() or ()) if key}
    words = name_key(str(search.value() or ""))
    rows = rows.order_by("name_key")
    field.chosen = list(rows.filter(pk__in=ticked)) if ticked else []
    matching = rows.exclude(pk__in=ticked)
    if words:
        matching = matching.filter(name_key__contains=words)
    first = list(matching[: MOST_SHOWN + 1])
    found = matching.count() if len(first) > MOST_SHOWN else len(first)
    total = rows.count() if words else found + len(field.chosen)
    shown = [*field.chosen, *first[:MOST_SHOWN]]
    field.widget.choices = [*field.always, *((str(row.pk), label(row)) for row in shown)]
    field.is_long = total > SEARCHED_FROM
    counted = f"{found:,} of {total:,} match" if words else f"{total:,} in all"
    more = f", the first {MOST_SHOWN} are shown" if found > MOST_SHOWN else ""
    search.help_text = f"{counted}{more}. What is ticked stays."


def _id_of(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
