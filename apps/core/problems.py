"""Why something was refused, in a form that the API and the portal's forms both can show."""

from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what was sent, at a JSON Pointer: an element of the API's error array."""

    pointer: str
    message: str
    type: str = ""
    details: dict[str, Any] = field(default_factory=dict)


class Invalid(Exception):
    """What was sent can't be stored, and nothing was. The API answers 422, a form shows it at its fields."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer}: {problem.message}" for problem in problems))
        self.problems = problems

    @classmethod
    def at(cls, pointer: str, message: str) -> Self:
        """One fault."""
        return cls([Problem(pointer, message)])


class Conflict(Exception):
    """The thing is in a state that does not allow this, or somebody changed it meanwhile. The API answers 409."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Stale(Conflict):
    """The caller changes a version that is not the newest any more. The API answers 412."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"Somebody changed this meanwhile: the version is {version} now. Read it again first."
        )
