"""A worker as a process of its own that can be killed: sends webhooks with a short lease, until SIGTERM.

python -m tests.webhooks.worker_process LEASE_SECONDS DEADLINE_SECONDS
"""

import os
import signal
import sys
import threading
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.webhooks.sender import Sender  # noqa: E402


def main() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda signum, frame: stop.set())
    lease, deadline = float(sys.argv[1]), float(sys.argv[2])
    Sender(lease=timedelta(seconds=lease), deadline=deadline).run(stop)


if __name__ == "__main__":
    main()
