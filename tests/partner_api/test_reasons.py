"""The typed reasons of the request log: each one that the API gives is offered there, in words."""

import ast
from pathlib import Path

import pytest

from apps.clients.principals import Reason
from apps.customers.models import Customer
from apps.tenants.models import Warehouse
from apps.usage.models import Call
from apps.usage.reasons import WORDS
from tests.partner_api.conftest import Caller
from tests.partner_api.sent import order

SOURCES = Path(__file__).parents[2] / "apps" / "partner_api"
# The place of the reason where it is not given by name.
PLACES = {"not_found": 0, "bad_request": 1, "invalid_client": 0, "OAuthError": 3, "_unauthorized": 1}


def given_in(source: str) -> set[str]:
    """The reasons that a module gives: `reason="..."`, and the texts in the places above."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
        if name in PLACES:
            texts += node.args[PLACES[name] :][:1]
        if name == "OAuthError" and len(node.args) == 3:
            texts.append(node.args[1])
        found |= {str(text.value) for text in texts if isinstance(text, ast.Constant) and text.value}
    return found


def test_every_reason_that_the_api_gives_has_words() -> None:
    given = set().union(*(given_in(path.read_text()) for path in SOURCES.rglob("*.py"))) | set(Reason)
    assert {"missing_role", "no_version", "unknown_path", "no_basic", "unsupported_grant_type"} <= given
    assert given <= set(WORDS)


@pytest.mark.django_db
def test_what_a_body_names_out_of_reach_has_a_reason_of_its_own(
    caller: Caller, customer: Customer, other_customer: Customer, warehouse: Warehouse, mug: object
) -> None:
    body = order(customer)
    assert caller.post("outbound-orders", body).status_code == 201
    for sent in (
        body,
        order(other_customer),
        order(customer, "SO-2", warehouse={"name": "Nowhere"}),
        order(customer, "SO-3", items=[]),
    ):
        assert caller.post("outbound-orders", sent).status_code == 422
    reasons = list(Call.objects.order_by("id").values_list("reason", flat=True))
    assert reasons == ["", "duplicate", "wrong_customer", "wrong_warehouse", "invalid"]
