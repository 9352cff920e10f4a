"""The form bodies and the client authentication of OAuth, as strict as RFC 6749 words them."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from django.http import HttpRequest

from apps.partner_api import bodies
from apps.partner_api.answers import ApiError

FORM = "application/x-www-form-urlencoded"
MAX_BODY = 16 * 1024
MAX_FIELDS = 50
MAX_BASIC = 4096


class OAuthError(Exception):
    """An error answer of an OAuth endpoint."""

    def __init__(
        self, status: int, error: str, description: str, reason: str = "", retry_after: int | None = None
    ) -> None:
        self.status = status
        self.error = error
        self.description = description
        self.reason = reason or error
        self.retry_after = retry_after
        super().__init__(error)


def invalid_request(description: str, status: int = 400) -> OAuthError:
    """The request is malformed."""
    return OAuthError(status, "invalid_request", description)


def invalid_client(reason: str) -> OAuthError:
    """One answer for every client that does not prove itself, so that nothing is learnt from it."""
    return OAuthError(401, "invalid_client", "Unknown client, or wrong client secret.", reason)


def read_form(request: HttpRequest) -> dict[str, str]:
    """The parameters of a form body. The query string is never looked at: a real client puts its secret there."""
    kind, charset = bodies.media_type(request)
    if kind != FORM:
        raise invalid_request(f"Send the parameters as {FORM}.")
    if charset not in ("", "utf-8", "utf8"):
        raise invalid_request("Send the parameters in UTF-8.")
    try:
        body = bodies.read_bytes(request, MAX_BODY)
    except ApiError as error:
        raise invalid_request(error.problems[0].message, error.status) from None
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise invalid_request("The body is not a form in UTF-8.") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise invalid_request("A parameter is there twice.")
        if "\x00" in name or "\x00" in value:
            raise invalid_request("A parameter holds a null character.")
        fields[name] = value
    # RFC 6749 §3.2: a parameter without a value counts as left out.
    return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class Basic:
    """The client id and secret that came by HTTP Basic, as sent."""

    client_id: str
    secret: str

    def readings(self) -> Iterator[tuple[str, str]]:
        """Both ways to read the pair: as curl sends it, and with the form encoding that RFC 6749 §2.3.1 asks for."""
        yield self.client_id, self.secret
        decoded = (unquote_plus(self.client_id), unquote_plus(self.secret))
        if decoded != (self.client_id, self.secret):
            yield decoded


def read_basic(request: HttpRequest, fields: dict[str, str]) -> Basic:
    """The client's proof. Only HTTP Basic counts; a second proof beside it makes the request malformed."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, payload = header.partition(" ")
    in_body = "client_secret" in fields or "client_assertion" in fields
    if header and in_body:
        raise invalid_request("Authenticate in one way only: HTTP Basic.")
    if scheme.lower() != "basic":
        raise invalid_client("no_basic")
    try:
        if len(payload) > MAX_BASIC:
            raise ValueError
        text = base64.b64decode(payload.strip(), validate=True).decode("utf-8")
    except (ValueError, binascii.Error):
        raise invalid_client("malformed") from None
    client_id, colon, secret = text.partition(":")
    if not colon or not client_id or not secret or "\x00" in text:
        raise invalid_client("malformed")
    if fields.get("client_id", client_id) != client_id:
        raise invalid_request("The client_id of the body is not the one of HTTP Basic.")
    return Basic(client_id, secret)
