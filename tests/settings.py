"""The settings the tests run with: production's, but fast and the same on every machine.

DATABASE_URL is honoured, so that the same suite runs on SQLite (the default) and on PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# What a shell holds for `make run` must not reach the tests.
for name in (
    "ALLOWED_HOSTS",
    "API_REGIONS",
    "BASE_URL",
    "CACHE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_URL",
    "PORT",
    "STAFF_SECOND_FACTOR",
    "TRUSTED_PROXIES",
    "WEBHOOK_ALLOWED_NETWORKS",
    "WEBHOOK_ALLOW_HTTP",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ"
os.environ["SEALING_KEYS"] = "tests:dGVzdHMtb25seS1zZWFsaW5nLWtleS0zMi1ieXRlcyE="
# Playwright runs an event loop in the main thread, in which Django would refuse the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # A file and not memory: the live server's threads need connections of their own, as in production. A directory
    # for each process, so that runs and their workers don't meet.
    directory = tempfile.mkdtemp(prefix="gatepass-tests-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    DATABASE["TEST"] = {"NAME": str(Path(directory) / "test.sqlite3")}
    DATABASE["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    # Nothing here outlives a crash, so commits need not wait for the disk.
    DATABASE.setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The live server serves files under their plain names, straight from the source.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
