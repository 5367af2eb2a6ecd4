"""Sealing and proving the trail: each day's rows are chained by hash; the head is handed out of the machine.

Settings.TRAIL_MODELS names the append-only models of the trail (each with a field `at`). A day's chain runs over
their rows in this order, each by key. The seal also keeps the number and the hash of every row, so that a break
is named by its row; the head covers both.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from core import audit, clock
from core.models import AuditSeal

LINK = struct.Struct(">Bq8s")
"""One row in a seal: place of its model in TRAIL_MODELS, key, first eight bytes of its hash."""
MOST_NAMED = 20


@dataclass(frozen=True)
class Line:
    """One row of the trail as it is chained."""

    model: int
    pk: int
    text: bytes

    @property
    def link(self) -> bytes:
        """What the seal keeps of the row."""
        return LINK.pack(self.model, self.pk, hashlib.sha256(self.text).digest()[:8])


@dataclass(frozen=True)
class Chain:
    """A day's rows chained on top of the day before: head, first and last entry, number of rows, links."""

    head: str
    first_id: int | None
    last_id: int | None
    rows: int
    links: bytes


def trail_models() -> list[type[models.Model]]:
    """The append-only models whose rows are sealed."""
    return [apps.get_model(label) for label in settings.TRAIL_MODELS]


def _utc(value: object) -> object:
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value


def _lines(day: dt.date) -> Iterator[Line]:
    start = dt.datetime.combine(day, dt.time(), clock.COUNTY)
    for place, model in enumerate(trail_models()):
        names = [field.attname for field in model._meta.concrete_fields]
        rows = model._base_manager.filter(at__gte=start, at__lt=start + dt.timedelta(days=1)).order_by("pk")
        for row in rows.iterator(2000):
            values = {name: audit.plain(_utc(getattr(row, name))) for name in names}
            yield Line(place, int(row.pk), json.dumps(values, ensure_ascii=False, sort_keys=True).encode())


def chain(day: dt.date, previous: str) -> Chain:
    """The chain of a day on top of `previous`; first and last id are those of AuditEntry."""
    head, first, last = previous, None, None
    links = bytearray()
    for line in _lines(day):
        head = hashlib.sha256(head.encode() + line.text).hexdigest()
        links += line.link
        if line.model == 0:
            first, last = first or line.pk, line.pk
    rows = len(links) // LINK.size
    return Chain(hashlib.sha256(f"{head}|{day}|{rows}".encode()).hexdigest(), first, last, rows, bytes(links))


def seal(day: dt.date) -> AuditSeal:
    """Seal one day; sealed once. Days without entries are sealed too, so that a gap shows."""
    last = AuditSeal.objects.filter(day__lt=day).order_by("-day").first()
    previous = last.head if last else ""
    now = chain(day, previous)
    row, _ = AuditSeal.objects.get_or_create(
        day=day,
        defaults={
            "first_id": now.first_id,
            "last_id": now.last_id,
            "rows": now.rows,
            "previous": previous,
            "head": now.head,
            "links": now.links,
        },
    )
    return row


def _first_day() -> dt.date | None:
    """The county's day of the oldest row of the trail."""
    firsts = [model._base_manager.aggregate(first=models.Min("at"))["first"] for model in trail_models()]
    known = [first for first in firsts if first is not None]
    return min(known).astimezone(clock.COUNTY).date() if known else None


def seal_until_yesterday() -> int:
    """Seal every day from the first row (or the last seal) to yesterday; returns how many were sealed."""
    last = AuditSeal.objects.order_by("-day").values_list("day", flat=True).first()
    day = last + dt.timedelta(days=1) if last else _first_day()
    sealed = 0
    while day is not None and day < clock.today():
        with transaction.atomic():
            seal(day)
        day += dt.timedelta(days=1)
        sealed += 1
    return sealed


@dataclass(frozen=True)
class Break:
    """A place where the trail does not agree with its seals."""

    day: dt.date
    message: str


def _unpacked(links: bytes) -> dict[tuple[int, int], bytes]:
    whole = len(links) - len(links) % LINK.size
    return {(model, pk): digest for model, pk, digest in LINK.iter_unpack(links[:whole])}


def _row_breaks(day: dt.date, sealed: bytes, present: bytes) -> Iterator[Break]:
    """Each row that was changed, taken away or put in since the seal."""
    labels = [str(model._meta.verbose_name) for model in trail_models()]
    then, now = _unpacked(sealed), _unpacked(present)
    for key in sorted(then.keys() | now.keys()):
        name = f"{day} {labels[key[0]] if key[0] < len(labels) else key[0]} {key[1]}"
        if key not in now:
            yield Break(day, f"{name} 已被删除")
        elif key not in then:
            yield Break(day, f"{name} 是封存后补入的")
        elif now[key] != then[key]:
            yield Break(day, f"{name} 被改动")


def _named(day: dt.date, found: list[Break]) -> list[Break]:
    """At most MOST_NAMED rows of a day by name, the rest by number."""
    more = len(found) - MOST_NAMED
    return found[:MOST_NAMED] + ([Break(day, f"{day} 另有 {more} 条不一致")] if more > 0 else [])


def _day_breaks(row: AuditSeal, previous: str, handed_out: dict[dt.date, str]) -> list[Break]:
    found: list[Break] = []
    if row.previous != previous:
        found.append(Break(row.day, f"{row.day} 与前一日链头不衔接"))
    now = chain(row.day, previous)
    sealed = bytes(row.links)
    if (now.head, now.rows, now.links) != (row.head, row.rows, sealed):
        rows = list(_row_breaks(row.day, sealed, now.links))
        found += _named(row.day, rows) or [Break(row.day, f"{row.day} 的封存记录被改动")]
    if row.day in handed_out and handed_out[row.day] != row.head:
        found.append(Break(row.day, f"{row.day} 的链头与送出的不一致"))
    return found


def verify(handed_out: dict[dt.date, str] | None = None) -> list[Break]:
    """Every disagreement between rows, seals and the heads handed out (by day); empty when all agree."""
    breaks: list[Break] = []
    previous = ""
    expected: dt.date | None = None
    for row in AuditSeal.objects.order_by("day").iterator():
        while expected is not None and expected < row.day:
            breaks.append(Break(expected, f"{expected} 的封存记录缺失"))
            expected += dt.timedelta(days=1)
        expected = row.day + dt.timedelta(days=1)
        breaks += _day_breaks(row, previous, handed_out or {})
        previous = row.head
    sealed_days = set(AuditSeal.objects.values_list("day", flat=True)) if handed_out else set()
    breaks += [
        Break(day, f"{day} 的封存记录缺失（链头已送出）")
        for day in sorted(handed_out or {})
        if day not in sealed_days
    ]
    return breaks


def triggers_enabled() -> bool:
    """Whether the append-only triggers of every model of the trail stand."""
    sealed: list[type[models.Model]] = [*trail_models(), AuditSeal]
    tables = [model._meta.db_table for model in sealed]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT c.relname) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relname = ANY(%s) AND t.tgname LIKE %s AND t.tgenabled <> 'D'",
            [tables, "%append_only%"],
        )
        return int(cursor.fetchone()[0]) == len(tables)
