"""Reading a request's body: bounded, strict, and with every fault named in the API's own error shape."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.http.request import RawPostDataException, UnreadablePostError

from apps.core import jsontext
from apps.partner_api.answers import ApiError, bad_request

_CHARSETS = {"", "utf-8", "utf8"}


def read_bytes(request: HttpRequest, limit: int) -> bytes:
    """The body, of which no more than `limit` bytes are ever held."""
    too_large = ApiError(413, f"The body is larger than {limit} bytes.", reason="too_large")
    length = request.META.get("CONTENT_LENGTH") or ""
    if length and not (length.isascii() and length.isdigit()):
        raise bad_request("The header Content-Length is not a number.")
    if (length and len(length) < 16 and int(length) > limit) or len(length) >= 16:
        raise too_large
    try:
        body = _chunked(request, limit) if not length else request.read(limit + 1)
    except (UnreadablePostError, RawPostDataException, OSError):
        raise bad_request("The body could not be read to its end.") from None
    if len(body) > limit:
        raise too_large
    return body


def _chunked(request: HttpRequest, limit: int) -> bytes:
    # Django reads no body without a Content-Length; a server that undoes chunks itself says so and can be read on.
    if request.META.get("HTTP_TRANSFER_ENCODING", "").lower() != "chunked":
        return b""
    stream = request.META.get("wsgi.input")
    return stream.read(limit + 1) if stream is not None else b""


def media_type(request: HttpRequest) -> tuple[str, str]:
    """The media type of the body and its charset, both in lower case."""
    main, *parameters = request.META.get("CONTENT_TYPE", "").split(";")
    charset = ""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return main.strip().lower(), charset


def read_json(request: HttpRequest, *, types: Iterable[str], limit: int) -> Any:
    """What the JSON body holds."""
    kind, charset = media_type(request)
    if kind not in types or charset not in _CHARSETS:
        raise ApiError(415, f"Send the body as {' or '.join(types)}, in UTF-8.", reason="media_type")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("identity", ""):
        raise ApiError(415, "Send the body without Content-Encoding.", reason="media_type")
    body = read_bytes(request, limit)
    try:
        return jsontext.loads(body, max_bytes=limit)
    except jsontext.BadJSON as error:
        raise bad_request(error.message) from None
