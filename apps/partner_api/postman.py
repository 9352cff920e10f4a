"""A Postman collection (v2.1) for one client: its ids filled in, its secret left for whoever has it."""

import json
import re
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from apps.clients.models import ApiClient
from apps.clients.roles import permissions_of
from apps.customers.models import Customer
from apps.partner_api.declare import Endpoint
from apps.partner_api.routing import route_table

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
TOKEN_URL = "{{gatewayHost}}/uaa/oauth/token"
# An id of nothing: an empty one would make the address another one.
NONE = "00000000-0000-4000-8000-000000000000"
_PARAMETER = re.compile(r"\{(\w+)\}")
_ABOUT = (
    "Open the tab Variables and put the client secret into the current value of authClientSecret. Then open the tab "
    "Authorization, choose Get New Access Token and Use Token, or send the first request, which keeps the token in "
    "accessToken. Every call counts: see the API's reference."
)
_KEEP_TOKEN = [
    "pm.test('a token came', () => pm.response.to.have.status(200));",
    "pm.collectionVariables.set('accessToken', pm.response.json().access_token);",
]
Json = dict[str, Any]


def customer_of(client: ApiClient) -> Customer | None:
    """The customer whose id is filled in: the first by name that the client reaches."""
    rows = Customer.objects.of(client.tenant) if client.all_customers else client.customers.all()
    found: Customer | None = rows.filter(is_active=True).order_by("name").first()
    return found


def collection(client: ApiClient) -> Json:
    """The collection, with the requests that the client's roles open."""
    customer = customer_of(client)
    allowed = permissions_of(client.roles, client.is_internal)
    folders: dict[str, list[Json]] = {}
    for endpoint in route_table():
        if endpoint.needs is None or endpoint.needs in allowed:
            folders.setdefault(endpoint.name.partition(".")[0], []).append(_request(endpoint))
    variables = {
        "gatewayHost": settings.BASE_URL,
        "tenantUuid": str(client.tenant_id),
        "customerUuid": str(customer.pk) if customer else "",
        "authClientId": client.client_id,
        "authClientSecret": "",
        "accessToken": "",
        "apiVersion": "1",
    }
    others = {name: NONE for endpoint in route_table() for name in _parameters(endpoint)}
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, f"{settings.BASE_URL}/{client.pk}")),
            "name": f"Gatepass: {client.name}",
            "description": _ABOUT,
            "schema": SCHEMA,
        },
        "auth": _auth(),
        "variable": [{"key": key, "value": value} for key, value in (variables | others).items()],
        "item": [_token(), *({"name": name, "item": items} for name, items in folders.items())],
    }


def _auth() -> Json:
    values = {
        "grant_type": "client_credentials",
        "accessTokenUrl": TOKEN_URL,
        "clientId": "{{authClientId}}",
        "clientSecret": "{{authClientSecret}}",
        "client_authentication": "header",
        "accessToken": "{{accessToken}}",
        "tokenName": "Gatepass",
        "addTokenTo": "header",
        "headerPrefix": "Bearer",
    }
    return {
        "type": "oauth2",
        "oauth2": [{"key": key, "value": value, "type": "string"} for key, value in values.items()],
    }


def _token() -> Json:
    basic = {"username": "{{authClientId}}", "password": "{{authClientSecret}}"}
    return {
        "name": "Take an access token",
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": _KEEP_TOKEN}}],
        "request": {
            "method": "POST",
            "auth": {
                "type": "basic",
                "basic": [{"key": key, "value": value, "type": "string"} for key, value in basic.items()],
            },
            "header": [],
            "body": {
                "mode": "urlencoded",
                "urlencoded": [{"key": "grant_type", "value": "client_credentials"}],
            },
            "url": _url("/uaa/oauth/token"),
        },
    }


def _request(endpoint: Endpoint) -> Json:
    path = _PARAMETER.sub(lambda found: "{{" + _variable(found[1]) + "}}", endpoint.full_path)
    headers = {"Accept-Version": "{{apiVersion}}"}
    if endpoint.versioned:
        headers["If-Match"] = "1"
    request: Json = {
        "method": endpoint.method,
        "header": [{"key": key, "value": value} for key, value in headers.items()],
        "url": _url(path),
        "description": endpoint.handler.__doc__ or "",
    }
    if endpoint.body is not None:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": _example(endpoint), "options": {"raw": {"language": "json"}}}
    return {"name": endpoint.summary, "request": request}


def _example(endpoint: Endpoint) -> str:
    example = (endpoint.body or {}).get("example")
    if isinstance(example, dict) and "customer" in example:
        example = example | {"customer": {"id": "{{customerUuid}}"}}
    return json.dumps(example, indent=2, ensure_ascii=False)


def _url(path: str) -> Json:
    return {"raw": "{{gatewayHost}}" + path, "host": ["{{gatewayHost}}"], "path": path.strip("/").split("/")}


def _parameters(endpoint: Endpoint) -> list[str]:
    names = [_variable(name) for name in _PARAMETER.findall(endpoint.full_path)]
    return [name for name in names if name not in ("tenantUuid", "customerUuid")]


def _variable(parameter: str) -> str:
    return {"tenantId": "tenantUuid", "customerId": "customerUuid"}.get(parameter, parameter)
