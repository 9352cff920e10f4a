"""Every address that Django's resolver knows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

TENANT = "t/<slug:tenant_slug>/"


@dataclass(frozen=True)
class Route:
    """One address: its name with the namespace, its pattern, its view and the names that stand in it."""

    name: str
    pattern: str
    view: Callable[..., Any]
    kwargs: tuple[str, ...]

    @property
    def is_tenant(self) -> bool:
        """Whether it lies in an organisation."""
        return self.pattern.startswith(TENANT)

    @property
    def is_desk(self) -> bool:
        """Whether it belongs to the support desk."""
        return self.pattern.startswith("admin/")


def every_route() -> list[Route]:
    """All of them, once each."""
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def _walk(
    patterns: Iterable[URLPattern | URLResolver], pattern: str, namespace: str, kwargs: tuple[str, ...]
) -> Iterator[Route]:
    for found in patterns:
        names = (*kwargs, *_names(found))
        if isinstance(found, URLResolver):
            inner = f"{namespace}{found.namespace}:" if found.namespace else namespace
            yield from _walk(found.url_patterns, pattern + str(found.pattern), inner, names)
        else:
            name = f"{namespace}{found.name or found.pattern}"
            yield Route(name, pattern + str(found.pattern), found.callback, names)


def _names(found: URLPattern | URLResolver) -> tuple[str, ...]:
    converters = getattr(found.pattern, "converters", {})
    return tuple(converters) or tuple(getattr(found.pattern.regex, "groupindex", ()))
