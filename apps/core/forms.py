"""How forms look: the renderer and our widgets. What their fields take is in `fields`."""

from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Renders forms and fields by the templates in `templates/ui/form/`."""

    form_template_name = "ui/form/form.html"
    field_template_name = "ui/form/field.html"


class Choice(str):
    """The label of a choice together with a sentence on what it means and a mark such as SANDBOX beside it."""

    help_text: str
    mark: str

    def __new__(cls, label: str, help_text: str = "", mark: str = "") -> Self:
        """Make a label that behaves as its own text everywhere."""
        choice = super().__new__(cls, label)
        choice.help_text = help_text
        choice.mark = mark
        return choice


class _OptionHelp:
    """Gives each option the help and the mark of its `Choice`, tied to the control by aria-describedby."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, *args, **kwargs)  # type: ignore[misc]
        option["help_text"] = getattr(label, "help_text", "")
        option["mark"] = getattr(label, "mark", "")
        if option["help_text"] and (option_id := option["attrs"].get("id")):
            option["attrs"]["aria-describedby"] = f"{option_id}_helptext"
        return option


class Checkboxes(_OptionHelp, forms.CheckboxSelectMultiple):
    """A group of checkboxes in a bordered list."""

    template_name = "ui/form/choices.html"
    option_template_name = "ui/form/choice.html"


class Radios(_OptionHelp, forms.RadioSelect):
    """A group of radio buttons in a bordered list."""

    template_name = "ui/form/choices.html"
    option_template_name = "ui/form/choice.html"


class Switch(forms.CheckboxInput):
    """A checkbox that reads INACTIVE or ACTIVE."""

    template_name = "ui/form/switch.html"

    def __init__(
        self, attrs: Mapping[str, Any] | None = None, *, off: str = "INACTIVE", on: str = "ACTIVE"
    ) -> None:
        super().__init__({"role": "switch", **(attrs or {})})
        self.off = off
        self.on = on

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the two words to what the template gets."""
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"off": self.off, "on": self.on}
        return context
