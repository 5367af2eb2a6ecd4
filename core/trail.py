"""Sealing and proving the trail: each day's rows are chained by hash; the head is handed out of the machine."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from core import audit, clock
from core.models import AuditEntry, AuditSeal

FIELDS = [field.attname for field in AuditEntry._meta.concrete_fields]


def _lines(day: dt.date) -> Iterator[tuple[int, bytes]]:
    start = dt.datetime.combine(day, dt.time(), clock.COUNTY)
    rows = AuditEntry.objects.filter(at__gte=start, at__lt=start + dt.timedelta(days=1)).order_by("pk")
    for row in rows.iterator(2000):
        values = {name: audit.plain(_utc(getattr(row, name))) for name in FIELDS}
        yield row.pk, json.dumps(values, ensure_ascii=False, sort_keys=True).encode()


def _utc(value: object) -> object:
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value


def chain(day: dt.date, previous: str) -> tuple[str, int | None, int | None, int]:
    """Head of a day's chain on top of `previous`, with first id, last id and number of rows."""
    head, first, last, rows = previous, None, None, 0
    for pk, line in _lines(day):
        head = hashlib.sha256(head.encode() + line).hexdigest()
        first, last, rows = first or pk, pk, rows + 1
    return hashlib.sha256(f"{head}|{day}|{rows}".encode()).hexdigest(), first, last, rows


def seal(day: dt.date) -> AuditSeal:
    """Seal one day; sealed once. Days without entries are sealed too, so that a gap shows."""
    last = AuditSeal.objects.filter(day__lt=day).order_by("-day").first()
    previous = last.head if last else ""
    head, first_id, last_id, rows = chain(day, previous)
    row, _ = AuditSeal.objects.get_or_create(
        day=day, defaults={"first_id": first_id, "last_id": last_id, "rows": rows, "previous": previous, "head": head}
    )
    return row


def seal_until_yesterday() -> int:
    """Seal every day from the first entry (or the last seal) to yesterday; returns how many were sealed."""
    last = AuditSeal.objects.order_by("-day").values_list("day", flat=True).first()
    first = AuditEntry.objects.order_by("at").values_list("at", flat=True).first()
    if last is None and first is None:
        return 0
    day = last + dt.timedelta(days=1) if last else first.astimezone(clock.COUNTY).date()
    sealed = 0
    while day < clock.today():
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


def verify(handed_out: dict[dt.date, str] | None = None) -> list[Break]:
    """Every disagreement between entries, seals and the heads handed out (by day); empty when all agree."""
    breaks: list[Break] = []
    previous = ""
    expected_day: dt.date | None = None
    for row in AuditSeal.objects.order_by("day"):
        if expected_day is not None and row.day != expected_day:
            breaks.append(Break(expected_day, f"{expected_day} 的封存记录缺失"))
        expected_day = row.day + dt.timedelta(days=1)
        head, first_id, last_id, rows = chain(row.day, previous)
        if row.previous != previous:
            breaks.append(Break(row.day, f"{row.day} 与前一日链头不衔接"))
        if rows != row.rows:
            breaks.append(Break(row.day, f"{row.day} 应有 {row.rows} 条，现有 {rows} 条（编号 {first_id}—{last_id}）"))
        elif head != row.head:
            breaks.append(Break(row.day, f"{row.day} 有记录被改动（编号 {first_id}—{last_id}）"))
        if handed_out and row.day in handed_out and handed_out[row.day] != row.head:
            breaks.append(Break(row.day, f"{row.day} 的链头与送出的不一致"))
        previous = row.head
    return breaks


def triggers_enabled() -> bool:
    """Whether the append-only triggers stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'core_auditentry'::regclass AND NOT tgisinternal AND tgenabled <> 'D'"
        )
        return bool(cursor.fetchone()[0])
