"""Sealed texts open with their key in their own row, and nowhere else."""

import base64

import pytest

from apps.core import sealing
from apps.core.sealing import SealError


def encoded(number: int) -> str:
    return base64.b64encode(bytes([number]) * 32).decode()


OLD, NEW = f"k1:{encoded(1)}", f"k2:{encoded(2)}"
CONTEXT = ("tenant-1", "channel", "7")


@pytest.fixture(autouse=True)
def keys(settings):
    settings.SEALING_KEYS = OLD


def test_a_sealed_text_opens_in_its_context_and_shows_nothing_of_the_plain_text():
    sealed = sealing.seal("auth-token-für-kunden", context=CONTEXT)
    assert "auth" not in sealed
    assert sealed.isascii()
    assert sealing.unseal(sealed, context=CONTEXT) == "auth-token-für-kunden"


def test_sealing_twice_gives_two_texts():
    assert sealing.seal("x", context=CONTEXT) != sealing.seal("x", context=CONTEXT)


@pytest.mark.parametrize(
    "context",
    [
        ("tenant-2", "channel", "7"),
        ("tenant-1", "endpoint", "7"),
        ("tenant-1", "channel", "8"),
        ("tenant-1channel", "7"),
        ("tenant-1", "channel", "7", ""),
        (),
    ],
)
def test_a_sealed_text_moved_to_another_tenant_table_or_row_does_not_open(context):
    sealed = sealing.seal("x", context=CONTEXT)
    with pytest.raises(SealError, match="altered, or belongs to another row"):
        sealing.unseal(sealed, context=context)


def test_a_change_of_any_character_is_noticed():
    sealed = sealing.seal("value", context=CONTEXT)
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "Q"
        # The last character of base64 carries bits that mean nothing; a change there may decode to the same bytes.
        if place == len(sealed) - 1:
            continue
        with pytest.raises(SealError):
            sealing.unseal(sealed[:place] + other + sealed[place + 1 :], context=CONTEXT)


@pytest.mark.parametrize(
    "text", ["", "x", "s1..", "s1.k1", "s1.k1.", "s1.k1.!!!", "s1.k1.AAAA", "s2.k1.AAAA", "s1.K 1.AAAA"]
)
def test_a_text_that_is_not_sealed_is_a_seal_error(text):
    with pytest.raises(SealError):
        sealing.unseal(text, context=CONTEXT)


def test_after_a_rotation_old_texts_open_and_new_ones_use_the_first_key(settings):
    old = sealing.seal("x", context=CONTEXT)
    settings.SEALING_KEYS = f"{NEW}, {OLD}"
    new = sealing.seal("x", context=CONTEXT)
    assert sealing.key_id(old) == "k1" and not sealing.is_current(old)
    assert sealing.key_id(new) == "k2" and sealing.is_current(new)
    assert sealing.unseal(old, context=CONTEXT) == sealing.unseal(new, context=CONTEXT) == "x"


def test_without_its_key_a_text_does_not_open_and_the_error_names_the_key(settings):
    old = sealing.seal("x", context=CONTEXT)
    settings.SEALING_KEYS = NEW
    with pytest.raises(SealError, match="k1 is not among SEALING_KEYS"):
        sealing.unseal(old, context=CONTEXT)


def test_another_key_under_the_same_id_does_not_open(settings):
    sealed = sealing.seal("x", context=CONTEXT)
    settings.SEALING_KEYS = f"k1:{encoded(9)}"
    with pytest.raises(SealError):
        sealing.unseal(sealed, context=CONTEXT)


def test_sealing_needs_a_context():
    with pytest.raises(ValueError, match="context"):
        sealing.seal("x", context=())


def test_derived_keys_differ_by_purpose_and_key_and_are_never_the_key_itself(settings):
    settings.SEALING_KEYS = f"{NEW},{OLD}"
    first, second = sealing.derive("a"), sealing.derive("b")
    assert [name for name, _ in first] == ["k2", "k1"]
    assert len({key for _, key in first + second + sealing.mac_keys()}) == 6
    assert all(len(key) == 32 and key not in (b"\1" * 32, b"\2" * 32) for _, key in first)
    assert first == sealing.derive("a")


def test_the_key_text_may_hold_either_base64_alphabet_with_or_without_padding():
    key = bytes(range(224, 256))
    for text in (base64.b64encode(key), base64.urlsafe_b64encode(key), base64.b64encode(key).rstrip(b"=")):
        assert sealing.parse_keys("a:" + text.decode()) == [("a", key)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" , ", "is empty"),
        (encoded(3), "Entry 1"),
        (f"{OLD},{encoded(3)}", "Entry 2"),
        (f"{OLD},", "Entry 2"),
        (f"K 1:{encoded(3)}", "Entry 1"),
        (f"{OLD},k1:{encoded(3)}", "k1 is twice"),
        (f"{OLD},k3:{encoded(1)}", "same as another"),
        ("k1:" + base64.b64encode(b"3" * 31).decode(), "not 32 bytes"),
        ("k1:secret-that-is-no-base64!", "not 32 bytes"),
    ],
)
def test_a_wrong_key_text_says_what_to_set_and_shows_no_key(text, says):
    with pytest.raises(ValueError, match=says) as raised:
        sealing.parse_keys(text)
    message = str(raised.value)
    assert "Set SEALING_KEYS to id:key" in message
    assert encoded(3) not in message and "secret-that" not in message
