"""How long a session lasts: idle by role, twelve hours at most, three at a time; a village's phone for thirty days."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from organization.roles import OWN

if TYPE_CHECKING:
    from organization.models import User

MOST_SESSIONS = 3
LONGEST_HOURS = 12
REMEMBERED_DAYS = 30
STAMP_EVERY = 300
REMEMBERED_REACH = (
    "/reports/",
    "/notices/",
    "/privacy/",
    "/rules/",
    "/feedback/",
    "/elder/",
    "/accounts/",
    "/static/",
)
"""What a remembered phone opens without a fresh sign-in, beside the first page: fill and read one's own village."""


def begin(request: HttpRequest, user: User, *, remember: bool = False) -> None:
    """Note the start of a session and end the oldest beyond three."""
    now = int(time.time())
    request.session["began"] = now
    request.session["seen"] = now
    if remember and may_be_remembered(user):
        request.session["remembered"] = True
        request.session.set_expiry(REMEMBERED_DAYS * 86_400)
    others = sorted(UserSession.objects.purge_and_list(user), key=lambda row: (row.created_at, row.pk))
    others = [row for row in others if row.session_key != request.session.session_key]
    for row in others[: max(0, len(others) - MOST_SESSIONS + 1)]:
        row.end()
    UserSession.objects.create_from_request(request)


def may_be_remembered(user: User) -> bool:
    """Only people whose every posting is a village's own, without a second factor."""
    roles = user.reaches.roles()
    return bool(roles) and all(role.reach == OWN and not role.second_factor for role in roles)


def over(request: HttpRequest, user: User) -> bool:
    """Whether the session is idle or too old; stamps the time of the last request every five minutes."""
    now = int(time.time())
    began = request.session.setdefault("began", now)
    seen = request.session.get("seen", now)
    remembered = request.session.get("remembered") and may_be_remembered(user)
    if remembered:
        return bool(now - began > REMEMBERED_DAYS * 86_400)
    minutes = min((role.idle_minutes for role in user.reaches.roles()), default=30)
    if now - seen > minutes * 60 or now - began > LONGEST_HOURS * 3600:
        return True
    if now - seen > STAMP_EVERY or "seen" not in request.session:
        request.session["seen"] = now
    return False


def asks_again(request: HttpRequest, user: User) -> bool:
    """Whether a remembered phone asks for more than filling and reading: that needs a sign-in of the last half hour."""
    if not request.session.get("remembered"):
        return False
    within = request.path == "/" or request.path.startswith(REMEMBERED_REACH)
    exports = "export" in request.GET or request.path.rstrip("/").endswith(
        ("export", "xlsx", "csv", "download")
    )
    if within and not exports:
        return False
    records = get_authentication_records(request, user)
    newest = max((record["at"] for record in records), default=0)
    minutes = min((role.idle_minutes for role in user.reaches.roles()), default=30)
    return time.time() - newest > minutes * 60
