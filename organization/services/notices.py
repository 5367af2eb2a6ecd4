"""Telling people: once per key, only who is concerned; urgent ones at once, the rest in one digest a day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from core import clock
from core.alone import alone
from organization import channel
from organization.models import Notice, Posting, User
from organization.services.calendar import WorkCalendar

DIGEST_AT = dt.time(8, 30)
UNDO_SECONDS = 10
"""Notices leave no sooner than an undo could be pressed."""
MOST_AT_ONCE = 2000


def people(unit_ids: Iterable[int], permission: str) -> QuerySet[User]:
    """Active people with a posting in force in one of the units whose role holds the permission."""
    roles = [code for code, role in settings.ROLES.items() if permission in role.permissions]
    postings = Posting.objects.in_force(clock.today()).filter(unit_id__in=list(unit_ids), role__in=roles)
    found: QuerySet[User] = User.objects.filter(is_active=True, pk__in=postings.values("user_id"))
    return found


def next_digest(moment: dt.datetime) -> dt.datetime:
    """08:30 of the same day if it is still to come and a working day, else of the next working day."""
    calendar = WorkCalendar.load(moment.date(), moment.date() + dt.timedelta(days=40))
    day = moment.date() if moment.time() < DIGEST_AT else moment.date() + dt.timedelta(days=1)
    return dt.datetime.combine(calendar.forward(day), DIGEST_AT, clock.COUNTY)


def tell(
    users: Iterable[User], *, kind: str, key: str, text: str, url: str = "", urgent: bool = False
) -> int:
    """Give each person one notice per key; returns how many are new. Urgent ones leave after the undo time."""
    now = clock.now()
    after = now + dt.timedelta(seconds=UNDO_SECONDS) if urgent else next_digest(now)
    rows = [
        Notice(
            user=user,
            kind=kind,
            key=key[:160],
            text=text[:300],
            url=url,
            urgent=urgent,
            at=now,
            send_after=after,
        )
        for user in users
    ]
    known = set(
        Notice.objects.filter(key=key[:160], user__in=[row.user_id for row in rows]).values_list(
            "user_id", flat=True
        )
    )
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len([row for row in rows if row.user_id not in known])


def take_back(key: str) -> int:
    """Withdraw notices that have not left (the step was undone); returns how many."""
    return Notice.objects.filter(key=key[:160], sent_at__isnull=True).delete()[0]


def send_due() -> int:
    """Send what is due, one message a person; safe to run twice and at once. Returns the number of messages.

    Marked sent only after the channel took it. The rest goes out on working days only.
    """
    with alone("organization.send_notices") as mine:
        return _send_due() if mine else 0


def _send_due() -> int:
    now = clock.now()
    today_works = WorkCalendar.load(now.date(), now.date()).is_workday(now.date())
    due = (
        Notice.objects.filter(sent_at__isnull=True, send_after__lte=now)
        .select_related("user")
        .order_by("user_id", "pk")
    )
    if not today_works:
        due = due.filter(urgent=True)
    grouped: dict[int, list[Notice]] = defaultdict(list)
    for row in due[:MOST_AT_ONCE]:
        grouped[row.user_id].append(row)
    sent = 0
    for rows in grouped.values():
        if channel.send(rows[0].user, [row.text for row in rows]):
            Notice.objects.filter(pk__in=[row.pk for row in rows], sent_at__isnull=True).update(
                sent_at=clock.now()
            )
            sent += 1
    return sent
