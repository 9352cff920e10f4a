"""A tenant with two customers and two warehouses, and callers as a developer has them: an id, a secret, a token."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.audit import actors
from apps.clients.models import ApiClient
from apps.clients.services import clients as client_services
from apps.clients.services.credentials import generate_credentials
from apps.customers.models import Customer
from apps.orders.models import Product
from apps.tenants.models import Tenant, Warehouse
from apps.usage.models import Call
from tests.partner_api.sent import stocked

ACTOR = actors.command("tests")
FORM = "application/x-www-form-urlencoded"


def basic(client_id: str, secret: str, scheme: str = "Basic") -> str:
    """The value of an Authorization header."""
    return f"{scheme} " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


@dataclass
class Caller:
    """One API client with a live token, and a browserless way to call."""

    row: ApiClient
    client_id: str
    secret: str
    token: str = ""
    http: Client = field(default_factory=Client)
    last: Any = None

    def take_token(self) -> str:
        """A fresh access token."""
        answer = self.http.post(
            "/uaa/oauth/token",
            data="grant_type=client_credentials",
            content_type=FORM,
            headers={"Authorization": basic(self.client_id, self.secret)},
        )
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | str | None = None,
        content_type: str = "application/json",
        version: str | None = "1",
        **headers: str,
    ) -> Any:
        """Call; a path that starts with a single word is below the tenant."""
        if not path.startswith("/"):
            path = f"/tenants/{self.row.tenant_id}/{path}"
        sent = {"Authorization": f"Bearer {self.token}"}
        if version is not None:
            sent["Accept-Version"] = version
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = raw if raw is not None else json.dumps(body) if body is not None else ""
        self.last = self.http.generic(method, path, data, content_type, headers=sent)
        return self.last

    def get(self, path: str, **options: Any) -> Any:
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """POST with a JSON body."""
        return self.call("POST", path, body, **options)


@pytest.fixture
def warehouse(tenant: Tenant) -> Warehouse:
    return Warehouse.objects.create(
        tenant=tenant, name="Default", is_default=True, address1="1 Dock Rd", city="Brisbane", country="AU"
    )


@pytest.fixture
def other_warehouse(tenant: Tenant) -> Warehouse:
    return Warehouse.objects.create(tenant=tenant, name="Northside")


@pytest.fixture
def customer(tenant: Tenant, warehouse: Warehouse) -> Customer:
    customer = Customer.objects.create(tenant=tenant, name="Blue Kettle Teas", code="BKT")
    customer.warehouses.add(warehouse)
    return customer


@pytest.fixture
def other_customer(tenant: Tenant, warehouse: Warehouse) -> Customer:
    customer = Customer.objects.create(tenant=tenant, name="Amber Roast", code="AMB")
    customer.warehouses.add(warehouse)
    return customer


@pytest.fixture
def make_caller(tenant: Tenant, warehouse: Warehouse) -> Callable[..., Caller]:
    """Return `make_caller(roles, customers=None, warehouses=None, internal=False)`; None reaches all of them."""

    def make(
        roles: Sequence[str] = ("WMS_CREATE_JOBS",),
        customers: Sequence[Customer] | None = None,
        warehouses: Sequence[Warehouse] | None = None,
        *,
        internal: bool = False,
        of: Tenant | None = None,
    ) -> Caller:
        row = client_services.create_client(
            tenant=of or tenant,
            actor=ACTOR,
            values=client_services.ClientInput(
                name=f"Client {ApiClient.objects.count()}",
                roles=list(roles),
                all_customers=customers is None,
                customers=list(customers or ()),
                all_warehouses=warehouses is None,
                warehouses=list(warehouses or ()),
                is_internal=internal,
            ),
        )
        issued = generate_credentials(client=row, actor=ACTOR)
        row.refresh_from_db()
        caller = Caller(row, issued.client_id, issued.client_secret)
        caller.token = caller.take_token()
        Call.objects.all().delete()
        return caller

    return make


@pytest.fixture
def caller(make_caller: Callable[..., Caller], customer: Customer) -> Caller:
    """A client of one customer that may make orders."""
    return make_caller(customers=[customer])


@pytest.fixture
def mug(tenant: Tenant, customer: Customer, warehouse: Warehouse) -> Product:
    """A product with 100 free."""
    return stocked(tenant, customer, warehouse, "MUG-12", "Mug 12oz")


@pytest.fixture(scope="session")
def newman(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The newman command, from npm into a temporary directory."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("There is no npm here to install newman with.")
    place = tmp_path_factory.mktemp("newman")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), "newman@6"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm could not install newman.")
    return str(place / "node_modules" / ".bin" / "newman")


def calls() -> list[tuple[str, int, str]]:
    """The ledger: endpoint, status and class of each call, in order."""
    return list(Call.objects.order_by("id").values_list("endpoint", "status", "call_class"))


def problems(answer: HttpResponse) -> list[dict[str, Any]]:
    """The problems of an error answer, after checking that it has the API's shape."""
    assert answer.headers["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert isinstance(body, list) and body
    for problem in body:
        assert isinstance(problem["message"], str) and problem["message"]
    return body


NOBODY = UUID("00000000-0000-4000-8000-000000000000")
