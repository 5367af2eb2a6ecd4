"""A person with a browser, as far as a fault needs one: sign-in by a demonstration door, a page's form, a press."""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

TOKEN = re.compile(r'name="(?P<name>csrfmiddlewaretoken|_key)" value="(?P<value>[^"]+)"')
LIFE_SIGN = 60


@dataclass
class Answer:
    """What came back: status 0 is no answer."""

    status: int
    text: str = ""
    replayed: bool = False


@dataclass
class Clicker:
    """One session."""

    port: int
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, path: str, fields: dict[str, str] | None = None) -> Answer:
        """GET, or POST with fields; no answer where the connection breaks."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.jar)
        )
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(f"http://localhost:{self.port}{path}", body)
        try:
            with opener.open(request, timeout=LIFE_SIGN) as answer:
                replayed = answer.headers.get("Idempotency-Replayed") == "true"
                return Answer(answer.status, answer.read().decode(), replayed)
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read().decode())
        except (OSError, ValueError):
            return Answer(0)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the page's last form with a key."""
        answer = self.ask(path)
        assert answer.status == 200, answer.text[:500]
        return {found["name"]: found["value"] for found in TOKEN.finditer(answer.text)}

    def enter(self, username: str) -> None:
        """Through the demonstration door."""
        hidden = self.form("/accounts/login/")
        fields = {"csrfmiddlewaretoken": hidden["csrfmiddlewaretoken"], "username": username}
        answer = self.ask("/accounts/door/", fields)
        assert answer.status == 200, answer.text[:500]

    def until_answered(self, path: str, fields: dict[str, str]) -> Answer:
        """The same press again until somebody answers, as a patient person does."""
        end = time.monotonic() + LIFE_SIGN
        while True:
            answer = self.ask(path, fields)
            if 0 < answer.status < 500 and answer.status not in {409, 429}:
                return answer
            assert time.monotonic() < end, answer
            time.sleep(0.5)
