"""Reading a JSON document member by member, collecting every fault with its JSON Pointer before giving up.

A node whose value is absent and one that is null are the same: unset. A member of the wrong type is reported once and
then counts as unset, so that reading goes on and the caller learns of all faults in one answer.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.core.names import clean_text, is_blank
from apps.core.problems import Invalid, Problem

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Node:
    """A value at a place in a document; all nodes of one document share its list of problems."""

    __slots__ = ("pointer", "problems", "value")

    def __init__(self, value: Any, pointer: str = "", problems: list[Problem] | None = None) -> None:
        self.value = value
        self.pointer = pointer
        self.problems: list[Problem] = [] if problems is None else problems

    def __getitem__(self, name: str) -> "Node":
        """The member of that name; unset where this is no object."""
        pointer = f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(value, pointer, self.problems)

    @property
    def is_set(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def fail(self, message: str) -> None:
        """Report a fault here."""
        self.problems.append(Problem(self.pointer, message))

    def finish(self) -> None:
        """Raise `Invalid` if anything was reported."""
        if self.problems:
            raise Invalid(self.problems)

    def _fault(self, message: str) -> None:
        self.fail(message)
        self.value = None

    def object(self, *, required: bool = False) -> "Node":
        """This node, after checking that it is an object."""
        if self.value is None:
            if required:
                self.fail("This member is required.")
        elif not isinstance(self.value, dict):
            self._fault("This must be an object.")
        return self

    def items(self, *, limit: int, required: bool = False) -> "list[Node]":
        """The elements of an array."""
        if self.value is None:
            if required:
                self.fail("This member is required.")
            return []
        if not isinstance(self.value, list):
            self._fault("This must be an array.")
            return []
        if len(self.value) > limit:
            self._fault(f"At most {limit} elements are allowed.")
            return []
        return [Node(value, f"{self.pointer}/{i}", self.problems) for i, value in enumerate(self.value)]

    def members(self) -> "Iterator[tuple[str, Node]]":
        """Name and node of each member of an object."""
        if isinstance(self.value, dict):
            for name in self.value:
                yield name, self[name]

    def text(self, *, limit: int = 255, required: bool = False) -> str | None:
        """A text; an empty one is a value, unless a text is required."""
        if self.value is None:
            if required:
                self.fail("This member is required.")
            return None
        if not isinstance(self.value, str):
            self._fault("This must be a text.")
            return None
        if len(self.value) > limit:
            self._fault(f"At most {limit} characters are allowed.")
            return None
        try:
            text = clean_text(self.value)
        except ValueError as error:
            self._fault(str(error))
            return None
        if required and is_blank(text):
            self.fail("This must not be empty.")
            return None
        return text

    def choice(self, choices: "list[str]") -> str | None:
        """One of some texts."""
        text = self.text()
        if text is not None and text not in choices:
            self._fault(f"Choose one of {', '.join(choices)}.")
            return None
        return text

    def boolean(self) -> bool | None:
        """True or false; also as the texts that some callers send."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        if self.value in ("true", "false"):
            return bool(self.value == "true")
        self._fault("This must be true or false.")
        return None

    def date(self) -> str | None:
        """A date as it came, checked; an empty text is unset."""
        text = self.text()
        if not text:
            return None
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            date.fromisoformat(text)
        except ValueError:
            self._fault("This must be a date such as 2026-03-01.")
            return None
        return text

    def decimal(
        self,
        *,
        required: bool = False,
        minimum: Decimal | None = None,
        below: Decimal = Decimal(10) ** 14,
        places: int = 4,
    ) -> Decimal | None:
        """A number, or a text that holds one."""
        if self.value is None:
            if required:
                self.fail("This member is required.")
            return None
        number = _number(self.value)
        if number is None:
            self._fault("This must be a number.")
        elif abs(number) >= below:
            self._fault("This number is too large.")
        elif number != round(number, places):
            self._fault(f"At most {places} decimals are allowed.")
        elif minimum is not None and number < minimum:
            self._fault(f"This must be at least {minimum}.")
        else:
            return number
        return None

    def uuid(self) -> UUID | None:
        """A UUID; any other text is none, without a fault of its own."""
        if not isinstance(self.value, str):
            return None
        try:
            return UUID(self.value)
        except ValueError:
            return None

    def money(
        self, *, currency: str = "", default: str = "", minimum: Decimal | None = Decimal(0)
    ) -> dict[str, Any] | None:
        """An amount and its currency: `currency` is the only one allowed, `default` stands in for one left out."""
        if not self.object().is_set:
            return None
        amount = self["amount"].decimal(required=True, minimum=minimum)
        code = self["currency"]
        text = code.text(required=not default) or default or None
        if text is not None and not _CURRENCY.fullmatch(text):
            code.fail("This must be a currency code such as AUD.")
        elif text is not None and currency and text != currency:
            code.fail(f"This must be {currency}.")
        return {"amount": amount, "currency": text}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def named(node: Node, *paths: str) -> "tuple[str, Node] | None":
    """The first member that is set, of those that can name an object: it alone decides, without falling through.

    An empty text is unset here, because real callers send `{"code": ""}`.
    """
    for path in paths:
        found = node
        for part in path.split("."):
            found = found[part]
        if found.is_set and found.value != "":
            return path, found
    return None
