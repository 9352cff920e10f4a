"""The only module that speaks htmx: whole pages, fragments of them, invalid forms and redirects.

One template serves the page and its fragment: the fragment is a named partial of the page. An invalid form answers
422, which the base template configures htmx to swap like any other answer.
"""

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, retarget

UNPROCESSABLE = 422
SEE_OTHER = 303


def is_fragment(request: HttpRequest) -> bool:
    """Whether the answer goes into a page that is already there.

    Boosted links and history restores are htmx requests too, but they need the whole page.
    """
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page, or its named partial if the request asks for a fragment and `partial` is given.

    Messages that wait for the person travel along with a fragment, out of band.
    """
    if partial and is_fragment(request):
        html = render_to_string(f"{template}#{partial}", context, request)
        if len(get_messages(request)):
            html += render_to_string("layout/_messages.html", {"out_of_band": True}, request)
    else:
        html = render_to_string(template, context, request)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ("HX-Request", "HX-Boosted", "HX-History-Restore-Request"))
    return response


def render_invalid(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, partial: str | None = None
) -> HttpResponse:
    """Render a form with what is wrong beside its fields, as 422."""
    return render_page(request, template, context, partial=partial, status=UNPROCESSABLE)


def render_alert(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    """Answer a fragment request that can't be served: a notice among the messages instead of a broken part."""
    response = HttpResponse(render_to_string(template, context, request), status=status)
    response["HX-Reswap"] = "beforeend"
    return retarget(response, "#toasts")


def redirect_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to an address of our own: by htmx where a fragment was asked for, else by 303.

    htmx doesn't look at where HX-Redirect points, so it is checked here.
    """
    if not url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        raise ValueError("Redirects lead to paths of this site only.")
    if is_fragment(request):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = SEE_OTHER
    return response


def no_store(response: HttpResponse) -> HttpResponse:
    """Mark an answer that holds a secret: no cache, no history, no referrer. The template sets hx-history off."""
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    response["Referrer-Policy"] = "no-referrer"
    return response
