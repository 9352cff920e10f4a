"""The person at the other end, who has what the show-once screen showed and calls the API with it."""

import base64
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect

from apps.tenants.models import Tenant
from tests.browser.settled import content_of

SECRET = re.compile(r"gp_cs_[0-9A-Za-z]{49}")


@dataclass
class Developer:
    """The person at the other end, with nothing but an address, a Client ID and a Client Secret."""

    base: str
    tenant: str
    client_id: str = ""
    secret: str = ""
    token: str = field(default="", init=False)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """One request as any HTTP library makes it."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def take_token(self) -> int:
        """Exchange the credentials for an access token."""
        proof = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        status, answer = self.ask(
            "POST",
            "/uaa/oauth/token",
            b"grant_type=client_credentials",
            Authorization=f"Basic {proof}",
            Content_Type="application/x-www-form-urlencoded",
        )
        self.token = answer.get("access_token", "")
        return status

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call below the tenant with the token."""
        data = json.dumps(body).encode() if body is not None else None
        return self.ask(
            method,
            f"/tenants/{self.tenant}/{path}",
            data,
            Authorization=f"Bearer {self.token}",
            Accept_Version="1",
            Content_Type="application/json",
        )


def sale_order(customer: str, reference: str = "SO-771") -> dict[str, Any]:
    """The example of the Partner API's document, with the real Customer UUID in it."""
    return {
        "references": {"customer": reference},
        "customer": {"id": customer},
        "details": {
            "deliver": {
                "address": {
                    "contactName": "Kim Lee",
                    "address1": "9 Quay St",
                    "city": "Perth",
                    "postcode": "6000",
                    "state": {"code": "WA"},
                    "country": {"iso2Code": "AU"},
                },
                "method": {"type": "SHIPPING"},
            }
        },
        "items": [{"details": {"product": {"references": {"code": "MUG-12"}}}, "measures": {"quantity": 3}}],
    }


def shown(page: Page, label: str) -> Locator:
    return page.get_by_role("group", name=label)


def read_credentials(page: Page, base: str, tenant: Tenant) -> Developer:
    """What the show-once screen has, read off it as the developer would."""
    # Other pages of the client have its Client ID too, only this one the secret.
    expect(shown(page, "Client Secret")).to_be_visible()
    secret = SECRET.search(content_of(page))
    assert secret, "no secret on the page"
    client_id = shown(page, "Client ID").inner_text().split()[0]
    return Developer(base, str(tenant.pk), client_id, secret[0])
