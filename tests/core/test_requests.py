"""Whose word about a request is believed, and which characters never reach a view."""

import io
import json
from ipaddress import ip_network

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from apps.core import requests
from apps.core.requests import StrictRequest
from config.wsgi import pages


def echo(request, **kwargs):
    """Read all that a view may read, as a database would."""
    read = [request.path, *kwargs.values(), *request.COOKIES.values()]
    for values in (request.GET, request.POST):
        for _, texts in values.lists():
            read += texts
    for text in read:
        text.encode()
        if "\x00" in text:
            raise ValueError("A string literal cannot contain NUL (0x00) characters.")
    answer = {
        "address": requests.client_address(request),
        "scheme": request.scheme,
        "id": requests.current_request_id(),
    }
    return HttpResponse(json.dumps(answer), content_type="application/json")


urlpatterns = [
    path("echo/", echo),
    path("echo/<path:rest>", echo),
    path("machine/", csrf_exempt(lambda request: HttpResponse(repr(request.GET.dict())))),
]

MIDDLEWARE = [
    "apps.core.requests.RequestIdMiddleware",
    "apps.core.requests.ForwardedSchemeMiddleware",
    "apps.core.requests.StrictInputMiddleware",
]


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = MIDDLEWARE
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, , 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "1.2.3.4:5678", "1.2.3.4"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
        ("fd00::1%eth0", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "１.2.3.4", "10.0.0.1"),
        ("", "1.2.3.4", None),
        ("unix:", "1.2.3.4", None),
    ],
)
def test_a_forwarded_address_is_believed_from_trusted_proxies_only(peer, forwarded, address):
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert requests.client_address(request) == address


def test_without_trusted_proxies_nobody_is_believed(settings):
    settings.TRUSTED_PROXIES = []
    answer = Client().get(
        "/echo/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4", HTTP_X_FORWARDED_PROTO="https"
    )
    assert (answer.json()["address"], answer.json()["scheme"]) == ("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("peer", "forwarded", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "HTTPS , https", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "http", "http"),
        ("10.0.0.1", "wss", "http"),
        ("10.0.0.1", "", "http"),
        ("203.0.113.9", "https", "http"),
        ("nonsense", "https", "http"),
    ],
)
def test_a_forwarded_scheme_is_believed_from_trusted_proxies_only(peer, forwarded, scheme):
    answer = Client().get("/echo/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO=forwarded)
    assert answer.json()["scheme"] == scheme


def test_every_answer_carries_an_id_of_our_own_even_one_that_failed():
    client = Client(raise_request_exception=False)
    answers = [
        client.get("/echo/", headers={"X-Request-Id": "req_theirs"}),
        client.get("/nowhere/"),
        client.get("/echo/?a=%00"),
    ]
    ids = [answer["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 3
    assert all(text.startswith("req_") and len(text) == 28 for text in ids)
    assert answers[0].json()["id"] == ids[0]
    assert requests.current_request_id() is None


MULTIPART = "multipart/form-data; boundary=x"


def multipart(name=b"a", value=b"1", extra=b""):
    return (
        b'--x\r\nContent-Disposition: form-data; name="'
        + name
        + b'"'
        + extra
        + b"\r\n\r\n"
        + value
        + b"\r\n--x--\r\n"
    )


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/echo/?a=%00"),
        lambda client: client.get("/echo/?%00=a"),
        lambda client: client.get("/echo/?a=1&a=b%00"),
        lambda client: client.get("/echo/a%00b"),
        lambda client: client.post("/echo/", {"a": "x\x00"}),
        lambda client: client.post("/echo/", "a=%00", content_type="application/x-www-form-urlencoded"),
        lambda client: client.post(
            "/echo/", "a=1", content_type="application/x-www-form-urlencoded; charset=utf-7"
        ),
        lambda client: client.post(
            "/echo/", multipart(value=b"+2AA-"), content_type=MULTIPART + "; charset=utf-7"
        ),
        lambda client: client.post("/echo/", multipart(value=b"\x00"), content_type=MULTIPART),
        lambda client: client.get("/echo/?a=1", CONTENT_TYPE="text/plain; charset=utf-16"),
    ],
)
def test_characters_that_can_not_be_stored_are_a_400_for_people(send):
    answer = send(Client(raise_request_exception=False))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/echo/?a=%ED%A0%80&b=%FF&c=é😀"),
        lambda client: client.post("/echo/", {"a": "é😀\r\n\t"}),
        lambda client: client.post("/echo/", multipart(value=b"\xed\xa0\x80"), content_type=MULTIPART),
        lambda client: client.post(
            "/echo/", "a=1", content_type="application/x-www-form-urlencoded; charset=UTF-8"
        ),
        lambda client: client.post("/echo/", b"\x00\xff", content_type="application/octet-stream"),
        lambda client: client.get("/echo/", HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaa"; other=fine'),
    ],
)
def test_other_input_reaches_the_view(send):
    assert send(Client()).status_code == 200


def test_machines_are_left_to_answer_in_their_own_shape():
    assert Client().get("/machine/?a=%00").status_code == 200


KINDS = ["text/plain", "application/x-www-form-urlencoded", MULTIPART]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "charset",
    [
        "charset=hex",
        "charset=rot13",
        "charset=no-such",
        "charset*=no-such'x'y",
        "charset*=hex''hex",
        "x*=no-such''y",
    ],
)
def test_an_unreadable_content_type_is_a_400_for_people_and_no_fault_for_machines(kind, charset):
    """The server calls the application like this; Django's test client makes its requests in another way."""

    def ask(target):
        environ = RequestFactory()._base_environ(
            REQUEST_METHOD="POST",
            PATH_INFO=target,
            QUERY_STRING="a=1",
            CONTENT_TYPE=f"{kind}; {charset}",
            CONTENT_LENGTH=str(len(multipart())),
            **{"wsgi.input": io.BytesIO(multipart())},
        )
        statuses = []
        handler = WSGIHandler()
        handler.request_class = StrictRequest
        body = b"".join(handler(environ, lambda status, headers: statuses.append(status[:3])))
        return statuses, body

    assert ask("/echo/")[0] == ["400"]
    assert ask("/machine/") == (["200"], b"{'a': '1'}")


def test_the_server_makes_requests_that_survive_any_content_type():
    assert pages.request_class is StrictRequest
