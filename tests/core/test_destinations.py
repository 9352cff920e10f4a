"""Where outgoing requests may go, recorded at the socket: never to a special address, whatever it is called."""

import socket
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core import outbound
from apps.core.addresses import why_not_public
from apps.core.outbound import ForbiddenDestination, OutboundError
from tests.core.receiver import resolve_to, send

pytestmark = pytest.mark.usefixtures("closed_door")


def words(text):
    return text.split()


SPECIAL = words(
    """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.254
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192
    192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::2
    ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808
    64:ff9b:1::a00:1 64:ff9b:1:ffff:ffff:ffff:ffff:ffff 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1:: 2001:2::1
    2001:10::1 2001:20::1 2001:1ff:ffff::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 2620:4f:8000::1
    3fff::1 3fff:fff::1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:10.0.0.1 4000::1 5f00::1 fc00::1
    fd00:ec2::254 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 ff02::1 ff0e::1
    """
)
JUST_OUTSIDE = words(
    """
    1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
    168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
    192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0
    203.0.112.255 203.0.114.0 223.255.255.255 2001:200::1 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111
    2000::1 3ffd::1 3ffe:ffff::1 3fff:1000::1
    """
)


def as_host(text):
    return f"[{text}]" if ":" in text else text


@pytest.mark.parametrize("text", SPECIAL)
def test_a_special_address_is_never_dialled_as_a_literal_or_by_name(text, dialled, monkeypatch):
    resolve_to(monkeypatch, [text])
    for url in (f"https://{as_host(text)}/hook", "https://hooks.example.com/hook"):
        with pytest.raises(ForbiddenDestination) as raised:
            send(url)
        assert raised.value.reason.endswith("public addresses only.")
    with pytest.raises(ForbiddenDestination):
        outbound.check_url(f"https://{as_host(text)}/hook")
    assert dialled == []


@pytest.mark.parametrize("text", JUST_OUTSIDE)
def test_an_address_just_outside_of_a_special_range_is_dialled(text, dialled, monkeypatch):
    resolve_to(monkeypatch, [text])
    for url in (f"https://{as_host(text)}/hook", "https://hooks.example.com/hook"):
        outbound.check_url(url)
        with pytest.raises(OutboundError) as raised:
            send(url)
        assert raised.value.kind == "connect"
    assert [ip_address(address) for address in dialled] == [ip_address(text)] * 2


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(0, 2**32 - 1) | st.sampled_from([2130706433, 2852039166, 167772161, 3232235521, 1]),
    st.lists(st.sampled_from(["d", "o", "x", "X", "00d"]), min_size=4, max_size=4),
    st.integers(1, 4),
    st.sampled_from(["", ".", "\u3002", "%00", "#", "\\"]),
    st.booleans(),
)
def test_no_spelling_of_an_ipv4_address_leads_round_the_table(number, styles, parts, tail, wide):
    """The resolver here is the system's own, which reads all of these spellings."""
    address = ip_address(number)
    values = [*address.packed[: parts - 1], int.from_bytes(address.packed[parts - 1 :])]
    forms = {"d": "{}", "o": "0{:o}", "x": "0x{:x}", "X": "0X{:X}", "00d": "00{}"}
    host = ".".join(forms[style].format(value) for style, value in zip(styles, values, strict=False)) + tail
    if wide:
        host = host.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    dialled = []
    system = socket.getaddrinfo

    def connect(self, address):
        dialled.append(ip_address(address[0]))
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", type("Recorder", (socket.socket,), {"connect": connect}))
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda *args, **kwargs: system(*args, **kwargs, flags=socket.AI_NUMERICHOST),
        )
        with pytest.raises(OutboundError):
            send(f"https://{host}/")
    assert all(found == address and why_not_public(found) is None for found in dialled)


def test_everything_that_python_holds_for_special_is_special_here_too():
    for text in SPECIAL:
        assert why_not_public(ip_address(text))
    for number in range(0, 2**32, 65_537):
        address = ip_address(number)
        assert address.is_global or why_not_public(address)


@pytest.mark.parametrize(
    "answers", [["93.184.216.34", "10.0.0.5"], ["10.0.0.5", "93.184.216.34"], ["2606:4700::1", "::1"]]
)
def test_a_name_with_one_answer_that_is_not_public_is_refused_whole(answers, dialled, monkeypatch):
    resolve_to(monkeypatch, answers)
    with pytest.raises(ForbiddenDestination) as raised:
        send("https://hooks.example.com/")
    assert dialled == []
    assert "10.0.0.5" not in raised.value.reason


