"""What the server processes of these tests run with: production's settings, on the database and keys of the tests.

Three things differ: files have their plain names, because nobody has collected them; commits don't wait for the disk,
as in the other tests; and there are naive versions of what is promised, so that a test can show that it would see them.
"""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, STORAGES

ROOT_URLCONF = "tests.promises.naive"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"
