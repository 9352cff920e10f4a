"""Names and addresses of what calls carry only ids of.

Clients and customers live in apps above this one, so those hand a look-up in when they start (`billing/apps.py`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from apps.tenants.access import Access


@dataclass(frozen=True, slots=True)
class Label:
    """How a client or a customer is shown: its name, the page it has, and whether it is a sandbox."""

    name: str
    url: str
    is_sandbox: bool = False


class LookUp(Protocol):
    """Finds labels that a person may see: of these ids, or of all (at most `CHOICES`) where none are given."""

    def __call__(self, access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
        """Return the labels by id; ids of what is gone, or not for this person, are left out."""
        ...


CHOICES = 200


def _nothing(access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
    return {}


_look_ups: dict[str, LookUp] = {"clients": _nothing, "customers": _nothing}


def provide(*, clients: LookUp, customers: LookUp) -> None:
    """Hand the look-ups in, once, when the process starts."""
    _look_ups.update(clients=clients, customers=customers)


def clients(access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
    """Labels of API clients."""
    return _look_ups["clients"](access, ids)


def customers(access: Access, ids: Collection[UUID] | None = None) -> dict[UUID, Label]:
    """Labels of customers."""
    return _look_ups["customers"](access, ids)