def test_a_resolver_that_changes_its_answer_is_asked_once_and_its_first_answer_dialled(dialled, monkeypatch):
    asked = resolve_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    with pytest.raises(OutboundError) as raised:
        send("https://rebind.example.com/")
    assert raised.value.kind == "connect"
    assert asked == ["rebind.example.com"]
    assert dialled == ["93.184.216.34"]


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://10.0.0.010/",
        "https://1.1.1.0x1/",
        "https://1.1.1.256/",
        "https://1.1.1.1.1/",
        "https://evil.example.0x/",
        "https://127.0.0.1./",
        "https://hooks.example.com./",
        "https://hooks.example.com.../",
        "https://.example.com/",
        "https://a..example.com/",
        "https:///hook",
        "https://",
        "https:hooks.example.com",
        "//hooks.example.com/",
        "hooks.example.com",
        "",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "javascript:alert(1)",
        "unix:///var/run/docker.sock",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://127.0.0.1#@hooks.example.com/",
        "https://hooks.example.com#frag",
        "https://hooks.example.com\\@127.0.0.1/",
        "https:\\\\hooks.example.com/",
        "https://hooks.example.com\\.evil/",
        " https://hooks.example.com/",
        "https://hooks.example.com/\n",
        "https://hooks.example.com/a b",
        "https://hooks.exa\tmple.com/",
        "https://hooks.example.com/\r\nHost: x",
        "https://hooks.example.com /",
        "https://hooks.example.com/\x00",
        "https://hooks.example.com/ü",
        "https://hooks.example.com:/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:25/",
        "https://hooks.example.com:6379x/",
        "https://hooks.example.com:6667/",
        "https://hooks.example.com:0443/",
        "https://hooks.example.com:65536/",
        "https://hooks.example.com:443:80/",
        "https://hooks.example.com:+443/",
        "https://hooks.example.com:４４３/",
        "https://[::1/",
        "https://::1/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[2606:4700::1%1]/",
        "https://[v1.fe80::1]/",
        "https://[127.0.0.1]/",
        "https://[hooks.example.com]/",
        "https://[]/",
        "https://１２７.０.０.１/",
        "https://127。0。0。1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://loc\u200balhost/",
        "https://\u202ehooks.example.com/",
        "https://ex_ample..com/",
        "https://hooks%2eexample.com/",
        "https://%31%32%37.0.0.1/",
        "https://-hooks.example.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 130 + "com/",
        "https://hooks.example.com/" + "a" * 2000,
        "https://localhost/",
        "https://LOCALHOST/",
        "https://ⓛocalhost/",
        "https://foo.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://intranet/",
    ],
)
def test_odd_and_dangerous_spellings_are_refused_in_a_sentence_without_asking_a_resolver(
    url, dialled, monkeypatch
):
    asked = resolve_to(monkeypatch, ["93.184.216.34"])
    for attempt in (outbound.check_url, send):
        with pytest.raises(ForbiddenDestination) as raised:
            attempt(url)
        assert raised.value.reason.endswith(".") and raised.value.kind == "forbidden"
    assert dialled == [] and asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "HTTPS://Hooks.Example.COM:8443/a/b?c=%20d&e=[1]",
        "https://hooks.example.com?x=1",
        "https://bücher.example/",
        "https://xn--bcher-kva.example:1024/",
        "https://my_hook.example.com/",
        "https://93.184.216.34:443/",
        "https://[2606:4700:0000::1]/",
        "https://a.b.c.example.museum/path;x=1/@user",
    ],
)
def test_ordinary_urls_are_allowed(url):
    outbound.check_url(url)


def test_plain_http_needs_a_setting(settings, dialled):
    settings.WEBHOOK_ALLOW_HTTP = False
    for attempt in (outbound.check_url, send):
        with pytest.raises(ForbiddenDestination, match="Use https"):
            attempt("http://hooks.example.com/")
    assert dialled == []


def test_an_opened_network_is_dialled_and_its_neighbours_are_not(settings, dialled):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")]
    for text in ("10.1.2.3", "fd00:1::5"):
        with pytest.raises(OutboundError, match="Nothing answers"):
            send(f"https://{as_host(text)}/")
    for text in ("10.2.0.1", "fd00:2::5", "127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a01:203"):
        with pytest.raises(ForbiddenDestination):
            send(f"https://{as_host(text)}/")
    assert dialled == ["10.1.2.3", "fd00:1::5"]


def test_no_proxy_of_the_environment_is_used(dialled, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    with pytest.raises(OutboundError):
        send("https://93.184.216.34/")
    assert dialled == ["93.184.216.34"]
