"""OAuth 2.0 for machines: token (RFC 6749), revoke (RFC 7009), introspect (RFC 7662), metadata (RFC 8414)."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse

from apps.clients import access_tokens, remembered
from apps.clients.authenticate import Principal, Refused, authenticate_client
from apps.clients.networks import ANYWHERE
from apps.core.secrets import SecretKind, kind_of
from apps.partner_api.answers import ApiError, json_response
from apps.partner_api.calls import ApiCall, give_up
from apps.partner_api.forms import OAuthError, invalid_client, invalid_request, read_basic, read_form

logger = logging.getLogger(__name__)
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CHALLENGE = 'Basic realm="Gatepass", charset="UTF-8"'

Fields = dict[str, str]
Work = Callable[[ApiCall, Fields], dict[str, Any] | None]


def _oauth(name: str, *, changes_nothing: bool = True) -> Callable[[Work], Callable[[ApiCall], HttpResponse]]:
    """Wrap the work of an endpoint: POST only, a strict form, a client by Basic, the call recorded, never stored."""

    def decorate(work: Work) -> Callable[[ApiCall], HttpResponse]:
        @wraps(work)
        def view(call: ApiCall) -> HttpResponse:
            call.endpoint_name, call.token_request = name, True
            call.changes_nothing = changes_nothing
            try:
                body = _answer(call, work)
                call.record(200)
                return json_response(200, body, _NO_STORE) if body is not None else _empty()
            except OAuthError as error:
                return _refuse(call, error)
            except (DatabaseError, InterfaceError) as refusal:
                give_up(call, refusal)
                return _unavailable()

        return view

    return decorate


def _answer(call: ApiCall, work: Work) -> dict[str, Any] | None:
    if call.request.method != "POST":
        raise invalid_request("Use POST.", 405)
    # A request can be read once, and a call may begin anew.
    fields: Fields = call.body if call.is_anew else read_form(call.request)
    call.body = fields
    call.principal = call.caller = _authenticate(call, fields)
    return work(call, fields)


def _authenticate(call: ApiCall, fields: Fields) -> Principal:
    refusal: Refused | None = None
    for client_id, secret in read_basic(call.request, fields).readings():
        # What people choose as a password is not kept, not even as a digest.
        proof = f"{client_id}:{secret}" if kind_of(secret) is SecretKind.CLIENT_SECRET else ""
        if proof and call.may_recall:
            call.recalled = remembered.recall(proof, call.address)
            if call.recalled:
                return call.recalled.principal
        try:
            who = authenticate_client(client_id, secret, call.address)
            if proof and call.changes_nothing:
                remembered.keep(proof, call.address, who)
            return who
        except Refused as error:
            refusal = error
            call.caller = error if error.client_id or call.caller is None else call.caller
            if error.retry_after:
                raise OAuthError(
                    429,
                    "temporarily_unavailable",
                    "Too many wrong passwords. Wait a minute.",
                    error.reason,
                    retry_after=error.retry_after,
                ) from None
    raise invalid_client(refusal.reason if refusal else "unknown")


def _refuse(call: ApiCall, error: OAuthError) -> HttpResponse:
    headers = dict(_NO_STORE)
    if error.status == 401:
        headers["WWW-Authenticate"] = _CHALLENGE
    if error.status == 405:
        headers["Allow"] = "POST"
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    try:
        call.record(error.status, ApiError(error.status, error.description, reason=error.reason))
    except (DatabaseError, InterfaceError):
        logger.exception("Call %s could not be recorded", call.request_id)
        return _unavailable()
    body = {"error": error.error, "error_description": error.description}
    return json_response(error.status, body, headers)


def _empty() -> HttpResponse:
    response = HttpResponse(status=200, headers=_NO_STORE)
    del response.headers["Content-Type"]
    return response


def _unavailable() -> HttpResponse:
    body = {"error": "temporarily_unavailable", "error_description": "Try again in a few seconds."}
    return json_response(503, body, _NO_STORE | {"Retry-After": "5"})


@_oauth("token")
def token(call: ApiCall, fields: Fields) -> dict[str, Any]:
    """`POST /uaa/oauth/token`: an access token of one hour for a client id and its secret."""
    if "grant_type" not in fields:
        raise invalid_request("The parameter grant_type is missing.")
    if fields["grant_type"] != "client_credentials":
        raise OAuthError(400, "unsupported_grant_type", "The grant type is client_credentials.")
    if "scope" in fields:
        raise OAuthError(400, "invalid_scope", "There are no scopes: the client's roles say what it may do.")
    text, expires_in = access_tokens.issue(call.who)
    return {"access_token": text, "token_type": "bearer", "expires_in": expires_in}


@_oauth("token.revoke", changes_nothing=False)
def revoke(call: ApiCall, fields: Fields) -> None:
    """`POST /uaa/oauth/revoke`: end one of the caller's access tokens. Somebody else's, or none, is 200 too."""
    text = _token_field(fields)
    if kind_of(text) in (SecretKind.BEARER_TOKEN, SecretKind.CLIENT_SECRET):
        raise OAuthError(400, "unsupported_token_type", "Only access tokens can be revoked here.")
    if _own(call, text) is not None:
        access_tokens.revoke(text)


@_oauth("token.introspect")
def introspect(call: ApiCall, fields: Fields) -> dict[str, Any]:
    """`POST /uaa/oauth/introspect`: what one of the caller's own access tokens is worth; any other is not active."""
    text = _token_field(fields)
    found = _own(call, text)
    if found is None:
        return {"active": False}
    return {
        "active": True,
        "client_id": found.public_id,
        "sub": str(found.client_id),
        "token_type": "bearer",
        "iss": settings.BASE_URL,
        "exp": int(access_tokens.expires_at(text).timestamp()),
    }


def _token_field(fields: Fields) -> str:
    if "token" not in fields:
        raise invalid_request("The parameter token is missing.")
    return fields["token"]


def _own(call: ApiCall, text: str) -> Principal | None:
    """The principal behind a live access token, if it is the caller."""
    known = remembered.recall(text, ANYWHERE) if call.may_recall else None
    if known and known.principal.standing == call.who.standing:
        # The record of the call asks for both at once: they are the same client's.
        call.recalled = known
        return known.principal
    try:
        found = access_tokens.verify(text)
    except Refused:
        return None
    if call.changes_nothing:
        remembered.keep(text, ANYWHERE, found)
    return found if found.client_id == call.who.client_id else None


def metadata(call: ApiCall) -> HttpResponse:
    """`GET /.well-known/oauth-authorization-server`: where everything is and what it takes."""
    if call.request.method not in ("GET", "HEAD"):
        return json_response(405, [{"message": "Use GET."}], {"Allow": "GET, HEAD"})
    base = settings.BASE_URL
    basic = ["client_secret_basic"]
    return json_response(
        200,
        {
            "issuer": base,
            "token_endpoint": f"{base}/uaa/oauth/token",
            "token_endpoint_auth_methods_supported": basic,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "revocation_endpoint": f"{base}/uaa/oauth/revoke",
            "revocation_endpoint_auth_methods_supported": basic,
            "introspection_endpoint": f"{base}/uaa/oauth/introspect",
            "introspection_endpoint_auth_methods_supported": basic,
            "service_documentation": f"{base}/api/",
        },
        {"Cache-Control": "public, max-age=300"},
    )
