"""Money is exact, reads as people write it, and is shared out to the last cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import Money, largest_remainder


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1200, "AUD", "$12.00"),
        (0, "NZD", "$0.00"),
        (-50, "USD", "-$0.50"),
        (123456789, "EUR", "€1,234,567.89"),
        (500, "JPY", "¥500"),
        (1234, "KWD", "KWD\u00a01.234"),
        (-300, "CHF", "-CHF\u00a03.00"),
    ],
)
def test_money_reads_as_people_write_it(minor, currency, text):
    assert str(Money(minor, currency)) == text


@given(st.integers(-(10**18), 10**18), st.sampled_from(["AUD", "JPY", "TND", "XXX"]))
def test_an_amount_and_its_minor_units_say_the_same(minor, currency):
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert isinstance(money.amount, Decimal)


def test_money_is_added_in_one_currency_only():
    assert Money(5, "AUD") + Money(7, "AUD") - Money(2, "AUD") == Money(1, "AUD") * 10
    assert -Money(5, "AUD") == Money(-5, "AUD")
    for act in (lambda: Money(1, "AUD") + Money(1, "NZD"), lambda: Money(1, "AUD") - Money(1, "NZD")):
        with pytest.raises(ValueError, match="AUD and NZD"):
            act()


def test_fractions_of_the_smallest_unit_are_refused():
    assert Money.of("0.01", "AUD") == Money(1, "AUD")
    assert Money.of(3, "JPY") == Money(3, "JPY")
    for amount, currency in (("0.005", "AUD"), ("0.5", "JPY")):
        with pytest.raises(ValueError, match="smallest unit"):
            Money.of(amount, currency)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (1200, [600, 300, 300], [600, 300, 300]),
        (100, [1, 1, 1], [34, 33, 33]),
        (10, [3, 3, 1], [4, 4, 2]),
        (1, [0, 5, 5], [0, 1, 0]),
        (7, [0, 0], [4, 3]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [], []),
        (0, [5, 3], [0, 0]),
    ],
)
def test_a_total_is_shared_by_largest_remainder(total, weights, shares):
    assert largest_remainder(total, weights) == shares


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_shares_add_up_and_are_at_most_one_unit_off(total, weights):
    shares = largest_remainder(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        if whole:
            assert abs(share * whole - total * weight) < whole
            assert weight or not share


def test_what_can_not_be_shared_is_refused():
    with pytest.raises(ValueError, match="negative"):
        largest_remainder(5, [1, -1])
    with pytest.raises(ValueError, match="nobody"):
        largest_remainder(5, [])
