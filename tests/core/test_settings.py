"""Production does not start on keys that are missing, public or unusable, and says what to set."""

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks

GOOD = {"SECRET_KEY": "x" * 60, "SEALING_KEYS": "k:" + "A" * 43}
DEVELOPMENT = "dev:ZGV2ZWxvcG1lbnQtc2VhbGluZy1rZXktMzItYnl0ZXM="


def start(**environment):
    return run(["-c", "import config.wsgi"], environment)


def run(words, environment):
    return subprocess.run(
        [sys.executable, *words],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite:///:memory:", **environment},
        cwd=Path(settings.BASE_DIR),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({**GOOD, "SEALING_KEYS": ""}, "Set SEALING_KEYS"),
        ({**GOOD, "SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({**GOOD, "SEALING_KEYS": "k:short"}, "not 32 bytes in base64. Set SEALING_KEYS to id:key"),
        ({**GOOD, "SEALING_KEYS": DEVELOPMENT}, "Set SEALING_KEYS to one of your own"),
    ],
)
def test_production_does_not_start_on_unusable_keys(environment, says):
    ended = start(**environment)
    assert ended.returncode != 0
    assert says in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "Set SECRET_KEY"),
        ({**GOOD, "SEALING_KEYS": "k:short"}, "Set SEALING_KEYS"),
        ({**GOOD, "TRUSTED_PROXIES": "proxy.example"}, "Set TRUSTED_PROXIES"),
        ({**GOOD, "WEBHOOK_ALLOWED_NETWORKS": "10.0.0.1/8"}, "Set WEBHOOK_ALLOWED_NETWORKS"),
        ({**GOOD, "DATABASE_URL": "user:hidden@host/name"}, "Set DATABASE_URL to an address such as"),
        ({**GOOD, "DATABASE_URL": "postgres://user:hidden@host:port/name"}, "Set DATABASE_URL to an address"),
        ({**GOOD, "CACHE_URL": "host:6379"}, "Set CACHE_URL to an address such as redis://"),
        ({**GOOD, "EMAIL_URL": "mail://user:hidden@host"}, "Set EMAIL_URL to an address such as smtp+tls://"),
        ({**GOOD, "PORT": "http"}, "Set PORT"),
        ({**GOOD, "API_REGIONS": "https://au.example.com"}, "Set API_REGIONS to names and addresses"),
    ],
)
def test_a_command_without_usable_settings_ends_in_one_line(environment, says):
    ended = run(["manage.py", "migrate"], environment)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "hidden" not in ended.stderr


def test_a_printed_mail_stays_out_of_what_a_command_answers():
    code = (
        "import django; django.setup()\n"
        "from django.core.mail import send_mail\n"
        "send_mail('A subject', 'text', None, ['you@example.com']); print('{}')"
    )
    ended = run(["-c", code], {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "config.settings"})
    assert ended.stdout == "{}\n"
    assert "Subject: A subject" in ended.stderr


def test_production_starts_on_good_keys_and_development_without_any():
    empty = dict.fromkeys(("DATABASE_URL", "CACHE_URL", "EMAIL_URL", "PORT", "BASE_URL", "API_REGIONS"), "")
    for environment in (GOOD, {"DEBUG": "1"}, {"DEBUG": "1", "SEALING_KEYS": DEVELOPMENT}, {**GOOD, **empty}):
        ended = start(**environment)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("networks", "always", "before_deploying"),
    [
        ([], [], []),
        (["10.0.0.0/24", "fd00::/8"], [], ["gatepass.I001"]),
        (["10.0.0.0/24", "::/0"], ["gatepass.W001"], ["gatepass.W001", "gatepass.I001"]),
        (["0.0.0.0/0"], ["gatepass.W001"], ["gatepass.W001", "gatepass.I001"]),
    ],
)
def test_proxies_that_are_believed_too_much_are_spoken_of(settings, networks, always, before_deploying):
    settings.TRUSTED_PROXIES = [ip_network(network) for network in networks]
    for deploy, expected in ((False, always), (True, before_deploying)):
        said = run_checks(tags=["security"], include_deployment_checks=deploy)
        assert [message.id for message in said if message.id.startswith("gatepass.")] == expected
        assert all(message.hint for message in said if message.id in expected)
