"""What our processes ask of PostgreSQL for each of their connections."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.processes import database_url

SHOW = (
    "import json, sys\n"
    "from django.db import connection\n"
    "cursor = connection.cursor()\n"
    "cursor.execute('SELECT name, setting FROM pg_settings')\n"
    "print(json.dumps(dict(cursor.fetchall())))"
)
WEB = "import config.wsgi\n"
COMMAND = "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\ndjango.setup()\n"
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def session(program: str, **given: str) -> dict[str, str]:
    """The settings of the connection that a program of ours makes."""
    environment = {"PATH": os.environ["PATH"], "DEBUG": "1", "DATABASE_URL": database_url(), **given}
    ended = subprocess.run(
        [sys.executable, "-c", program + SHOW],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


@pytest.mark.parametrize(
    ("given", "workers"), [({}, "0"), ({"PGOPTIONS": "-c max_parallel_workers_per_gather=3"}, "3")]
)
def test_a_web_process_has_no_parallel_workers_unless_it_is_told_otherwise(
    given: dict[str, str], workers: str
) -> None:
    assert session(WEB, **given)["max_parallel_workers_per_gather"] == workers


def test_commands_keep_their_parallel_workers() -> None:
    assert session(COMMAND)["max_parallel_workers_per_gather"] != "0"


@pytest.mark.parametrize(("program", "standstill"), [(WEB, "60000"), (COMMAND, "600000")])
def test_the_server_ends_transactions_of_a_machine_that_vanished_or_stands_still(
    program: str, standstill: str
) -> None:
    found = session(program)
    # PostgreSQL asks no socket of files whether its other end lives, and shows 0 there.
    by_network = not str(database_url()).split("@")[1].startswith("/")
    keepalives = (
        "tcp_keepalives_idle",
        "tcp_keepalives_interval",
        "tcp_keepalives_count",
        "tcp_user_timeout",
    )
    expected = ["4", "2", "3", "10000"] if by_network else ["0"] * 4
    assert [found[name] for name in keepalives] == expected
    assert found["idle_in_transaction_session_timeout"] == standstill


@pytest.mark.parametrize("program", [WEB, COMMAND])
def test_statements_are_not_compiled(program: str) -> None:
    assert session(program)["jit"] == "off"


@pytest.mark.parametrize("program", [WEB, COMMAND])
def test_nothing_is_asked_where_a_pooler_refuses_to_be_asked(program: str) -> None:
    found = session(program, PGOPTIONS="")
    assert found["idle_in_transaction_session_timeout"] == "0"


def test_what_the_address_of_the_database_says_goes_before() -> None:
    url = f"{database_url()}?connect_timeout=3&options=-c%20idle_in_transaction_session_timeout%3D7000"
    assert session(COMMAND, DATABASE_URL=url)["idle_in_transaction_session_timeout"] == "7000"
