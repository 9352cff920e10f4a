"""A PostgreSQL of one's own out of the installed binaries, that writes to the disk as one in production does."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PORT = 5432
USER, NAME = "app", "gatepass"


def binaries() -> Path | None:
    """Where initdb and pg_ctl of the newest installed version are."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def postgresql(address: str, network: str) -> Iterator[str]:
    """Serve an empty database on one address to one network, and give its URL."""
    programs = binaries()
    if programs is None:
        raise SystemExit("No initdb is installed: install PostgreSQL's server.")
    directory = Path(tempfile.mkdtemp())
    data, options = directory / "data", f"-c listen_addresses={address} -c port={PORT}"
    try:
        # PostgreSQL refuses to run as root.
        shutil.chown(directory, "nobody")
        _run(programs / "initdb", "--pgdata", data, "--username", USER, "--auth", "trust")
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")
        options += " -c unix_socket_directories=''"
        _run(
            programs / "pg_ctl",
            "--pgdata",
            data,
            "--log",
            directory / "log",
            "--wait",
            "-o",
            options,
            "start",
        )
        try:
            server = f"postgres://{USER}@{address}:{PORT}"
            with psycopg.connect(f"{server}/postgres", autocommit=True) as first:
                first.execute(f"CREATE DATABASE {NAME}")
            yield f"{server}/{NAME}"
        finally:
            _run(programs / "pg_ctl", "--pgdata", data, "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _run(*command: object) -> None:
    done = subprocess.run(
        ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", *map(str, command)],
        # A server that goes on would keep a pipe open.
        stdout=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}.")
