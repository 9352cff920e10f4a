"""allauth's pages with our answers: 422 for an invalid form, no page for what is closed, nothing kept of a secret."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from apps.core.fragments import UNPROCESSABLE, no_store

View = Callable[..., HttpResponseBase]


def answer_422(view: View) -> View:
    """Let allauth's view answer an invalid form with 422 in place of 200, as all our forms do."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if (
            request.method == "POST"
            and isinstance(response, TemplateResponse)
            and response.status_code == 200
        ):
            form = (response.context_data or {}).get("form")
            if form is not None and form.is_bound and form.errors:
                response.status_code = UNPROCESSABLE
        return response

    return answer


def as_one(view: View) -> View:
    """Let what allauth's view writes and the audit entry that follows stand or fall together.

    For views that are called rarely: a password is hashed inside the transaction. Sign-in is not among them; its
    session is stored after the view, and not at all if the entry can't be written.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return answer


def unkept(view: View) -> View:
    """Keep pages with keys and codes out of every cache and history."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return no_store(view(request, *args, **kwargs))  # type: ignore[arg-type]  # only headers are set

    return answer


def closed(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """An address that allauth's code names and that Gatepass doesn't offer."""
    raise Http404
