"""What a week of calls costs. Pure arithmetic in whole calls and minor units: no clock, no database, no float."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.money import largest_remainder


@dataclass(frozen=True, slots=True)
class Price:
    """The calculation of one week."""

    included: int
    billable: int
    price_minor: int

    @property
    def excess(self) -> int:
        """Calls above what the plan includes."""
        return max(0, self.billable - self.included)

    @property
    def charge_minor(self) -> int:
        """What the calls above cost."""
        return self.excess * self.price_minor

    @property
    def used_permille(self) -> int | None:
        """How much of the inclusion is used, in thousandths, rounded down; None where nothing is included."""
        return self.billable * 1000 // self.included if self.included else None

    @property
    def used_percent(self) -> str:
        """How much of the inclusion is used, such as "32.0"; empty where nothing is included."""
        permille = self.used_permille
        return "" if permille is None else f"{permille // 10}.{permille % 10}"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where the number of included calls comes from."""

    calls_per_unit: int
    consignments: int
    warehouse_orders: int


def shares(charge_minor: int, calls: Sequence[int]) -> list[int]:
    """Share a charge among clients by their billable calls, so that the shares add up to it to the cent."""
    if not charge_minor:
        return [0] * len(calls)
    return largest_remainder(charge_minor, calls)


@dataclass(frozen=True, slots=True)
class Correction:
    """What late calls change about a week that is closed."""

    calls: int
    charge_minor: int


def correction(*, counted: int, terms: Price, billed_calls: int, billed_minor: int) -> Correction:
    """The price of a closed week with its late calls, less what it was charged so far.

    `terms` carry the inclusion and price that the week was closed with; `billed_calls` and `billed_minor` add its
    statement and the corrections made since.
    """
    now = Price(included=terms.included, billable=counted, price_minor=terms.price_minor)
    return Correction(calls=counted - billed_calls, charge_minor=now.charge_minor - billed_minor)
