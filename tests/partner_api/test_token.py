"""`/uaa/oauth/token` and its neighbours, probed as RFC 6749, 7009, 7662 and 8414 allow a caller to probe."""

import base64
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.clients.services import clients as client_services
from apps.usage.models import Call
from tests.partner_api.conftest import ACTOR, FORM, Caller, basic, calls

GRANT = "grant_type=client_credentials"
PATH = "/uaa/oauth/token"

pytestmark = pytest.mark.django_db


def ask(
    body: str | bytes = GRANT, *, path: str = PATH, kind: str = FORM, method: str = "POST", **headers: str
) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client().generic(method, path, body, kind, headers=sent)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    return answer


def test_a_token_is_lower_case_bearer_for_an_hour(caller: Caller) -> None:
    answer = ask(Authorization=basic(caller.client_id, caller.secret))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert calls() == [("token", 200, "token")]


def test_ten_tokens_of_one_client_live_side_by_side(caller: Caller) -> None:
    tokens = [caller.take_token() for _ in range(10)]
    assert len(set(tokens)) == 10
    for token in tokens:
        caller.token = token
        assert caller.get("/uaa/userinfo").status_code == 200


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc"])
def test_the_scheme_is_case_insensitive(caller: Caller, scheme: str) -> None:
    assert ask(Authorization=basic(caller.client_id, caller.secret, scheme)).status_code == 200


def test_a_secret_in_the_query_and_in_private_headers_is_ignored(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    query = f"?client_id={caller.client_id}&client_secret={caller.secret}"
    private = {"X_CLIENT_ID": caller.client_id, "X_CLIENT_SECRET": caller.secret}
    with caplog.at_level(logging.DEBUG):
        good = ask(path=PATH + query, Authorization=basic(caller.client_id, caller.secret), **private)
        alone = ask(path=PATH + query, **private)
        wrong = ask(path=PATH + query, Authorization=basic(caller.client_id, "wrong"), **private)
    assert (good.status_code, alone.status_code, wrong.status_code) == (200, 401, 401)
    assert caller.secret not in caplog.text
    assert caller.secret not in str(list(Call.objects.values()))


def test_a_query_string_never_makes_a_resource_fail_or_authenticates(caller: Caller) -> None:
    query = f"?client_id={caller.client_id}&client_secret={caller.secret}&whatever=%00&page="
    assert caller.get(f"warehouses{query}").status_code == 200
    assert caller.secret not in str(caller.last.headers)
    caller.token = ""
    assert caller.get(f"warehouses{query}&access_token=x").status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("grant_type=", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=authorization_code&code=1", 400, "unsupported_grant_type"),
        (f"{GRANT}&grant_type=client_credentials", 400, "invalid_request"),
        (f"{GRANT}&foo=1&foo=2", 400, "invalid_request"),
        (f"{GRANT}&scope=admin", 400, "invalid_scope"),
        (f"{GRANT}&client_secret=x", 400, "invalid_request"),
        (f"{GRANT}&client_assertion=x", 400, "invalid_request"),
        (f"{GRANT}&client_id=somebody-else", 400, "invalid_request"),
        (f"{GRANT}&x=%ff", 400, "invalid_request"),
        (f"{GRANT}&x=%00", 400, "invalid_request"),
        ("grant_type", 400, "invalid_request"),
        (b"\xff\xfe", 400, "invalid_request"),
        ("&".join(f"a{n}=1" for n in range(60)), 400, "invalid_request"),
        (f"{GRANT}&x=" + "a" * 20_000, 413, "invalid_request"),
        (f"{GRANT}&scope=&unknown=1", 200, None),
    ],
)
def test_what_a_form_may_not_hold(caller: Caller, body: str | bytes, status: int, error: str | None) -> None:
    answer = ask(body, Authorization=basic(caller.client_id, caller.secret))
    assert answer.status_code == status
    assert answer.json().get("error") == error


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
        f"{FORM}; charset=utf-16",
        f"{FORM}; charset=iso-8859-1",
    ],
)
def test_other_media_types_and_charsets_are_400(caller: Caller, kind: str) -> None:
    answer = ask(kind=kind, Authorization=basic(caller.client_id, caller.secret))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_utf_8_said_aloud_is_fine(caller: Caller) -> None:
    kind = "Application/X-WWW-Form-URLencoded; Charset=UTF-8"
    assert ask(kind=kind, Authorization=basic(caller.client_id, caller.secret)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b":secret").decode(),
        "Basic " + base64.b64encode(b"id:").decode(),
        "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
        "Basic " + base64.b64encode(b"a\x00b:c").decode(),
        "Basic " + "A" * 8192,
        "Bearer abc",
        "Digest username=x",
        basic("nobody-here", "gp_cs_wrong"),
        basic("gpc_00000000000000000000", "gp_cs_wrong"),
    ],
)
def test_a_bad_proof_is_401_with_a_challenge_and_one_answer_for_all(caller: Caller, header: str) -> None:
    answer = ask(Authorization=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "Unknown client, or wrong client secret.",
    }
    assert calls() == []


