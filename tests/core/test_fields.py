"""Numbers are ASCII digits and text is text, in the portal's forms and in the admin's."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from apps.core.fields import ADMIN_NUMBERS, AsciiDecimalField, AsciiIntegerField, PlainTextField


def test_whole_numbers_are_read():
    field = AsciiIntegerField(min_value=-5, max_value=100)
    assert [field.clean(text) for text in ("0", "100", "-5", " 7 ", "007", 12)] == [0, 100, -5, 7, 7, 12]


@pytest.mark.parametrize(
    "text",
    [
        "１２",
        "1_000",
        "+5",
        "1.0",
        "1e3",
        "1,000",
        "0x10",
        "--1",
        "- 1",
        "٣",
        "1\n",
        "1\x00",
        "²",
        "9" * 19,
        "9" * 5000,
        "",
        "a",
        "∞",
        True,
    ],
)
def test_other_spellings_of_whole_numbers_are_refused(text):
    with pytest.raises(ValidationError):
        AsciiIntegerField().clean(text)


@pytest.mark.parametrize(
    ("text", "says"), [("11", "less than or equal to 10"), ("0", "greater than or equal to 1")]
)
def test_bounds_of_whole_numbers_are_kept(text, says):
    with pytest.raises(ValidationError, match=says):
        AsciiIntegerField(min_value=1, max_value=10).clean(text)


def test_decimals_are_read():
    field = AsciiDecimalField(max_digits=8, decimal_places=3)
    assert [field.clean(text) for text in ("2.5", "0", "-1.250", " 3 ", Decimal("1E+2"))] == [
        Decimal("2.5"), Decimal(0), Decimal("-1.250"), Decimal(3), Decimal(100),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "1e3",
        "1E-3",
        "NaN",
        "Infinity",
        "-inf",
        "sNaN",
        "+1.5",
        "1,5",
        "1_0.0",
        ".5",
        "5.",
        "１.５",
        "1.2345",
        "123456789",
        "1\n",
        "9" * 5000,
        "",
        "0x1",
    ],
)
def test_other_spellings_of_decimals_are_refused(text):
    with pytest.raises(ValidationError):
        AsciiDecimalField(max_digits=8, decimal_places=3).clean(text)


def test_fields_that_are_not_required_take_nothing():
    assert AsciiIntegerField(required=False).clean("") is None
    assert AsciiDecimalField(required=False).clean("") is None
    assert PlainTextField(required=False).clean(" \u200b ") == ""


def test_a_number_field_offers_number_keys_and_keeps_what_was_typed():
    class Form(forms.Form):
        count = AsciiIntegerField(max_value=3)
        weight = AsciiDecimalField()

    form = Form({"count": "1e3", "weight": "x"})
    html = form.as_p()
    assert 'inputmode="numeric"' in html and 'inputmode="decimal"' in html and 'value="1e3"' in html
    assert form.errors["count"] == ["Enter a whole number in the digits 0 to 9."]


def test_the_admin_reads_numbers_as_the_portal_does():
    for field in (models.PositiveIntegerField(), models.DecimalField(max_digits=5, decimal_places=2)):
        kind = next(kind for kind in type(field).__mro__ if kind in ADMIN_NUMBERS)
        formfield = field.formfield(**ADMIN_NUMBERS[kind])
        assert formfield.clean("12") == 12
        for text in ("１２", "+5", "1e1"):
            with pytest.raises(ValidationError):
                formfield.clean(text)


def test_text_is_stripped_and_kept():
    assert PlainTextField().clean("  Größe 3 × 4 👨‍👩‍👧 ") == "Größe 3 × 4 👨‍👩‍👧"
    assert PlainTextField(widget=forms.Textarea).clean("a\r\nb\rc\n\td") == "a\nb\nc\n\td"


@pytest.mark.parametrize(
    "text", ["a\x00", "a\ud800", "a\u202eb", "a\x07", "a\nb", "a\tb", "\u200b", "   ", "\u3164", ""]
)
def test_text_that_can_not_be_shown_as_one_line_is_refused(text):
    with pytest.raises(ValidationError):
        PlainTextField().clean(text)


def test_text_keeps_its_longest_length():
    with pytest.raises(ValidationError, match="at most 3"):
        PlainTextField(max_length=3).clean("abcd")
