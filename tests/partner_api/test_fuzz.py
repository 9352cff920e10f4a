"""A short run of schemathesis over the OpenAPI document with all its checks (`make fuzz` runs it long)."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.config import SchemathesisConfig

from apps.core import jsontext
from apps.customers.models import Customer
from apps.partner_api import application, routing
from apps.partner_api.application import MachineApplication
from apps.partner_api.openapi import document
from tests.partner_api.conftest import Caller

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
# The cases that schemathesis derives from the document take longer to make than to send, at each collection too.
DERIVED = "FUZZ_EXAMPLES" in os.environ

# What the wire contract asks for and the checks know nothing of: 400 for a missing Accept-Version, 422 for a body that
# has the right shape and names nothing that exists, and clients that send numbers as text or leave out what is unset.
CONFIG = SchemathesisConfig.from_dict(
    {
        "phases": {"coverage": {"enabled": DERIVED}},
        # Unknown parameters of the query are taken and ignored everywhere: real clients send their secrets there.
        "generation": {"allow-extra-parameters": False},
        "checks": {
            "missing_required_header": {"expected-statuses": [400, 401, 406]},
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", 400, 401, 403, 404, 406, 409, 422, 429],
            },
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429],
            },
        },
    }
)


schema = schemathesis.openapi.from_dict(json.loads(jsontext.dumps(document())), config=CONFIG)
schema.app = MachineApplication(get_wsgi_application())


@pytest.fixture
def fuzzer(
    make_caller: Callable[..., Caller], customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Caller]:
    """A client that may do everything, with a customer to do it to."""
    caller = make_caller(["API_FULL_ACCESS"], internal=True)
    # Django's own test client does the same: the end of a request may not close the test's transaction.
    monkeypatch.setattr(application, "drop_broken_connection", lambda: None)
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield caller
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.mark.slow
@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
def test_no_request_gets_an_undocumented_answer(case: Any, fuzzer: Caller) -> None:
    parameters = case.path_parameters or {}
    # Most requests are for the caller's own tenant, or all would end at 403.
    if routing.parse_uuid(str(parameters.get("tenantId"))) is not None:
        parameters["tenantId"] = str(fuzzer.row.tenant_id)
    case.call_and_validate(base_url="http://testserver", headers={"Authorization": f"Bearer {fuzzer.token}"})
