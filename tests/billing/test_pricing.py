"""Prices are arithmetic: they add up for any numbers."""

from hypothesis import given
from hypothesis import strategies as st

from apps.billing.pricing import Price, correction, shares

CALLS = st.integers(0, 10**9)
PRICES = st.integers(0, 1000)


@given(CALLS, CALLS, PRICES)
def test_what_is_included_is_free_and_the_rest_costs_its_price(
    included: int, billable: int, price: int
) -> None:
    week = Price(included=included, billable=billable, price_minor=price)
    assert week.excess == max(0, billable - included)
    assert week.charge_minor == week.excess * price


def test_the_share_of_the_inclusion_has_one_digit_and_nothing_is_divided_by_zero() -> None:
    assert Price(included=3750, billable=1200, price_minor=1).used_percent == "32.0"
    assert Price(included=5000, billable=6200, price_minor=1).used_percent == "124.0"
    assert Price(included=0, billable=1, price_minor=1).used_percent == ""


@given(st.integers(0, 10**9), st.lists(CALLS, min_size=1, max_size=30))
def test_shares_add_up_and_differ_from_their_exact_part_by_less_than_a_cent(
    charge: int, calls: list[int]
) -> None:
    parts = shares(charge, calls)
    assert sum(parts) == charge
    if total := sum(calls):
        assert all(
            abs(part * total - charge * count) < total for part, count in zip(parts, calls, strict=True)
        )


@given(CALLS, CALLS, PRICES, st.lists(st.integers(0, 10**6), max_size=6))
def test_late_calls_cost_what_they_would_have_cost_in_time(
    included: int, billable: int, price: int, late: list[int]
) -> None:
    terms = Price(included=included, billable=billable, price_minor=price)
    calls, minor = billable, terms.charge_minor
    for extra in late:
        change = correction(counted=calls + extra, terms=terms, billed_calls=calls, billed_minor=minor)
        calls, minor = calls + change.calls, minor + change.charge_minor
    whole = Price(included=included, billable=billable + sum(late), price_minor=price)
    assert (calls, minor) == (whole.billable, whole.charge_minor)
