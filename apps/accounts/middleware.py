"""How long a session lives, and the second factor that the support desk asks for."""

import time
from collections.abc import Callable

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

Next = Callable[[HttpRequest], HttpResponse]

STARTED = "session_started"
SEEN = "session_seen"
# A session is written at most this often for having been seen, so that reading pages stays free of writes.
SEEN_EVERY = 60


class SessionLifetime:
    """Ends a session that was idle too long or has lived long enough, whatever the browser does with its cookie."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign the person out if the time is up, else note that they were here."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(time.time())
            started = request.session.setdefault(STARTED, now)
            seen = request.session.setdefault(SEEN, now)
            if (
                now - started >= settings.SESSION_ABSOLUTE_SECONDS
                or now - seen >= settings.SESSION_IDLE_SECONDS
            ):
                logout(request)
                messages.info(request, "You were signed out because some time has passed. Sign in again.")
            elif now - seen >= SEEN_EVERY:
                request.session[SEEN] = now
            response = self.get_response(request)
            # What a person saw is not on the disk of a shared computer, nor a step back away, after they sign out.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response
        return self.get_response(request)


class StaffSecondFactor:
    """Lets support staff into the Django admin only after a second factor, where the settings require it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send staff to set a second factor up, or to prove it in this session."""
        if settings.STAFF_SECOND_FACTOR and request.path.startswith("/admin/"):
            user = request.user
            if user.is_authenticated and user.is_staff and not _has_proved(request):
                name = "mfa_reauthenticate" if is_mfa_enabled(user) else "mfa_activate_totp"
                query = urlencode({"next": request.get_full_path()})
                return HttpResponseRedirect(f"{reverse(name)}?{query}")
        return self.get_response(request)


def _has_proved(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return is_mfa_enabled(request.user) and any(entry.get("method") == "mfa" for entry in records)
