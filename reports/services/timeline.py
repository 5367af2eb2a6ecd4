"""What happened to a row, as its page tells it: the trail in the order of the acts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.models import AuditEntry

MOST_EVENTS = 200


@dataclass(frozen=True)
class Event:
    """A line of the timeline."""

    at: dt.datetime
    who: str
    what: str
    note: str
    tone: str = ""


def events_of(model: str, pk: int) -> list[Event]:
    """The trail of one row (`app.Model` and key), oldest first, at most 200 lines."""
    rows = AuditEntry.objects.filter(model=model, object_id=str(pk)).order_by("pk")[:MOST_EVENTS]
    return [Event(one.at, f"{one.unit} {one.actor}".strip(), one.verb, one.reason) for one in rows]
