"""All settings, from environment variables (README, "Configuration").

Production is the default: without DEBUG=1 every key has to be set, and a missing one is an error that says what to
set. DEBUG=1 alone is enough for any command in development.
"""

import os
import sys
import warnings
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import postgres

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VERSION = "0.1.0"
SQLITE = "django.db.backends.sqlite3"

env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)


def required(name: str, development: str, hint: str) -> str:
    """Return a key that production must set; under DEBUG a fixed one, known to everybody, stands in for it."""
    value = env.str(name, default="")
    if value == development and not DEBUG:
        raise ImproperlyConfigured(f"Set {name} to one of your own: this one is public. It has to be {hint}.")
    if value:
        return value
    if DEBUG:
        return development
    raise ImproperlyConfigured(f"Set {name}: {hint} (or DEBUG=1 for development).")


def networks(name: str, default: list[str]) -> list[IPv4Network | IPv6Network]:
    """Return the networks that a variable lists."""
    try:
        return [ip_network(text) for text in env.list(name, default=default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"Set {name} to networks such as 10.0.0.0/24: {error}.") from None


def parsed(name: str, parse: Callable[[str], Any], default: str, such_as: str) -> Any:
    """Return what a variable comes to; an empty one is none. Its text may hold a password, so no error shows it."""
    try:
        return parse(env.str(name, default="") or default)
    except (ValueError, ImproperlyConfigured):
        raise ImproperlyConfigured(f"Set {name} to {such_as}.") from None


def database(url: str) -> dict[str, Any]:
    """Return the database that an address names: one of the two that the suite runs on."""
    # The parser warns of an address without a scheme by printing it, password and all.
    with warnings.catch_warnings(action="ignore"):
        found: dict[str, Any] = env.db_url_config(url)
    if found.get("ENGINE") not in (SQLITE, "django.db.backends.postgresql"):
        raise ValueError
    return found


SECRET_KEY = required(
    "SECRET_KEY",
    "development-only-key-that-signs-nothing-of-value-0123456789",
    "a long random text, for sessions and CSRF; changing it signs people out and nothing more",
)
SEALING_KEYS = required(
    "SEALING_KEYS",
    "dev:ZGV2ZWxvcG1lbnQtc2VhbGluZy1rZXktMzItYnl0ZXM=",
    "id:base64 of 32 random bytes, several separated by commas; the first one seals, all of them open",
)

PORT = parsed("PORT", int, "8000", "a number such as 8000")
BASE_URL = (env.str("BASE_URL", default="") or f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXIES = networks("TRUSTED_PROXIES", [])
HTTPS = BASE_URL.startswith("https://")

# --- Applications -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "apps.core",
    "apps.audit",
    "apps.accounts",
    "apps.tenants",
    "apps.usage",
    "apps.webhooks",
    "apps.customers",
    "apps.orders",
    "apps.clients",
    "apps.sandboxes",
    "apps.billing",
    "apps.partner_api",
    "apps.portal",
    "apps.operations",
    "apps.accounts.apps.SupportDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "heroicons",
    "template_partials",
]

MIDDLEWARE = [
    "apps.core.requests.RequestIdMiddleware",
    "apps.core.requests.ForwardedSchemeMiddleware",
    # Answers the addresses for machines itself, so that nothing below runs for them.
    "apps.partner_api.middleware.MachineMiddleware",
    "apps.portal.errors.UnavailableMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before WhiteNoise, which answers for files itself: an SVG that is opened by its address is a page too.
    "csp.middleware.CSPMiddleware",
    # Below what adds headers, above what asks for the host name.
    "apps.operations.middleware.ProbeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before sessions, which look a cookie up, and before CSRF, which reads the form.
    "apps.core.requests.StrictInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.middleware.SessionLifetime",
    "apps.accounts.middleware.StaffSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.portal.errors.NotFoundMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.navigation_context",
            ],
        },
    },
]

FORM_RENDERER = "apps.core.forms.Renderer"
CSRF_FAILURE_VIEW = "apps.portal.errors.csrf_failure"

