"""A page in a real browser that is watched: errors of scripts and of the content policy, and whether all can use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page


class Watched:
    """One person's page; subclasses name the screen and count what the hands do."""

    SIZE = {"width": 1440, "height": 900}

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.set_viewport_size(self.SIZE)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            self.problems.append(line.text)

    @classmethod
    @contextmanager
    def signed_in(cls, page: Page, url: str, user: Any) -> Iterator[Self]:
        """The page of a signed-in person; afterwards nothing may have gone wrong in it."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie.value, "url": url}])
        held = cls(page, url)
        yield held
        assert held.problems == []

    def open(self, where: str) -> None:
        """Open an address and wait for the behaviours."""
        self.page.goto(self.url + where)
        self.page.wait_for_selector("html.js")

    def assert_accessible(self) -> None:
        """No axe violation on the page as it stands."""
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
