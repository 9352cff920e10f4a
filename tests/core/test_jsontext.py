"""The strict JSON of the API: what is read, what is refused with which words, and how numbers are written."""

import datetime
import json
import time
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db.models import TextChoices
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from apps.core import jsontext
from apps.core.jsontext import BadJSON


class Colour(TextChoices):
    RED = "red"
    BLUE = "blue"


def read(body, **options):
    return jsontext.loads(body, **{"max_bytes": 1_000_000, **options})


def test_ordinary_documents_are_read_with_exact_numbers():
    value = read(b' {"a": [1, -2, 2.50, 1e3, true, null, "\\u00e9\\ud83d\\ude00"], "b": {}}\n')
    assert value == {"a": [1, -2, Decimal("2.50"), Decimal(1000), True, None, "é😀"], "b": {}}
    assert isinstance(value["a"][0], int) and isinstance(value["a"][2], Decimal)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "byte order mark"),
        ("{}".encode("utf-16-le"), "null characters"),
        ("{}".encode("utf-32-be"), "null characters"),
        (b'{"a": "\xff"}', "must be UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "must be UTF-8"),
        (b'{"a": "\xc0\x80"}', "must be UTF-8"),
        (b'{"a": 1, "a": 2}', '"a" is there twice'),
        (b'[{"x": {"a": 1, "\\u0061": 2}}]', '"a" is there twice'),
        (b"[NaN]", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e309]", "too large"),
        (b"[1e999999999999999999999]", "too large"),
        (b"[1e-400]", "too small"),
        (b"[1." + b"0" * 5000 + b"]", "too many digits"),
        (b"[" + b"9" * 5000 + b"]", "too large"),
        (b"[9223372036854775808]", "too large"),
        (b"[-9223372036854775808]", "too large"),
        (b'["\\u0000"]', "null character"),
        (b'{"\\u0000": 1}', "null character"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udc00x": 1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b'["a\nb"]', "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b"[1,]", "not valid JSON"),
        (b"[01]", "not valid JSON"),
        (b"[+1]", "not valid JSON"),
        (b"[.5]", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"[1] // no", "not valid JSON"),
        (b"[\x0c1]", "not valid JSON"),
        ("[١]".encode(), "not valid JSON"),
        (b'["', "not valid JSON"),
        (b"\\", "not valid JSON"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_a_clear_message(body, says):
    with pytest.raises(BadJSON, match=says) as raised:
        read(body)
    assert raised.value.message == str(raised.value)
    assert len(raised.value.message) < 200


def test_integers_are_read_up_to_the_largest_that_a_database_holds():
    assert read(b"[9223372036854775807, -9223372036854775807, 0, -0]") == [2**63 - 1, 1 - 2**63, 0, 0]


def test_depth_is_counted_outside_of_strings_and_capped():
    assert read(b"[" * 64 + b"]" * 64)
    assert read(json.dumps({"a": "[{" * 500, "b": '\\"[' * 100}).encode())
    assert read(b"[" + b",".join([b"[{}]"] * 500) + b"]")
    for body in (b"[" * 65 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 400_000):
        with pytest.raises(BadJSON, match="more than 64 levels"):
            read(body)
    with pytest.raises(BadJSON, match="more than 2 levels"):
        read(b"[[[]]]", max_depth=2)


def test_a_large_body_is_refused_before_it_is_read():
    with pytest.raises(jsontext.BodyTooLarge, match="larger than 10 bytes"):
        read(b"[" * 11, max_bytes=10)


def test_hostile_bodies_are_read_in_linear_time():
    began = time.perf_counter()
    for body in (
        b'"' + b'\\"' * 400_000,
        b'["' * 300_000,
        b'[[[["' + b"\\\\" * 400_000,
        b"{" * 100 + b'"' * 900_000,
        b"[" * 65 + b'"' + b"\\" * 900_001,
    ):
        with pytest.raises(BadJSON):
            read(body)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("2.5"), "2.5"),
        (Decimal("3.000"), "3"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0"), "0"),
        (Decimal("0.00001"), "0.00001"),
        (Decimal("0.1"), "0.1"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (Decimal(100), "100"),
        (Decimal("-1E+25"), "-10000000000000000000000000"),
        (
            {"a": [Decimal("1.10"), {"b": Decimal("0.123456789012345678901")}]},
            '{"a":[1.1,{"b":0.123456789012345678901}]}',
        ),
        (uuid.UUID(int=5), '"00000000-0000-0000-0000-000000000005"'),
        (datetime.date(2026, 3, 1), '"2026-03-01"'),
        (
            datetime.datetime(2026, 3, 1, 9, 15, 0, 7, tzinfo=ZoneInfo("Australia/Brisbane")),
            '"2026-03-01T09:15:00+10:00"',
        ),
        (gettext_lazy("Yes"), '"Yes"'),
        ("é😀\u2028<", '"é😀\u2028<"'),
        ((1, None, True), "[1,null,true]"),
        ({Colour.RED: Colour.BLUE, mark_safe("b"): mark_safe("c"), 3: 4}, '{"red":"blue","b":"c","3":4}'),
    ],
)
def test_values_are_written_as_callers_expect_them(value, text):
    assert jsontext.dumps(value) == text.encode()


@pytest.mark.parametrize(
    "value",
    [
        Decimal("NaN"),
        Decimal("Infinity"),
        "\ud800",
        object(),
        {1, 2},
        datetime.datetime(2026, 1, 1),
    ],
)
def test_what_json_can_not_hold_is_not_written(value):
    with pytest.raises((TypeError, ValueError)):
        jsontext.dumps([value])


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=6)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | numbers
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_equal(value):
    assert read(jsontext.dumps(value)) == value


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_and_nothing_else(body):
    try:
        read(body)
    except BadJSON:
        pass
