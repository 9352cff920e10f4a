"""The OAuth clients that people use take tokens from a real server and call with them, as they come."""

from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from apps.clients import services
from apps.clients.services import ClientInput, Issued
from apps.usage.models import Call
from tests.promises.callers import ACTOR
from tests.promises.conftest import Office

pytestmark = pytest.mark.slow
VERSION = {"Accept-Version": "1"}


@pytest.fixture
def issued(office: Office) -> Issued:
    """Credentials as a developer gets them."""
    client = services.create_client(
        tenant=office.tenant,
        actor=ACTOR,
        values=ClientInput(name="ERP", roles=["WMS_CREATE_JOBS"], all_customers=True, all_warehouses=True),
    )
    return services.generate_credentials(client=client, actor=ACTOR)


@pytest.fixture
def site(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address; oauthlib asks for https unless it is told that this is a test."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return f"http://127.0.0.1:{port}"


def calls_of(session: Any, site: str, office: Office) -> list[str]:
    """Call the API with the session, and give the names of the customers that it sees."""
    who = session.get(f"{site}/uaa/userinfo", headers=VERSION)
    assert who.status_code == 200 and who.json()["tenants"][0]["id"] == str(office.tenant.pk)
    answer = session.get(f"{site}/tenants/{office.tenant.pk}/customers", headers=VERSION)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def test_requests_oauthlib_takes_a_token_and_calls(site: str, office: Office, issued: Issued) -> None:
    with OAuth2Session(client=BackendApplicationClient(client_id=issued.client_id)) as session:
        token = session.fetch_token(
            f"{site}/uaa/oauth/token", auth=HTTPBasicAuth(issued.client_id, issued.client_secret)
        )
        assert token["expires_in"] == 3600 and token["token_type"] == "bearer"
        assert calls_of(session, site, office) == ["Blue Kettle Teas"]
        with pytest.raises(InvalidClientError):
            session.fetch_token(f"{site}/uaa/oauth/token", auth=HTTPBasicAuth(issued.client_id, "wrong"))
    endpoints = Call.objects.order_by("id").values_list("endpoint", "status")
    assert list(endpoints) == [("token", 200), ("userinfo", 200), ("customers.list", 200)]


def test_authlib_takes_a_token_calls_asks_about_it_and_gives_it_back(
    site: str, office: Office, issued: Issued
) -> None:
    with AuthlibSession(issued.client_id, issued.client_secret) as session:
        token = session.fetch_token(f"{site}/uaa/oauth/token", grant_type="client_credentials")
        assert token["expires_in"] == 3600
        assert calls_of(session, site, office) == ["Blue Kettle Teas"]
        asked = session.introspect_token(f"{site}/uaa/oauth/introspect", token["access_token"])
        assert asked.json()["active"] is True
        assert asked.json()["client_id"] == issued.client_id
        assert session.revoke_token(f"{site}/uaa/oauth/revoke", token["access_token"]).status_code == 200
        after = session.get(f"{site}/uaa/userinfo", headers=VERSION)
        assert after.status_code == 401
        session.fetch_token(f"{site}/uaa/oauth/token", grant_type="client_credentials")
        assert session.get(f"{site}/uaa/userinfo", headers=VERSION).status_code == 200
