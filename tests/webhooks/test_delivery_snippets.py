"""The code that is offered to the receiver's developer runs as it stands, and refuses what it should."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.webhooks import signing
from apps.webhooks.endpoints import create_endpoint, rotate_signing_key
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.snippets import LANGUAGES, snippet
from tests.webhooks.conftest import ACTOR

ASP_NET = Path(__file__).parent / "csharp" / "AspNet.cs"
pytestmark = pytest.mark.django_db


def run_by(language, suffix, program, *arguments, compiler=""):
    """The project needs no node, PHP or Mono; where there is one, the snippet that people copy is run by it."""
    found = shutil.which(program)
    names = [Path(each).name for each in (compiler, program) if each and not shutil.which(each)]
    missing = pytest.mark.skipif(bool(names), reason=f"needs {' and '.join(names)}")
    return pytest.param(language, suffix, (found, *arguments), id=language, marks=missing)


RUNNERS = [
    run_by("Python", ".py", sys.executable),
    run_by("JavaScript", ".js", "node"),
    run_by("PHP", ".php", "php", "-S", "127.0.0.1:{port}"),
    run_by("C#", ".cs", "mono", compiler="mcs"),
]
# What a project of ASP.NET Core imports by itself, as far as the snippet needs it.
IMPLICIT_USINGS = ("System", "System.IO", "System.Linq")


def compiled(code, folder):
    """The program that Mono's compiler makes of the C# snippet.

    It knows neither statements outside of a method nor ASP.NET Core, so those get a Main and the few types of that one
    which are used come from a file of the tests. Everything else is compiled as it is copied.
    """
    statements, types = code.split("\nstatic class ", 1)
    lines = statements.splitlines()
    usings = [f"using {name};" for name in IMPLICIT_USINGS] + [
        line for line in lines if line.startswith("using ")
    ]
    body = [line for line in lines if not line.startswith("using ")]
    main = ["static class Program", "{", "static void Main(string[] args)", "{", *body, "}", "}"]
    source, program = folder / "receiver.cs", folder / "receiver.exe"
    source.write_text("\n".join([*usings, *main, "", f"static class {types}"]))
    command = ["mcs", "-warnaserror", f"-out:{program}", str(source), str(ASP_NET)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return program


@pytest.fixture
def run(tmp_path):
    """Start a snippet on a free port and return the port."""
    started = []

    def start(code, suffix, program, **environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if suffix == ".cs":
            file = compiled(code, tmp_path)
        else:
            file = tmp_path / f"receiver{suffix}"
            file.write_text(code)
        started.append(
            subprocess.Popen(
                [*(part.format(port=port) for part in program), str(file)],
                env={"PATH": os.environ["PATH"], "PORT": str(port), **environment},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return port
            except OSError:
                time.sleep(0.05)
        raise AssertionError("The snippet did not start.")

    yield start
    for process in started:
        process.kill()
        process.wait()


def post(port, headers, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/orders", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(("language", "suffix", "program"), RUNNERS)
def test_a_snippet_accepts_our_deliveries_and_refuses_altered_ones(
    tenant, tell, run, language, suffix, program
):
    endpoint, key = create_endpoint(
        tenant=tenant,
        name="Orders",
        url="https://hooks.example.com/orders",
        auth_token="Bearer abc",
        actor=ACTOR,
    )
    tell()
    delivery = Delivery.objects.select_related("event", "endpoint").get()
    code = snippet(endpoint, language).code
    port = run(code, suffix, program, WEBHOOK_SIGNING_KEYS=key, WEBHOOK_AUTH_TOKEN="Bearer abc")
    headers = signing.headers(delivery, timezone.now())
    body = delivery.event.body.encode()
    assert post(port, headers, body) == 204
    assert post(port, headers, body + b" ") == 401
    assert post(port, {**headers, "Authorization": "Bearer abd"}, body) == 401
    assert post(port, {**headers, "webhook-id": "msg_other"}, body) == 401
    assert post(port, {"Content-Type": "application/json"}, body) == 401
    for moment in ("soon", "-9223372036854775808", "99999999999999999999"):
        assert post(port, {**headers, "webhook-timestamp": moment}, body) == 401
    late = signing.headers(delivery, timezone.now() - timedelta(minutes=10))
    assert post(port, late, body) == 401
    rotate_signing_key(endpoint=endpoint, expected_number=1, actor=ACTOR)
    delivery.endpoint = Endpoint.objects.get()
    assert post(port, signing.headers(delivery, timezone.now()), body) == 204


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_url_breaks_out_of_a_snippet(tenant, language):
    url = "https://hooks.example.com/a'b\"c$(x){y}`z\\?q='+alert(1)+\"&r={0}"
    endpoint = Endpoint(tenant=tenant, name="Odd", url=url)
    code = snippet(endpoint, language).code
    assert "/abc(x)yz" in code and "'+alert" not in code
