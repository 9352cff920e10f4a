"""What an endpoint gives back, and the one shape that every error has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse

from apps.core import jsontext
from apps.core.headers import put

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a sentence, and where it can be told the JSON Pointer of the member it is about."""

    message: str
    field: str = ""
    type: str = ""
    details: Mapping[str, Any] | None = None
    code: int | None = None

    def json(self) -> dict[str, Any]:
        """The problem as the wire has it: members that say nothing are left out."""
        body: dict[str, Any] = {"message": self.message}
        if self.field:
            body["field"] = self.field
        if self.type:
            body["type"] = self.type
        if self.details:
            body["details"] = dict(self.details)
        if self.code is not None:
            body["code"] = self.code
        return body


class ApiError(Exception):
    """An answer that is not a success. `reason` is the typed word under which the request log keeps it."""

    def __init__(
        self,
        status: int,
        problems: str | Iterable[Problem],
        *,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.problems = [Problem(problems)] if isinstance(problems, str) else list(problems)
        self.reason = reason
        self.headers = dict(headers or {})
        super().__init__(f"{status} {reason}")


def bad_request(message: str, reason: str = "malformed") -> ApiError:
    """400: the request can't be read."""
    return ApiError(400, message, reason=reason)


def not_found(reason: str = "not_found") -> ApiError:
    """404, the same for what does not exist and for what this caller may not see."""
    return ApiError(404, "There is no such thing here.", reason=reason)


def invalid(message: str, pointer: str) -> ApiError:
    """422 with one problem at one place."""
    return ApiError(422, [Problem(message, field=pointer)], reason="invalid")


def our_error(request_id: str) -> ApiError:
    """500: a mistake of ours, which support finds in the log by the request id."""
    message = f"Something went wrong on our side. Name the request id {request_id} to support."
    return ApiError(500, message, reason="our_error")


@dataclass(slots=True)
class Answer:
    """A success: `body` becomes JSON unless `raw` holds the bytes themselves."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = JSON


def json_response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A response with a JSON body, `Content-Type: application/json` to the letter."""
    response = HttpResponse(jsontext.dumps(body), status=status, content_type=JSON)
    if headers:
        put(response, headers)
    return response


def error_response(error: ApiError) -> HttpResponse:
    """The response of an error: an array of problems."""
    return json_response(error.status, [problem.json() for problem in error.problems], error.headers)


def success_response(answer: Answer) -> HttpResponse:
    """The response of a success."""
    if answer.raw is not None:
        response = HttpResponse(answer.raw, status=answer.status, content_type=answer.content_type)
    elif answer.status == 204:
        response = HttpResponse(status=204)
        del response.headers["Content-Type"]
    else:
        return json_response(answer.status, answer.body, answer.headers)
    put(response, answer.headers)
    return response
