"""One project for all peers, on the database that is measured, with the settings of ours that matter for speed."""

import os
from urllib.parse import urlsplit

SECRET_KEY = "benchmarks-only-0123456789-abcdefghijklmnopqrstuvwxyz"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE: list[str] = []
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_api_key",
    "rest_framework_tracking",
    "oauth2_provider",
    "benchmarks.peers",
]
AUTHLIB_OAUTH2_PROVIDER: dict[str, object] = {}
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
OAUTH2_PROVIDER = {"SCOPES": {"read": "Read", "introspection": "Introspect"}, "PKCE_REQUIRED": False}

_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES: dict[str, dict[str, object]]
if _url.scheme == "sqlite":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _url.path.removeprefix("/") if _url.path.startswith("//") else _url.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.path.lstrip("/"),
            "USER": _url.username,
            "HOST": _url.hostname,
            "PORT": _url.port,
        }
    }
DATABASES["default"]["CONN_MAX_AGE"] = None
