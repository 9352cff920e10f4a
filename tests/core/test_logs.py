"""Log lines are one line, name their request, and hold neither secrets nor queries."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from apps.core import secrets
from apps.core.logs import JsonFormatter, PlainFormatter, without_query
from apps.core.secrets import RedactSecrets, SecretKind

SECRET = secrets.generate(SecretKind.cs)


def record(message, *args, **extra):
    made = logging.LogRecord("gatepass.test", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def failed(text):
    try:
        raise ValueError(text)
    except ValueError as error:
        made = record("failed")
        made.exc_info = (ValueError, error, error.__traceback__)
        return made


def test_a_record_is_one_json_object_on_one_line():
    line = JsonFormatter().format(
        record("one\ntwo %s", "é\u2028", tenant="coastal", ms=12, ok=True, size=None)
    )
    assert len(line.splitlines()) == 1
    read = json.loads(line)
    assert (
        read["message"] == "one\ntwo é\u2028"
        and read["level"] == "WARNING"
        and read["logger"] == "gatepass.test"
    )
    assert (read["tenant"], read["ms"], read["ok"], read["size"]) == ("coastal", 12, True, None)
    assert read["time"].endswith("+00:00")
    assert "request_id" not in read


def test_a_plain_line_can_not_be_made_to_begin_another():
    line = PlainFormatter().format(record("name %s", "x\n12:00:00 ERROR forged\x1b[31m\u2028"))
    assert len(line.splitlines()) == 1
    assert "\\n12:00:00" in line and "\x1b" not in line


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_secrets_are_in_no_part_of_a_line(formatter):
    records = [
        record("token %s", SECRET),
        record("broken %s %s", SECRET),
        failed(f"bad {SECRET}"),
        record("extra", header=f"Bearer {SECRET}"),
        record("cached", exc_text=f"Traceback {SECRET}"),
        record("stack", stack_info=f"Stack {SECRET}"),
    ]
    assert all(RedactSecrets().filter(made) for made in records)
    lines = [formatter.format(made) for made in records]
    assert all(SECRET[6:] not in line for line in lines)
    assert "ValueError" in lines[2] and "Stack gp_cs_" in lines[5]


def test_every_handler_of_the_settings_redacts_and_no_logger_steps_round_them(settings):
    assert all(handler["filters"] == ["redact"] for handler in settings.LOGGING["handlers"].values())
    for name in ("django", "django.server", "django.request"):
        assert logging.getLogger(name).handlers == [] and logging.getLogger(name).propagate


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"GET /a/b?client_secret=x&y=z HTTP/1.1" 200', '"GET /a/b HTTP/1.1" 200'),
        ("POST http://h/a?b=c 200", "POST http://h/a 200"),
        ("Not Found: /x?y=z", "Not Found: /x"),
        ("what? /nothing here", "what? /nothing here"),
        ("GET /a 200", "GET /a 200"),
    ],
)
def test_addresses_end_before_their_query(text, shown):
    assert without_query(text) == shown


def fail(request):
    raise RuntimeError(f"cannot use {request.GET['client_secret']}")


def fine(request):
    logging.getLogger("gatepass.test").warning("inside")
    return HttpResponse()


urlpatterns = [path("fail/", fail), path("fine/", fine)]


def test_a_request_can_be_followed_through_the_log_and_leaves_no_secret_there(settings, caplog):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["apps.core.requests.RequestIdMiddleware"]
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(JsonFormatter().format(record))

    handler = Keep()
    handler.addFilter(RedactSecrets())
    logging.getLogger().addHandler(handler)
    try:
        answer = Client(raise_request_exception=False).get(f"/fail/?client_secret={SECRET}")
        missing = Client(raise_request_exception=False).get("/nowhere/?client_secret=legacy-value")
        inside = Client().get("/fine/")
    finally:
        logging.getLogger().removeHandler(handler)
    read = [json.loads(line) for line in lines]
    by_message = {line["message"]: line for line in read}
    assert by_message["Internal Server Error: /fail/"]["request_id"] == answer["X-Request-Id"]
    assert "RuntimeError" in by_message["Internal Server Error: /fail/"]["traceback"]
    assert by_message["Not Found: /nowhere/"]["request_id"] == missing["X-Request-Id"]
    assert by_message["inside"]["request_id"] == inside["X-Request-Id"]
    assert all(SECRET[6:] not in line and "legacy-value" not in line for line in lines)
