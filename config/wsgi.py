"""The WSGI entry point: granian (or any WSGI server) serves `config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from apps.core.requests import StrictRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A page's count is over before PostgreSQL has started workers for it (docs/decisions/0024). Commands keep them.
os.environ.setdefault("PGOPTIONS", "-c max_parallel_workers_per_gather=0")

application = get_wsgi_application()
application.request_class = StrictRequest

# What is loaded by now stays for good. Walking through all of it took the collector 80 ms every few hundred answers.
gc.collect()
gc.freeze()
