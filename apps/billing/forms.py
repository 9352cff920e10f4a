"""Forms of billing."""

from django import forms

from apps.core.fields import AsciiIntegerField


class CapForm(forms.Form):
    """At how many billable calls a week the API stops answering, if at all."""

    calls = AsciiIntegerField(
        label="Stop at",
        required=False,
        min_value=0,
        max_value=10**12,
        help_text="Billable calls a week. Leave it empty for no cap.",
    )
