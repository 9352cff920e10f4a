"""Who acts: a person in the portal, support staff in the admin, an API client, a command, or the worker."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.core.requests import client_address

Kind = Literal["person", "staff", "client", "command", "worker"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts, as the audit record names them."""

    kind: Kind
    name: str
    id: str = ""
    address: str | None = None
    request_id: str = ""


def person(request: HttpRequest) -> Actor:
    """The signed-in user of a request; "staff" where the request is one to the Django admin."""
    return by(request.user, request)


def by(user: AbstractBaseUser | AnonymousUser, request: HttpRequest) -> Actor:
    """A user who acts through a request that need not be signed in yet, or any more."""
    kind: Kind = "staff" if request.path.startswith("/admin/") else "person"
    return Actor(
        kind=kind,
        name=user.get_username() if user.is_authenticated else "nobody signed in",
        id=str(user.pk) if user.is_authenticated else "",
        address=client_address(request),
        request_id=getattr(request, "request_id", ""),
    )


def command(name: str) -> Actor:
    """A manage.py command, run by an operator on the machine."""
    return Actor(kind="command", name=f"manage.py {name}")


WORKER = Actor(kind="worker", name="worker")
