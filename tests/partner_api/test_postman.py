"""What a client's developer starts with: the page of the first call and the Postman collection, which is run here."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.orders.models import Product
from apps.tenants.models import Tenant
from tests.partner_api.conftest import FORM, Caller, basic

pytestmark = pytest.mark.django_db


def collection_of(caller: Caller, tenant: Tenant, web: Client) -> dict[str, Any]:
    answer = web.get(f"/t/{tenant.slug}/contacts/api-clients/{caller.row.pk}/postman-collection.json")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_the_ids_are_filled_in_and_the_secret_is_not(
    caller: Caller, customer: Customer, tenant: Tenant, viewer: User, sign_in: Callable[[User], Client]
) -> None:
    collection = collection_of(caller, tenant, sign_in(viewer))
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    variables = {row["key"]: row["value"] for row in collection["variable"]}
    assert variables["tenantUuid"] == str(tenant.pk)
    assert variables["customerUuid"] == str(customer.pk)
    assert (variables["authClientId"], variables["authClientSecret"]) == (caller.client_id, "")
    names = {folder["name"] for folder in collection["item"]}
    assert "outbound-orders" in names and "promotions" not in names
    used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(collection["item"]) + json.dumps(collection["auth"])))
    assert used <= set(variables)


def test_its_requests_work_in_order(
    caller: Caller,
    customer: Customer,
    mug: Product,
    tenant: Tenant,
    viewer: User,
    sign_in: Callable[[User], Client],
) -> None:
    collection = collection_of(caller, tenant, sign_in(viewer))
    values = {row["key"]: row["value"] for row in collection["variable"]} | {
        "authClientSecret": caller.secret,
        "gatewayHost": "",
    }

    def filled(text: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], text)

    token, *folders = collection["item"]
    taken = Client().post(
        filled(token["request"]["url"]["raw"]),
        "grant_type=client_credentials",
        content_type=FORM,
        headers={"Authorization": basic(values["authClientId"], values["authClientSecret"])},
    )
    values["accessToken"] = taken.json()["access_token"]
    statuses = {}
    for item in (item for folder in folders for item in folder["item"]):
        request = item["request"]
        headers = {row["key"]: filled(row["value"]) for row in request["header"]}
        answer = Client().generic(
            request["method"],
            filled(request["url"]["raw"]),
            filled(request.get("body", {}).get("raw", "")),
            headers.get("Content-Type", ""),
            headers=headers | {"Authorization": f"Bearer {values['accessToken']}"},
        )
        statuses[item["name"]] = answer.status_code
        if item["name"] == "Create an outbound order":
            values["orderId"] = answer.json()["id"]
    assert statuses["List the customers within reach"] == 200
    assert statuses["Create an outbound order"] == 201
    assert statuses["One outbound order"] == 200
    assert not {status for status in statuses.values() if status in (400, 401, 403, 405, 406, 415, 500)}


@pytest.mark.slow
def test_newman_runs_it(
    caller: Caller,
    mug: Product,
    tenant: Tenant,
    viewer: User,
    sign_in: Callable[[User], Client],
    live_server: Any,
    newman: str,
    tmp_path: Path,
) -> None:
    file = tmp_path / "collection.json"
    file.write_text(json.dumps(collection_of(caller, tenant, sign_in(viewer))))
    settings = {"gatewayHost": live_server.url, "authClientSecret": caller.secret}
    options = [part for name, value in settings.items() for part in ("--env-var", f"{name}={value}")]
    report = tmp_path / "report.json"
    run = subprocess.run(
        [newman, "run", str(file), *options, "--reporters", "json", "--reporter-json-export", str(report)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    executions = json.loads(report.read_text())["run"]["executions"]
    assert executions[0]["response"]["code"] == 200
    assert not {401, 400, 403, 405, 500} & {row["response"]["code"] for row in executions}


def test_the_page_of_the_first_call_has_the_real_ids(
    caller: Caller, customer: Customer, tenant: Tenant, viewer: User, sign_in: Callable[[User], Client]
) -> None:
    page = sign_in(viewer).get(f"/t/{tenant.slug}/contacts/api-clients/{caller.row.pk}/first-call/")
    text = page.content.decode()
    assert page.status_code == 200
    for value in (str(tenant.pk), str(customer.pk), caller.client_id):
        assert value in text
    assert caller.secret not in text
    assert "SANDBOX" not in text
    for code in ("first-call-curl", "first-call-python"):
        assert f'id="{code}"' in text and f'data-copy="{code}"' in text
    assert "GET /tenants/{tenantUuid}/customers" in text
    assert f'?client={caller.row.pk}">API Client Usage' in text
    Customer.objects.filter(pk=customer.pk).update(kind="sandbox")
    assert "SANDBOX" in sign_in(viewer).get(page.request["PATH_INFO"]).content.decode()
