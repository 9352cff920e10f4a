"""The format of secrets: what is made is recognised, what is damaged is not, and logs show neither."""

import base64
import io
import logging
import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import secrets
from apps.core.secrets import SecretKind
from tests.figures import figure

KINDS = list(SecretKind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_secret_has_the_documented_format_and_is_recognised(kind):
    text = secrets.generate(kind)
    assert re.fullmatch(rf"gp_{kind.value}_[0-9A-Za-z]{{49}}", text)
    assert secrets.kind_of(text) is kind
    assert secrets.PATTERN.search(f"token={text};")[0] == text


def test_a_million_secrets_are_all_different_well_formed_and_use_the_whole_alphabet_evenly():
    made = [secrets.generate(SecretKind.cs) for _ in range(figure(1_000_000, 100_000))]
    assert len(set(made)) == len(made)
    assert all(secrets.kind_of(text) is SecretKind.cs for text in made)
    counts = dict.fromkeys(secrets.ALPHABET, 0)
    for text in made[:20_000]:
        for character in text[6:49]:
            counts[character] += 1
    mean = sum(counts.values()) / 62
    assert all(abs(count - mean) < mean * 0.07 for count in counts.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_single_typo_and_every_swap_of_neighbours_is_refused(kind):
    text = secrets.generate(kind)
    for place in range(len(text)):
        for character in secrets.ALPHABET + "_- é":
            if character != text[place]:
                assert secrets.kind_of(text[:place] + character + text[place + 1 :]) is None
        swapped = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
        assert swapped == text or secrets.kind_of(swapped) is None


def test_a_secret_relabelled_as_another_kind_is_refused():
    text = secrets.generate(SecretKind.cs)
    assert secrets.kind_of(text.replace("gp_cs_", "gp_bt_")) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.upper(),
        lambda text: secrets.digest(text),
        lambda text: secrets.mask(text),
        lambda text: text.translate({ord("g"): "\uff47"}),
        lambda text: text[:6] + "\u0661" * 43 + text[49:],
        lambda text: "",
        lambda text: "\ud800" * 55,
    ],
)
def test_other_spellings_digests_and_masks_of_a_secret_are_refused(change):
    assert secrets.kind_of(change(secrets.generate(SecretKind.at))) is None


@given(st.binary(min_size=32, max_size=32))
def test_computed_tokens_carry_their_bytes_through_the_format(payload):
    text = secrets.from_bytes(SecretKind.at, payload)
    assert secrets.kind_of(text) is SecretKind.at
    assert secrets.to_bytes(text, SecretKind.at) == payload
    assert secrets.to_bytes(text, SecretKind.bt) is None


def test_a_payload_of_another_length_and_a_number_beyond_it_are_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        secrets.from_bytes(SecretKind.at, b"short")
    largest = secrets._assemble(SecretKind.at, 62**43 - 1)
    assert secrets.kind_of(largest) is SecretKind.at
    assert secrets.to_bytes(largest, SecretKind.at) is None
    assert secrets.to_bytes("gp_at_", SecretKind.at) is None


def test_client_ids_have_a_shape_of_their_own():
    made = {secrets.generate_client_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(secrets.is_generated_client_id(text) for text in made)
    assert all(text == text.casefold() for text in made)
    for other in ("gpc_short", "acme.erp", next(iter(made)) + "\n", next(iter(made)).upper(), ""):
        assert not secrets.is_generated_client_id(other)


def test_a_digest_is_the_sha256_in_hex_and_takes_any_text():
    assert secrets.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(secrets.digest("\ud800")) == 64


def test_a_mask_shows_the_kind_of_ours_and_nothing_of_others():
    text = secrets.generate(SecretKind.bt)
    assert secrets.mask(text) == "gp_bt_********"
    assert secrets.mask("a legacy key") == "********"


SECRET = secrets.generate(SecretKind.cs)
BASIC = base64.b64encode(f"gpc_x:{SECRET}".encode()).decode()
PLACES = [
    SECRET,
    SECRET[:30],
    f"GET /uaa/oauth/token?client_id=x&client_secret={SECRET}&a=1",
    "GET /uaa/oauth/token?client_id=x&client_secret=legacy-plain-value&a=1",
    "client_secret%3Dlegacy-plain-value",
    '{"client_secret": "legacy-plain-value", "a": 1}',
    "{'HTTP_AUTHORIZATION': 'legacy-plain-value'}",
    "Authorization: Basic " + BASIC,
    f"basic {BASIC}",
    "[(b'authorization', b'legacy-plain-value')]",
    f"Bearer {SECRET}",
    "X-Client-Secret: legacy-plain-value",
    "HTTP_X_CLIENT_SECRET=legacy-plain-value",
    "password='legacy-plain-value'",
    "whsec_bGVnYWN5LXBsYWluLXZhbHVl",
]


@pytest.mark.parametrize("text", PLACES, ids=range(len(PLACES)))  # xdist wants the same names in each process
def test_redaction_hides_secrets_wherever_logs_show_them(text):
    shown = secrets.redact(text)
    for hidden in (SECRET[6:30], "legacy-plain-value", BASIC, "bGVnYWN5LXBsYWluLXZhbHVl"):
        assert hidden not in shown


def test_redaction_leaves_ordinary_lines_alone():
    line = "POST /tenants/4/outbound-orders 201 in 12 ms for gpc_0123456789abcdefghij (basic plan, bearer of good news)"
    assert secrets.redact(line) == line


def test_redaction_is_fast_on_long_hostile_lines():
    began = time.perf_counter()
    for piece in (
        "authorization",
        "password=",
        "client_secret:'",
        'password="\\"',
        "a-",
        "gp_cs_",
        "basic ",
        '"',
        "bearer\t",
    ):
        secrets.redact(piece * 20_000)
    secrets.redact("password" + " " * 200_000)
    assert time.perf_counter() - began < 5


def test_the_filter_redacts_messages_arguments_tracebacks_and_broken_records():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(secrets.RedactSecrets())
    logger = logging.getLogger("tests.redact")
    logger.handlers, logger.propagate = [handler], False
    logger.warning("token %s", SECRET)
    logger.warning("token %s %s", SECRET, stack_info=True)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("failed for %(secret)s", {"secret": SECRET})
    text = stream.getvalue()
    assert SECRET[6:] not in text
    assert text.count("gp_cs_[redacted]") >= 4
    assert "ValueError" in text


def test_random_other_texts_are_never_taken_for_secrets():
    source = random.Random(4)
    for _ in range(5000):
        body = "".join(source.choices(secrets.ALPHABET, k=49))
        assert secrets.kind_of(f"gp_cs_{body}") is None