def test_a_known_client_with_a_wrong_secret_gets_the_answer_of_an_unknown_one(caller: Caller) -> None:
    other = caller.secret[:-1] + ("y" if caller.secret.endswith("x") else "x")
    known = ask(Authorization=basic(caller.client_id, other))
    unknown = ask(Authorization=basic("gpc_00000000000000000000", caller.secret))
    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405_in_json(method: str) -> None:
    answer = ask("", method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert answer.json()["error"] == "invalid_request"


def test_a_deactivated_client_gets_no_token_and_its_tokens_die(caller: Caller) -> None:
    client_services.set_active(client=caller.row, actor=ACTOR, active=False)
    assert ask(Authorization=basic(caller.client_id, caller.secret)).status_code == 401
    assert caller.get("/uaa/userinfo").status_code == 401
    client_services.set_active(client=caller.row, actor=ACTOR, active=True)
    assert caller.get("/uaa/userinfo").status_code == 401
    assert ask(Authorization=basic(caller.client_id, caller.secret)).status_code == 200


def test_revoking_a_token_ends_it_and_no_other(caller: Caller) -> None:
    other = caller.take_token()
    proof = basic(caller.client_id, caller.secret)
    answer = ask(f"token={caller.token}", path="/uaa/oauth/revoke", Authorization=proof)
    assert answer.status_code == 200
    assert caller.get("/uaa/userinfo").status_code == 401
    caller.token = other
    assert caller.get("/uaa/userinfo").status_code == 200


def test_revoking_what_is_no_token_of_the_caller_is_200_and_does_nothing(
    caller: Caller, make_caller: Callable[..., Caller]
) -> None:
    stranger = make_caller()
    proof = basic(stranger.client_id, stranger.secret)
    assert ask(f"token={caller.token}", path="/uaa/oauth/revoke", Authorization=proof).status_code == 200
    assert ask("token=rubbish", path="/uaa/oauth/revoke", Authorization=proof).status_code == 200
    assert caller.get("/uaa/userinfo").status_code == 200
    missing = ask("", path="/uaa/oauth/revoke", Authorization=proof)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    secret = ask(f"token={stranger.secret}", path="/uaa/oauth/revoke", Authorization=proof)
    assert (secret.status_code, secret.json()["error"]) == (400, "unsupported_token_type")
    assert ask(f"token={caller.token}", path="/uaa/oauth/revoke").status_code == 401


def test_introspection_knows_the_callers_own_tokens_only(
    caller: Caller, make_caller: Callable[..., Caller]
) -> None:
    own = ask(
        f"token={caller.token}",
        path="/uaa/oauth/introspect",
        Authorization=basic(caller.client_id, caller.secret),
    ).json()
    assert own["active"] is True
    assert own["client_id"] == caller.client_id
    assert own["exp"] > 0
    stranger = make_caller()
    proof = basic(stranger.client_id, stranger.secret)
    for token in (caller.token, "rubbish", stranger.secret):
        answer = ask(f"token={token}", path="/uaa/oauth/introspect", Authorization=proof)
        assert answer.status_code == 200
        assert answer.json() == {"active": False}


def test_the_metadata_names_every_endpoint() -> None:
    answer = Client().get("/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_endpoint"] == f"{body['issuer']}/uaa/oauth/token"
    assert body["grant_types_supported"] == ["client_credentials"]
    assert body["token_endpoint_auth_methods_supported"] == ["client_secret_basic"]
    assert body["response_types_supported"] == []
