"""The WSGI entry point: granian (or any WSGI server) serves `config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from apps.core.requests import StrictRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
application.request_class = StrictRequest
