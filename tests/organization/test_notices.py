"""Notices: once per key, urgent at once, the rest in one digest on working days, one signed channel."""

from __future__ import annotations

import datetime as dt
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from core import clock
from organization import channel
from organization.models import Notice, User
from organization.services import notices
from organization.services.calendar import install_calendar
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> factories.County:
    """The small county and the calendar."""
    install_calendar()
    return factories.county()


@pytest.fixture
def person(county: factories.County) -> User:
    """A village's 填报员."""
    return factories.person("village", county.villages[0], "cun1")


class Time:
    """The moment that `clock.now()` gives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = dt.datetime(2026, 11, 24, 10, 0, tzinfo=clock.COUNTY)
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    def at(self, month: int, day: int, hour: int, minute: int = 0) -> None:
        """Go to a moment of 2026."""
        self.moment = dt.datetime(2026, month, day, hour, minute, tzinfo=clock.COUNTY)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Tuesday 24 November 2026, 10:00."""
    return Time(monkeypatch)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What the channel took."""
    taken: list[tuple[str, list[str]]] = []

    def send(user: User, texts: list[str]) -> bool:
        taken.append((user.username, list(texts)))
        return True

    monkeypatch.setattr(channel, "send", send)
    return taken


def test_only_people_with_the_permission_are_told(county: factories.County, person: User) -> None:
    """Role and unit decide; a stopped account is left out."""
    factories.person("obs", county.villages[0])
    stopped = factories.person("village", county.villages[0])
    from core import audit

    with audit.act(audit.SYSTEM):
        User.objects.filter(pk=stopped.pk).update(is_active=False)
    assert list(notices.people([county.villages[0].pk], "reports.fill")) == [person]


def test_one_key_tells_once(person: User, time: Time) -> None:
    """A repeated call adds nothing."""
    assert notices.tell([person], kind="due", key="due:1", text="请填报") == 1
    assert notices.tell([person], kind="due", key="due:1", text="请填报") == 0
    assert Notice.objects.count() == 1


def test_urgent_leaves_after_ten_seconds(person: User, time: Time, sent: list[Any]) -> None:
    """Not sooner: the step may be undone; a notice taken back never leaves."""
    notices.tell([person], kind="return", key="r1", text="退回一项", urgent=True)
    notices.send_due()
    assert sent == []
    time.moment += dt.timedelta(seconds=11)
    notices.send_due()
    assert sent == [("cun1", ["退回一项"])]
    notices.tell([person], kind="return", key="r2", text="退回", urgent=True)
    assert notices.take_back("r2") == 1


def test_digest_comes_once_at_half_past_eight(person: User, time: Time, sent: list[Any]) -> None:
    """Two notices, one message, the next working morning; a second run sends nothing."""
    notices.tell([person], kind="a", key="a", text="甲")
    notices.tell([person], kind="b", key="b", text="乙")
    time.at(11, 25, 8, 29)
    notices.send_due()
    assert sent == []
    time.at(11, 25, 8, 30)
    assert notices.send_due() == 1
    assert notices.send_due() == 0
    assert sent == [("cun1", ["甲", "乙"])]


def test_friday_evening_waits_for_monday(person: User, time: Time, sent: list[Any]) -> None:
    """Week-ends are quiet for what is not urgent."""
    time.at(11, 27, 18)
    notices.tell([person], kind="a", key="a", text="甲")
    assert Notice.objects.get().send_after == dt.datetime(2026, 11, 30, 8, 30, tzinfo=clock.COUNTY)


def test_thirtieth_of_august_is_quiet(person: User, time: Time, sent: list[Any]) -> None:
    """What falls due that day leaves on the next working day; urgent ones leave."""
    time.at(8, 28, 18)
    notices.tell([person], kind="a", key="a", text="甲")
    Notice.objects.update(send_after=dt.datetime(2026, 8, 30, 8, 30, tzinfo=clock.COUNTY))
    notices.tell([person], kind="u", key="u", text="急", urgent=True)
    time.at(8, 30, 9)
    notices.send_due()
    assert sent == [("cun1", ["急"])]
    time.at(8, 31, 8, 30)
    notices.send_due()
    assert sent[1:] == [("cun1", ["甲"])]


def test_failed_channel_keeps_the_notice(person: User, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent by a later run."""
    notices.tell([person], kind="u", key="u", text="急", urgent=True)
    time.moment += dt.timedelta(minutes=1)
    monkeypatch.setattr(channel, "send", lambda user, texts: False)
    assert notices.send_due() == 0
    assert Notice.objects.get().sent_at is None
    monkeypatch.setattr(channel, "send", lambda user, texts: True)
    assert notices.send_due() == 1


class Gateway(BaseHTTPRequestHandler):
    """A gateway that redirects when asked under /moved."""

    seen: list[tuple[str, str, bytes]] = []

    def do_POST(self) -> None:
        """Keep the request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["X-Signature"], body))
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def gateway(settings: Any) -> Any:
    """A gateway on loopback."""
    Gateway.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.CHANNEL_SECRET = "secret of the gateway"
    settings.CHANNEL_URL = f"http://127.0.0.1:{server.server_port}/in"
    yield server
    server.shutdown()
    server.server_close()


def test_channel_posts_signed_json(person: User, gateway: Any) -> None:
    """Who and what, signed with the secret."""
    assert channel.send(person, ["甲"])
    path, signature, body = Gateway.seen[0]
    assert path == "/in"
    assert json.loads(body) == {"to": "cun1", "phone": "", "texts": ["甲"]}
    assert signature == channel.signature(body)


def test_channel_follows_no_redirect(person: User, gateway: Any, settings: Any) -> None:
    """A gateway that moves is not followed, and the message counts as not sent."""
    settings.CHANNEL_URL = settings.CHANNEL_URL.replace("/in", "/moved")
    assert channel.send(person, ["甲"]) is False
    assert [path for path, *_ in Gateway.seen] == ["/moved"]


def test_nothing_configured_stays_in_the_page(person: User) -> None:
    """Counts as sent: the notice stands on the page."""
    assert channel.send(person, ["甲"]) is True


def test_notices_page_shows_only_ones_own(
    client: Client, county: factories.County, person: User, time: Time
) -> None:
    """And marking read touches nobody else's."""
    other = factories.person("village", county.villages[1])
    notices.tell([person], kind="a", key="a", text="请填报甲表")
    notices.tell([other], kind="a", key="a", text="请填报乙表")
    client.force_login(person, backend="organization.backends.PasswordBackend")
    text = client.get("/notices/").content.decode()
    assert "甲表" in text
    assert "乙表" not in text
    client.post("/notices/read/")
    assert Notice.objects.filter(read_at__isnull=True).get().user == other
