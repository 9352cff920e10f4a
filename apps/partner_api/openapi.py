"""The OpenAPI 3.1 document, made from the route table."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from pydantic import TypeAdapter

from apps.clients.roles import ROLES, Permission
from apps.partner_api.declare import Endpoint
from apps.partner_api.routing import route_table
from apps.partner_api.sample_answers import answer_of
from apps.partner_api.schemas import ErrorItem

_PARAMETER = re.compile(r"\{(\w+)\}")
_SCHEMAS = "#/components/schemas/"
_DESCRIPTION = (
    "Every call of a valid token counts, whatever its answer: a 400 for a missing Accept-Version, a 404, a 405, a 406 "
    "and a HEAD are billable calls like any other. 401, 403, 429, our own errors (5xx), calls for a sandbox customer "
    "and token requests cost nothing. Operations marked `x-gatepass-addition` are not part of the published format."
)
ERRORS = {
    400: "Malformed, or no Accept-Version.",
    401: "No token, or one that is not good any more.",
    403: "The role is missing, or the tenant is another.",
    404: "There is no such thing within reach.",
    405: "The address does not take this method.",
    406: "This version is not served.",
    409: "The thing is in a state that does not allow this.",
    412: "If-Match names a version that is not the newest.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "Well-formed, but the content is not valid.",
    429: "More orders in a minute than allowed, or more calls in a week than the organisation's own cap.",
    500: "Something went wrong on our side.",
    503: "Nothing was done; try again.",
}
REJECTED = 228
_NAMES = {
    200: "OK",
    201: "Created",
    204: "Deleted",
    REJECTED: "Created with issues: stored as REJECTED, with the reasons in details.errors",
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    components: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    errors = _schema(list[ErrorItem], components)
    for endpoint in route_table():
        paths.setdefault(endpoint.full_path, {})[endpoint.method.lower()] = _operation(
            endpoint, components, errors
        )
    paths["/uaa/oauth/token"] = {"post": _token()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatepass Partner API", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": url, "description": name} for name, url in settings.API_REGIONS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "client": {"type": "http", "scheme": "basic"},
            },
        },
    }


def roles_for(permission: Permission | None) -> list[str]:
    """The codes of the roles that open an endpoint."""
    return [role.code for role in ROLES if permission in role.permissions]


def _schema(kind: Any, components: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template=_SCHEMAS + "{model}", mode="serialization")
    components.update(schema.pop("$defs", {}))
    title = schema.get("title")
    if title and schema.get("type") == "object":
        components[title] = schema
        return {"$ref": _SCHEMAS + title}
    return schema


def _operation(endpoint: Endpoint, components: dict[str, Any], errors: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": endpoint.handler.__doc__ or "",
        "tags": [endpoint.name.partition(".")[0]],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, components, errors),
        "x-roles": roles_for(endpoint.needs),
    }
    if endpoint.addition:
        operation["x-gatepass-addition"] = True
    if endpoint.body is not None:
        schema = {name: value for name, value in endpoint.body.items() if name != "example"}
        content = {"schema": schema, "example": endpoint.body.get("example")}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(endpoint.body_types, content)}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in _PARAMETER.findall(endpoint.full_path)
    ]
    versions = sorted(endpoint.versions, key=int)
    parameters.append(
        {
            "name": "Accept-Version",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "enum": versions},
        }
    )
    if endpoint.versioned:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"},
                "description": "The version that you have read.",
            }
        )
    for query in endpoint.query:
        parameters.append(
            {
                "name": query.name,
                "in": "query",
                "description": query.description,
                "schema": dict(query.schema),
            }
        )
    if endpoint.prefer:
        preferences = [f"return={preference}" for preference in endpoint.prefer]
        parameters.append(
            {
                "name": "Prefer",
                "in": "header",
                "schema": {"type": "string"},
                "description": ", ".join(preferences),
            }
        )
    return parameters


def _responses(endpoint: Endpoint, components: dict[str, Any], errors: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    example = answer_of(endpoint)
    for status, kind in endpoint.returns.items():
        response: dict[str, Any] = {"description": _NAMES[status]}
        if kind is bytes:
            response["content"] = {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            }
        elif kind is not None:
            response["content"] = {"application/json": {"schema": _schema(kind, components)}}
            if example is not None and status != REJECTED:
                response["content"]["application/json"]["example"] = example
        if endpoint.paged:
            response["headers"] = {
                name: {"schema": {"type": "string"}}
                for name in ("Total-Pages", "Total-Elements", "Page-Size", "Page-Number", "Link")
            }
        responses[str(status)] = response
    for status, description in ERRORS.items():
        if not _may_answer(endpoint, status):
            continue
        responses[str(status)] = {
            "description": description,
            "content": {"application/json": {"schema": errors}},
        }
    return responses


def _may_answer(endpoint: Endpoint, status: int) -> bool:
    match status:
        case 412:
            return endpoint.versioned
        case 413 | 415:
            return endpoint.takes_body
    return True


def _token() -> dict[str, Any]:
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    answer = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer"},
        },
    }
    example = {"access_token": "gp_at_...", "token_type": "bearer", "expires_in": 3600}
    form = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {"grant_type": {"const": "client_credentials"}},
    }
    form_content = {"schema": form, "example": {"grant_type": "client_credentials"}}
    refusals = {
        str(status): {"description": text, "content": {"application/json": {"schema": error}}}
        for status, text in (
            (400, "Malformed."),
            (401, "Unknown client, or wrong secret."),
            (405, "Use POST."),
            (413, "Too large."),
            (429, "Too many wrong passwords."),
            (503, "Try again."),
        )
    }
    return {
        "operationId": "token",
        "summary": "An access token for a client id and its secret",
        "description": "Client id and secret go into HTTP Basic authentication. A token is good for one hour; "
        "take a new one a minute before it ends. A bearer token made in the portal is used as it is, without this.",
        "tags": ["token"],
        "security": [{"client": []}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": form_content}},
        "responses": {
            "200": {
                "description": "OK",
                "content": {"application/json": {"schema": answer, "example": example}},
            },
            **refusals,
        },
    }
