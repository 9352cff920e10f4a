"""The WSGI entry point: granian (or any WSGI server) serves `config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.postgres import WEB_SESSION

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

os.environ.setdefault("PGOPTIONS", WEB_SESSION)

pages = get_wsgi_application()

# Once the apps are loaded.
from apps.core.requests import StrictRequest  # noqa: E402
from apps.partner_api.application import MachineApplication  # noqa: E402

pages.request_class = StrictRequest
application = MachineApplication(pages)

# What is loaded by now stays for good. Walking through all of it took the collector 80 ms every few hundred answers.
gc.collect()
gc.freeze()
