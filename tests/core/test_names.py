"""Which names are the same, and which characters are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import names


@pytest.mark.parametrize(
    "text",
    [
        "Acme Orders",
        "acme orders",
        "  ACME \t Orders\n",
        "Acme\u00a0Orders",
        "Acme\u200b Orders",
        "\ufeffAcme Orders",
        "Ac\u00adme Orders",
        "Acme Orders\ufe0f",
        "\uff21\uff43\uff4d\uff45 Orders",
        "Acme \u3164Orders",
        "Acme Order\u017f",
    ],
)
def test_case_spaces_width_and_invisible_characters_do_not_tell_names_apart(text):
    assert names.name_key(text) == "acme orders"


def test_composed_and_decomposed_letters_and_sharp_s_are_the_same():
    assert names.name_key("Caf\u00e9 Stra\u00dfe") == names.name_key("CAFE\u0301 STRASSE")


def test_different_names_keep_different_keys():
    assert len({names.name_key(text) for text in ("Acme", "Acme 2", "Acmé", "A cme", "")}) == 5


@given(st.text())
def test_the_key_of_a_key_is_itself(text):
    key = names.name_key(text)
    assert names.name_key(key) == key
    assert names.name_key(f" {text.swapcase().swapcase()} ") == names.name_key(text.swapcase().swapcase())


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\u3164", "\ufeff \u2060"])
def test_a_name_that_shows_nothing_is_blank(text):
    assert names.is_blank(text)
    assert not names.is_blank(text + "a")


@pytest.mark.parametrize("text", ["a\x00", "\x1b[31m", "a\nb", "a\tb", "\x85", "\x7f"])
def test_control_characters_are_found(text):
    assert names.has_control(text)


def test_ordinary_text_has_no_control_characters():
    assert not names.has_control("Größe 3 × 4, 東京, 🚚")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\x00b", "Null"),
        ("a\ud800", "half of a character"),
        ("\udfff", "half of a character"),
        ("abc\u202etxt", "direction"),
        ("\u2066abc", "direction"),
        ("bell\x07", "Control"),
    ],
)
def test_text_that_must_not_be_stored_is_refused_in_words(text, says):
    with pytest.raises(ValueError, match=says):
        names.clean_text(text)


def test_other_text_comes_back_unchanged():
    text = "  Two lines,\r\n\ttabs, 🚚, عربي, family 👨‍👩‍👧 "
    assert names.clean_text(text) == text
