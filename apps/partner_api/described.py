"""What the reference page shows of an endpoint, read from its operation in the OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.clients.roles import names_of

_PARAMETER = re.compile(r"\{(\w+)\}")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
FORM = "application/x-www-form-urlencoded"
# Said once for all endpoints, so not again at each.
_EVERYWHERE = "Accept-Version"


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of a body: its name with the way to it, what it holds, and what it means."""

    name: str
    kind: str
    required: bool
    description: SafeString


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and what it means."""

    status: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Described:
    """One endpoint as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    about: SafeString
    roles: list[str]
    any_token: bool
    addition: bool
    versions: str
    headers: list[Member]
    query: list[Member]
    members: list[Member]
    replies: list[Reply]
    errors: list[Reply]
    request: str
    answer: str
    answer_status: str

    @property
    def steps(self) -> list[str]:
        """The path in pieces between which a line may break."""
        return self.path.removeprefix("/").split("/")


def described(path: str, method: str, operation: Mapping[str, Any], base: str) -> Described:
    """The endpoint of an operation; `base` is the address that the example calls."""
    parameters = operation.get("parameters", ())
    bodies: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    media = next(iter(bodies), "")
    body: Mapping[str, Any] = bodies.get(media, {})
    replies = [Reply(status, reply["description"]) for status, reply in operation["responses"].items()]
    done = [reply for reply in replies if reply.status < "300"]
    sample = operation["responses"][done[0].status].get("content", {}).get("application/json", {})
    return Described(
        anchor=_anchor(operation["operationId"], method),
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=_prose(operation["description"]),
        roles=names_of(operation.get("x-roles", ())),
        any_token="security" not in operation,
        addition="x-gatepass-addition" in operation,
        versions=_versions(parameters),
        headers=[
            _parameter(each) for each in parameters if each["in"] == "header" and each["name"] != _EVERYWHERE
        ],
        query=[_parameter(each) for each in parameters if each["in"] == "query"],
        members=list(_members(body.get("schema", {}))),
        replies=done,
        errors=replies[len(done) :],
        request=_curl(method.upper(), base + path, media, body.get("example"), parameters),
        answer=_pretty(sample["example"]) if "example" in sample else "",
        answer_status=done[0].status,
    )


def _anchor(name: str, method: str) -> str:
    """The fragment that leads to an endpoint; a name of one word is the fragment of its resource already."""
    return name.replace(".", "-") if "." in name else f"{name}-{method}"


def _versions(parameters: Any) -> str:
    """The versions beside 1, which all endpoints serve."""
    named = next((each["schema"]["enum"] for each in parameters if each["name"] == _EVERYWHERE), ["1"])
    return f"{named[0]} to {named[-1]}" if len(named) > 1 else ""


def _parameter(parameter: Mapping[str, Any]) -> Member:
    description = parameter.get("description", "")
    return Member(
        parameter["name"], _kind(parameter["schema"]), bool(parameter.get("required")), _prose(description)
    )


def _members(schema: Mapping[str, Any], way: str = "") -> Iterator[Member]:
    """The members of an object or of each object of an array, parents before their children."""
    if "items" in schema and not way:
        yield from _members(schema["items"], "[].")
    for name, member in schema.get("properties", {}).items():
        inner = member.get("items", member)
        description = member.get("description", "")
        # Of an object that its members say all about, they alone are shown.
        if description or "properties" not in inner:
            required = name in schema.get("required", ())
            yield Member(way + name, _kind(member), required, _prose(description))
        yield from _members(inner, f"{way}{name}[]." if inner is not member else f"{way}{name}.")


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in a few words. That an optional one may be null is said once, at the top of the page."""
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value)
    if "anyOf" in schema:
        return _kind(schema["anyOf"][0])
    kinds = schema.get("type", "any")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "array":
        return "array"
    return str(schema.get("format", kind))


def _curl(method: str, url: str, media: str, example: Any, parameters: Any) -> str:
    """The call for a terminal. What is the caller's own stands in it as a variable of the shell."""
    url = _PARAMETER.sub(lambda found: f"${_shell_name(found[1])}", url)
    lines = [f'curl "{url}"' if "$" in url else f"curl {url}"]
    if method not in ("GET", "POST") or (method == "POST" and example is None):
        lines[0] = f"curl -X {method} " + lines[0].removeprefix("curl ")
    if media == FORM:
        lines.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
        lines += [f"-d {name}={value}" for name, value in (example or {}).items()]
        return " \\\n  ".join(lines)
    lines.append('-H "Authorization: Bearer $TOKEN"')
    lines.append('-H "Accept-Version: 1"')
    if any(each["name"] == "If-Match" for each in parameters):
        lines.append('-H "If-Match: 1"')
    if example is not None:
        lines.append(f'-H "Content-Type: {media}"')
        body = _pretty(example).replace("'", "'\\''")
        lines.append(f"-d '{body}'")
    return " \\\n  ".join(lines)


def _prose(text: str) -> SafeString:
    """A sentence in which what stands between backticks is code."""
    pieces = text.split("`")
    marked = (
        (format_html("<code>{}</code>", each) if place % 2 else each,) for place, each in enumerate(pieces)
    )
    return format_html_join("", "{}", marked)


def _shell_name(parameter: str) -> str:
    """`tenantId` is TENANT_UUID, as in the README."""
    return _CAPITAL.sub("_", parameter).upper().removesuffix("_ID") + "_UUID"


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
