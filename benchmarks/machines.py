"""Machines that are network namespaces on a bridge, so that one of them can be lost while the others go on."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BRIDGE = "gpbench"
RANGE = "10.213.77.0/24"
# Where this process, the database and the receivers of webhooks are; the machines have the addresses after it.
HOST = "10.213.77.1"
END_SECONDS = 10


def require() -> str:
    """What is missing for namespaces, in one line; empty if nothing is."""
    if os.name != "posix" or os.geteuid() != 0:
        return "Network namespaces are made by root alone: run this as root."
    if not shutil.which("ip"):
        return "Network namespaces need the command ip: install iproute2."
    return ""


def ip(*arguments: str) -> str:
    """Run iproute2's command and return what it printed."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


@contextmanager
def network(*names: str) -> Iterator[list["Machine"]]:
    """A bridge with a machine for each name, all of which are gone afterwards."""
    if BRIDGE in ip("-brief", "link"):
        raise SystemExit(
            f"There is a {BRIDGE} already: another run, or what one left that was killed. Then remove it with "
            f"`ip link delete {BRIDGE}`, and each namespace with `ip netns delete {BRIDGE}-a`."
        )
    machines = [Machine(name, f"10.213.77.{number}") for number, name in enumerate(names, 11)]
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("address", "add", f"{HOST}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for machine in machines:
            machine.plug_in()
        yield machines
    finally:
        for machine in machines:
            with suppress(SystemExit):
                machine.vanish()
        ip("link", "delete", BRIDGE)


class Machine:
    """A network namespace with a cable to the bridge."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self._namespace = f"{BRIDGE}-{name.lower()}"
        self._started: list[subprocess.Popen[str]] = []

    def plug_in(self) -> None:
        """Make it anew; nothing runs there yet."""
        name = self._namespace
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", BRIDGE, "up")
        ip("-n", name, "address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")

    def start(
        self, command: list[str], environment: dict[str, str], **options: int
    ) -> "subprocess.Popen[str]":
        """Start a program there."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self._namespace, *command],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
            **options,  # type: ignore[call-overload]
        )
        self._started.append(process)
        return process

    def kill(self) -> None:
        """End whatever runs there, with the signal that nobody can catch; its connections end with it."""
        until = time.monotonic() + END_SECONDS
        while (pids := ip("netns", "pids", self._namespace).split()) and time.monotonic() < until:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.01)
        for process in self._started:
            process.kill()
            process.communicate()
        self._started.clear()

    def cut(self) -> None:
        """Pull the cable: what runs there goes on, and nothing leaves or arrives."""
        ip("link", "set", self._namespace, "down")

    def mend(self) -> None:
        """Plug the cable in again."""
        ip("link", "set", self._namespace, "up")

    def vanish(self) -> None:
        """Lose the whole machine at once: nothing that ends there can say so to anybody."""
        for step in (self.cut, self.kill):
            # What was never made can't be ended.
            with suppress(SystemExit):
                step()
        # The cable first: closed connections keep a namespace alive until their last words are out.
        for gone in (("link", "delete", self._namespace), ("netns", "delete", self._namespace)):
            with suppress(SystemExit):
                ip(*gone)
