"""What a web process asks of PostgreSQL for each of its connections."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.processes import database_url

SHOW = (
    "import config.wsgi\n"
    "from django.db import connection\n"
    "cursor = connection.cursor()\n"
    "cursor.execute('SHOW max_parallel_workers_per_gather')\n"
    "print(cursor.fetchone()[0])"
)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("given", "workers"), [({}, "0"), ({"PGOPTIONS": "-c max_parallel_workers_per_gather=3"}, "3")]
)
def test_a_web_process_has_no_parallel_workers_unless_it_is_told_otherwise(
    given: dict[str, str], workers: str
) -> None:
    environment = {"PATH": os.environ["PATH"], "DEBUG": "1", "DATABASE_URL": database_url(), **given}
    ended = subprocess.run(
        [sys.executable, "-c", SHOW],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout.strip() == workers, ended.stderr
