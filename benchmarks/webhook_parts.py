"""What webhooks.py starts as processes of their own; the database is in DATABASE_URL.

python -m benchmarks.webhook_parts receiver FILE [close]  answer POSTs, write a line for each to FILE; prints its port
python -m benchmarks.webhook_parts fill PORT N E       N due deliveries spread over E endpoints of a new tenant
python -m benchmarks.webhook_parts bad PORT N          one endpoint that drips and one that is dead, N deliveries each
python -m benchmarks.webhook_parts stream N SECONDS    N more events, evenly over so many seconds
python -m benchmarks.webhook_parts loop PORT N         only post N times, by the same door and threads; prints its time
python -m benchmarks.webhook_parts work LEASE          a worker's sender; prints its time at the end
python -m benchmarks.webhook_parts left                prints how many deliveries to good endpoints have not arrived
"""

import asyncio
import json
import os
import queue
import signal
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

PATHS = {"/drip": 1.0, "/dead": None}
BODY = "x" * 1500


def receiver(file: str, closing: bool) -> None:
    """Answer at once, one byte a second under /drip, never under /dead; `closing` ends each connection with that."""
    with Path(file).open("w", buffering=1) as log:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await answer(reader, writer):
                    continue
            except (OSError, asyncio.IncompleteReadError):
                return
            finally:
                writer.close()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(lines["content-length"]))
            path = head.split(" ")[1]
            if path in PATHS:
                await drip(writer, PATHS[path])
                return False
            log.write(f"{lines.get('webhook-id')} {json.loads(body)['at']} {time.time()}\n")
            last = closing or lines.get("connection") == "close"
            close = b"Connection: close\r\n" if last else b""
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + close + b"\r\nok")
            await writer.drain()
            return not last

        async def drip(writer: asyncio.StreamWriter, seconds: float | None) -> None:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
                await asyncio.sleep(seconds or 60)
                writer.write(bytes([byte]))
                await writer.drain()

        async def run() -> None:
            server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
            print(server.sockets[0].getsockname()[1], flush=True)
            await server.serve_forever()

        asyncio.run(run())


def add_endpoints(port: int, paths: list[str]) -> None:
    """Endpoints of the benchmark's tenant, which is made by the first call."""
    from apps.audit import actors  # noqa: PLC0415  # Django is set up by now, and the receiver needs none of it
    from apps.tenants.models import Tenant  # noqa: PLC0415
    from apps.webhooks.endpoints import create_endpoint  # noqa: PLC0415

    tenant, _ = Tenant.objects.get_or_create(
        slug="bench", defaults={"name": "Bench", "zone": "Australia/Brisbane", "currency": "AUD"}
    )
    for path in paths:
        url = f"http://127.0.0.1:{port}{path}"
        # By name, an endpoint wants the events called like it, so that each event goes to one.
        create_endpoint(
            tenant=tenant, name=path, url=url, actor=actors.command("bench"), events=[path.strip("/")]
        )


def emit_all(names: list[str], count: int, pause: float = 0.0) -> None:
    """Write events to the outbox, each to the endpoint of the next name."""
    from apps.tenants.models import Tenant  # noqa: PLC0415
    from apps.webhooks.services import emit  # noqa: PLC0415

    tenant = Tenant.objects.get(slug="bench")
    for number in range(count):
        emit(
            tenant_id=tenant.pk,
            event=names[number % len(names)],
            entity_type="bench",
            entity_id=uuid.uuid4(),
            sequence=1,
            body={"at": time.time(), "text": BODY},
        )
        time.sleep(pause)


def loop(port: int, count: int) -> None:
    """Post so many times and do nothing else; print the seconds and the CPU seconds."""
    from apps.core.outbound import Line  # noqa: PLC0415
    from apps.webhooks.sender import ROUND, THREADS  # noqa: PLC0415

    work: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(count // ROUND):
        work.put(number)
    body = json.dumps({"at": 0, "text": BODY}).encode()
    headers = {"Content-Type": "application/json"}

    def post() -> None:
        while True:
            try:
                work.get_nowait()
            except queue.Empty:
                return
            # As many over a connection as the worker sends.
            with Line(f"http://127.0.0.1:{port}/loop") as line:
                for number in range(ROUND):
                    line.post(headers=headers, body=body, last=number == ROUND - 1)

    threads = [threading.Thread(target=post) for _ in range(THREADS)]
    began, cpu = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.monotonic() - began, time.process_time() - cpu)


def work(lease: float) -> None:
    """Send until SIGTERM; print the seconds of CPU that sending took."""
    from apps.webhooks.sender import Sender  # noqa: PLC0415

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda signum, frame: stop.set())
    began = time.process_time()
    # With a short lease the deadline has to be shorter still, as in production.
    Sender(lease=timedelta(seconds=lease), deadline=min(15.0, lease / 4)).run(stop)
    print(time.process_time() - began)


def left() -> int:
    """How many deliveries to good endpoints have not arrived."""
    from apps.webhooks.models import Delivery  # noqa: PLC0415

    return Delivery.objects.exclude(state="delivered").exclude(endpoint__name__in=("/drip", "/dead")).count()


def main() -> None:
    part, *arguments = sys.argv[1:]
    if part == "receiver":
        receiver(arguments[0], arguments[1:] == ["close"])
        return
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    numbers = [float(text) for text in arguments]
    if part == "fill":
        call_command("migrate", verbosity=0, interactive=False)
        names = [f"good{number}" for number in range(int(numbers[2]))]
        add_endpoints(int(numbers[0]), [f"/{name}" for name in names])
        emit_all(names, int(numbers[1]))
    elif part == "bad":
        add_endpoints(int(numbers[0]), ["/drip", "/dead"])
        emit_all(["drip", "dead"], 2 * int(numbers[1]))
    elif part == "stream":
        emit_all([f"good{number}" for number in range(5)], int(numbers[0]), numbers[1] / numbers[0])
    elif part == "loop":
        loop(int(numbers[0]), int(numbers[1]))
    elif part == "work":
        work(numbers[0])
    elif part == "left":
        print(left())


if __name__ == "__main__":
    main()