# --- Database and cache -----------------------------------------------------------------------------------------

DATABASES = {
    "default": parsed(
        "DATABASE_URL",
        database,
        f"sqlite:///{VAR_DIR / 'gatepass.sqlite3'}",
        "an address such as postgres://user@host/name or sqlite:////path/to/file",
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == SQLITE:
    # WAL lets readers go on while one writes; IMMEDIATE makes writers queue instead of failing half way. A call writes
    # six pages, so the log would be carried over every 170 calls, and whoever writes then waits for the disk.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command=(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;"
            "PRAGMA wal_autocheckpoint=10000; PRAGMA recursive_triggers=ON;"
        ),
    )
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
else:
    # The API's own statements are planned once for a connection (apps/core/statements.py). A pooler that hands each
    # transaction another connection and does not follow prepared statements wants `?prepare_threshold=0` in the URL.
    DATABASES["default"]["OPTIONS"] = {
        "prepare_threshold": 2,
        **postgres.CONNECTION,
        **({} if "PGOPTIONS" in os.environ else {"options": postgres.COMMAND_SESSION}),
        **DATABASES["default"].get("OPTIONS", {}),
    }
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
        DATABASES["default"]["OPTIONS"]["prepare_threshold"] or None
    )

CACHE_URL = env.str("CACHE_URL", default="")
CACHES = {
    "default": parsed(
        "CACHE_URL",
        env.cache_url_config,
        "dbcache://cache_entries",
        "an address such as redis://host:6379/0",
    )
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# Argon2 for everything new; the others are what keys from before the portal may be stored as.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms.LoginForm",
    "change_password": "apps.accounts.forms.ChangePasswordForm",
    "reauthenticate": "apps.accounts.forms.ReauthenticateForm",
    "reset_password": "apps.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "apps.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# Failures count for an address typed from one place, so that a stranger can't lock a person out.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
MFA_ADAPTER = "apps.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Gatepass"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
PASSWORD_RESET_TIMEOUT = 60 * 60
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEBUG)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_IDLE_SECONDS = 2 * 60 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True

# --- Headers ----------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
X_FRAME_OPTIONS = "DENY"
# A client may name thousands of customers, each a ticked box of its form; the size of a body bounds the rest.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language, time, static files, mail -------------------------------------------------------------------------

LANGUAGE_CODE = "en-au"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

EMAIL_CONFIG = parsed(
    "EMAIL_URL",
    env.email_url_config,
    "consolemail://",
    "an address such as smtp+tls://user:password@host:587",
)
vars().update(EMAIL_CONFIG)
if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    # What a command answers on its standard output is for programs: a printed mail does not belong in it.
    EMAIL_BACKEND = "apps.core.printed_mail.EmailBackend"
# An invitation is stored if its mail went out: a mail server that never answers must not hold its locks for ever.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Gatepass <no-reply@gatepass.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Addresses and phone numbers for the foot of the page of organisations without an account manager.
SUPPORT_CONTACTS = env.list("SUPPORT_CONTACTS", default=[])

# --- Gatepass ---------------------------------------------------------------------------------------------------

# Receivers on this machine are what one develops against.
WEBHOOK_ALLOWED_NETWORKS = networks("WEBHOOK_ALLOWED_NETWORKS", ["127.0.0.0/8"] if DEBUG else [])
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=DEBUG)
API_REGIONS: dict[str, str] = parsed(
    "API_REGIONS",
    lambda text: env.parse_value(text, dict),
    f"Global={BASE_URL}",
    "names and addresses such as Sydney=https://au.example.com,Auckland=https://nz.example.com",
)

# Everything goes through one handler, Django's own lines too, so that no line escapes the redaction.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "apps.core.secrets.RedactSecrets"}},
    "formatters": {
        "plain": {"()": "apps.core.logs.PlainFormatter"},
        "json": {"()": "apps.core.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "json",
            "filters": ["redact"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
