"""Turns to write to a SQLite database: one at a time, over threads and processes, and nobody holds one for ever."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings

from apps.core import turns
from apps.core.turns import turn

HOLD = (
    "import sys\n"
    "from apps.core.turns import turn\n"
    "with turn(sys.argv[1]):\n"
    "    print('held', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_one_thread_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_PATIENCE_SECONDS", 60)
    database = str(tmp_path / "a.sqlite3")
    inside: list[int] = []

    def write(number: int) -> int:
        with turn(database):
            inside.append(number)
            Event().wait(0.001)
            found = len(inside)
            inside.remove(number)
        return found

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(write, range(40))) == {1}


def test_nobody_waits_long_and_a_process_that_is_killed_holds_no_turn(tmp_path: Path) -> None:
    database = str(tmp_path / "a.sqlite3")
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD, database],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder,
        ThreadPoolExecutor(1) as threads,
    ):
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        assert threads.submit(turn(database).__enter__).result(30) is False
        holder.kill()
        holder.wait(30)
        with turn(database) as is_held:
            assert is_held is True


def test_without_a_file_to_lock_one_goes_on(tmp_path: Path) -> None:
    with turn(str(tmp_path / "no such directory" / "a.sqlite3")) as nothing:
        assert nothing is None


def test_a_database_in_memory_has_no_queue() -> None:
    with turn(":memory:"), turn("file:memorydb_default?mode=memory&cache=shared"):
        assert not list(Path.cwd().glob("*-turn"))
