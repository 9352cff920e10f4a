"""The questions of load balancers, answered before anything asks by which name or scheme they came."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

PROBES = ("/healthz", "/readyz")


class ProbeMiddleware:
    """Answer `/healthz` and `/readyz` under any host name.

    A load balancer asks each machine by its address and in the clear. A redirect to the public name would read as
    "ready" whatever state this process is in, and a 400 as "dead".
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or hand on."""
        if request.path_info not in PROBES:
            return self.get_response(request)
        response: HttpResponseBase = resolve(request.path_info).func(request)
        return response
