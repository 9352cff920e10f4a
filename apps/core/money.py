"""Money in minor units, and sharing it out without losing any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# Digits after the point by ISO 4217; every currency that is not named has two.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_NO_DIGITS.split(), 0) | dict.fromkeys(_THREE_DIGITS.split(), 3)
# A tenant has one currency, so the plain sign says enough; other currencies are written with their code.
_SYMBOLS = dict.fromkeys(("AUD", "CAD", "HKD", "NZD", "SGD", "USD"), "$") | {
    "EUR": "\u20ac",
    "GBP": "\u00a3",
    "INR": "\u20b9",
    "JPY": "\u00a5",
    "KRW": "\u20a9",
    "VND": "\u20ab",
}


def exponent(currency: str) -> int:
    """Return how many digits after the point a currency has."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True)
class Money:
    """An exact amount in the smallest unit of a currency (ISO 4217)."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Money:
        """Return an amount such as 12.50; raise ValueError for a fraction of the smallest unit."""
        minor = Decimal(amount).scaleb(exponent(currency))
        if minor != minor.to_integral_value():
            raise ValueError(f"{amount} is not a whole number of the smallest unit of {currency}.")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in whole units, with all its digits, such as Decimal("12.50")."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __str__(self) -> str:
        """Return the amount for people: $1,200.00, -$0.50, CHF 3.00."""
        digits = f"{abs(self.amount):,.{exponent(self.currency)}f}"
        symbol = _SYMBOLS.get(self.currency, f"{self.currency}\u00a0")
        return f"{'-' if self.minor < 0 else ''}{symbol}{digits}"

    def _check(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added up.")


def largest_remainder(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share a total out by weights so that the shares add up to it exactly.

    Each share is rounded down, and what is left goes one by one to the largest remainders, the earlier first among
    equals. Without any weight all shares count the same.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight can't be negative.")
    if not weights:
        if total_minor:
            raise ValueError("There is nobody to share a total with.")
        return []
    if total_minor < 0:
        return [-share for share in largest_remainder(-total_minor, weights)]
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares, remainders = [], []
    for place, weight in enumerate(weights):
        share, remainder = divmod(total_minor * weight, whole)
        shares.append(share)
        remainders.append((-remainder, place))
    for _, place in sorted(remainders)[: total_minor - sum(shares)]:
        shares[place] += 1
    return shares
