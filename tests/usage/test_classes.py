"""The rule that decides what a call is to the bill."""

import pytest

from apps.usage.classes import CallClass, classify


@pytest.mark.parametrize("status", [200, 201, 204, 228, 301, 304, 400, 404, 405, 406, 409, 415, 422])
def test_answers_and_callers_mistakes_of_a_live_client_are_billable(status: int) -> None:
    assert classify(status=status, customer_kind="live") is CallClass.BILLABLE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, CallClass.REFUSED),
        (403, CallClass.REFUSED),
        (429, CallClass.THROTTLED),
        (500, CallClass.OUR_ERROR),
        (503, CallClass.OUR_ERROR),
    ],
)
def test_refusals_limits_and_our_errors_are_free(status: int, expected: CallClass) -> None:
    assert classify(status=status, customer_kind="live") is expected


@pytest.mark.parametrize("status", [200, 401, 429, 503])
def test_a_sandbox_call_is_one_whatever_its_status(status: int) -> None:
    assert classify(status=status, customer_kind="sandbox") is CallClass.SANDBOX


@pytest.mark.parametrize("status", [200, 401, 429, 503])
def test_a_token_request_is_one_even_of_a_client_with_sandboxes_only(status: int) -> None:
    assert classify(status=status, only_sandboxes=True, token_request=True) is CallClass.TOKEN


def test_a_call_that_names_no_customer_follows_the_customers_of_its_client() -> None:
    assert classify(status=200, only_sandboxes=True) is CallClass.SANDBOX
    assert classify(status=200, only_sandboxes=False) is CallClass.BILLABLE


def test_a_call_that_names_a_live_customer_is_billable_even_if_the_client_has_sandboxes() -> None:
    assert classify(status=200, customer_kind="live", only_sandboxes=True) is CallClass.BILLABLE
