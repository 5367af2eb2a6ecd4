"""Every address of the URLconf, found by walking it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """One pattern: its name with namespaces, the address, the module of its view."""

    name: str
    address: str
    module: str

    @property
    def of_library(self) -> bool:
        """Whether the page comes with allauth (its own sign-in pages)."""
        return self.module.startswith("allauth") or self.address.startswith("accounts/social/")


def routes() -> list[Route]:
    """All routes in the order of the URLconf."""
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(patterns: list[Any], prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern.url_patterns, address, (*spaces, pattern.namespace) if pattern.namespace else spaces
            )
        elif isinstance(pattern, URLPattern):
            view: Any = pattern.callback
            owner = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
            yield Route(":".join((*spaces, pattern.name or "")), address, owner.__module__)
