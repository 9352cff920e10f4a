"""What counts as the same name, and which characters no text of ours may hold."""

from __future__ import annotations

import re
import unicodedata

# Characters that show nothing and are not of category Cf: fillers, joiners and variation selectors.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Embeddings, overrides and isolates let a text show in another order than it is stored in.
_BIDI_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Small letters of other scripts, and digits, by the Latin letter that they look like in the common typefaces; i stands
# with l because of its capital. Few on purpose: each pair more refuses names that nobody would mix up.
_LOOKALIKES = {
    "a": "\u0251\u03b1\u0430", "c": "\u0441", "d": "\u0501", "e": "\u0435", "h": "\u04bb", "j": "\u03f3\u0458",
    "k": "\u03ba\u043a", "l": "1i|\u0131\u03b9\u0456\u04cf", "m": "\u043c", "o": "0\u03bf\u043e", "p": "\u03c1\u0440",
    "q": "\u051b", "s": "\u0455", "t": "\u03c4\u0442", "u": "\u03c5", "v": "\u03bd", "w": "\u051d", "x": "\u03c7\u0445",
    "y": "\u0443",
}  # fmt: skip
_LATIN = {ord(found): letter for letter, all_of_them in _LOOKALIKES.items() for found in all_of_them}


def name_key(text: str) -> str:
    """Return the key under which two names are the same.

    Compatibility forms, case, invisible characters and the amount of space do not tell names apart. The steps are
    repeated until nothing changes, because casefolding can undo a normal form and the other way round.
    """
    while True:
        key = _name_key_once(text)
        if key == text:
            return key
        text = key


def _name_key_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text)
    text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(text.casefold().split()))


def look_key(text: str) -> str:
    """Return the key under which two names look the same to a person who reads them in a list.

    Beyond `name_key`: accents, spaces and punctuation, and letters that look like another one. What stands between two
    digits counts, since 1.1 is not 11.
    """
    decomposed = unicodedata.normalize("NFKD", name_key(text))
    plain = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
    kept = [
        character
        for place, character in enumerate(plain)
        if unicodedata.category(character)[0] not in "PZ" or _is_between_digits(plain, place)
    ]
    return "".join(kept).translate(_LATIN)


def _is_between_digits(text: str, place: int) -> bool:
    return text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()


def is_blank(text: str) -> bool:
    """Say whether a text shows nothing at all, such as one made of spaces and zero-width characters."""
    return not name_key(text)


def has_control(text: str) -> bool:
    """Say whether a text holds a control character, line breaks and tabs included."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def has_lone_surrogate(text: str) -> bool:
    """Say whether a text holds half of a character, which no database and no UTF-8 takes."""
    return _SURROGATE.search(text) is not None


def clean_text(text: str) -> str:
    """Return a text unchanged if it may be stored and shown; raise ValueError with a sentence if not.

    Line breaks and tabs pass: fields of one line refuse them by `has_control`.
    """
    if "\x00" in text:
        raise ValueError("Null characters are not allowed.")
    if has_lone_surrogate(text):
        raise ValueError("This text holds half of a character. Type it again.")
    if _BIDI_OVERRIDE.search(text):
        raise ValueError("Characters that change the direction of text are not allowed.")
    if _CONTROL.search(text):
        raise ValueError("Control characters are not allowed.")
    return text
