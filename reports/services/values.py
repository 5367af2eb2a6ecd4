"""Reading what a person typed into a field, and storing a value with its history in one statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from core import audit, clock, numbers
from core.errors import Invalid, Stale
from core.periods import containing
from core.text import BadText, clean_line
from reports.choices import Origin, ValueKind, ValueType
from reports.models import Value
from reports.services import checks
from reports.services.collection.carrying import Held

NOT_APPLICABLE = frozenset({"不适用", "无此项"})
LONGEST_TEXT = 500
LONGEST_REASON = 200
MOST = Decimal(10) ** 14
"""What a value column holds."""


@dataclass(frozen=True)
class Reading:
    """What was understood: kind and value, and the text that says so (`1.2万 = 12,000`)."""

    kind: str
    number: Decimal | None
    text: str
    shown: str

    @property
    def empty(self) -> bool:
        """Nothing was typed: the value is missing."""
        return self.kind == ""


def read_text(typed: str, held: Held) -> Reading:
    """Read a field as the indicator's type asks. Raises Invalid with a sentence; nothing is rounded silently."""
    text = typed.strip()
    if not text:
        return Reading("", None, "", "")
    if text in NOT_APPLICABLE:
        return Reading(ValueKind.NOT_APPLICABLE, None, "", "不适用")
    if held.value_type == ValueType.CHOICE:
        if text not in held.choices:
            raise Invalid("请从选项中选择一项。", field="value")
        return Reading(ValueKind.TEXT, None, text, text)
    if held.value_type == ValueType.TEXT:
        if len(text) > LONGEST_TEXT:
            raise Invalid(f"最多 {LONGEST_TEXT} 个字，现为 {len(text)} 个。", field="value")
        return _read_words(text)
    return _read_number(text, held)


def _read_words(text: str) -> Reading:
    words = read_line(text, "value")
    return Reading(ValueKind.TEXT, None, words, words)


def read_line(text: str, field: str) -> str:
    """A line of words as it is stored. Raises Invalid for what cannot be stored."""
    try:
        return clean_line(text)
    except BadText as error:
        raise Invalid(str(error), field=field) from error


def _read_number(text: str, held: Held) -> Reading:
    number, reading = _typed_number(text, held)
    wrong = checks.range_error(number, held)
    if wrong:
        raise Invalid(wrong, field="value")
    return Reading(ValueKind.NUMBER, number, "", reading)


def _typed_number(text: str, held: Held) -> tuple[Decimal, str]:
    decimals = 0 if held.value_type == ValueType.INTEGER else held.decimals
    try:
        read = numbers.read_typed(text, unit=held.unit, decimals=decimals)
    except numbers.BadNumber as error:
        raise Invalid(str(error), field="value") from error
    if abs(read.value) >= MOST:
        raise Invalid("数值过大，请核对。", field="value")
    return read.value, checks.shown(read.value, decimals)


@dataclass(frozen=True)
class Write:
    """One value to store. `version` is what the writer saw (0: no row); None overwrites whatever is there."""

    element_id: int
    unit_id: int
    period_start: dt.date
    cycle: str
    element_version_id: int
    reading: Reading
    origin: str
    version: int | None = None
    reason: str = ""
    origin_ref: str = ""
    confirmed: bool = False
    first_assignment_id: int | None = None
    old: str = ""
    old_version: int = 0


_STORE = """
WITH stored AS (
  INSERT INTO reports_value AS v (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
    origin_ref, confirmed_at, reason, first_assignment_id, at, version)
  SELECT %(element)s, %(unit)s, %(start)s, %(period)s, %(element_version)s, %(kind)s, %(number)s, %(text)s, %(origin)s,
    %(origin_ref)s, %(confirmed_at)s, %(reason)s, %(first)s, %(at)s, %(old_version)s + 1
  WHERE coalesce(%(version)s, 0) = 0 OR EXISTS (SELECT 1 FROM reports_value x WHERE x.element_id = %(element)s
    AND x.unit_id = %(unit)s AND x.period_start = %(start)s)
  ON CONFLICT (period_start, unit_id, element_id) DO UPDATE SET element_version_id = excluded.element_version_id,
    kind = excluded.kind, number = excluded.number, text = excluded.text, origin = excluded.origin,
    origin_ref = excluded.origin_ref, confirmed_at = excluded.confirmed_at, reason = excluded.reason,
    first_assignment_id = coalesce(excluded.first_assignment_id, v.first_assignment_id), at = excluded.at, version = v.version + 1
  WHERE %(version)s IS NULL OR v.version = %(version)s
  RETURNING v.version),
history AS (
  INSERT INTO reports_valuechange (element_id, unit_id, period_start, old, new, origin, actor_id, actor, act, at)
  SELECT %(element)s, %(unit)s, %(start)s, %(old)s, %(new)s, %(origin)s, %(actor_id)s, %(actor)s, %(act)s, %(at)s FROM stored)
SELECT version FROM stored
"""
_CLEAR = """
WITH gone AS (
  DELETE FROM reports_value v WHERE v.element_id = %(element)s AND v.unit_id = %(unit)s AND v.period_start = %(start)s
  AND (%(version)s IS NULL OR v.version = %(version)s) RETURNING v.version),
history AS (
  INSERT INTO reports_valuechange (element_id, unit_id, period_start, old, new, origin, actor_id, actor, act, at)
  SELECT %(element)s, %(unit)s, %(start)s, %(old)s, '', %(origin)s, %(actor_id)s, %(actor)s, %(act)s, %(at)s FROM gone)
SELECT version FROM gone
"""


def store(write: Write, actor: audit.Actor, act: str | None = None) -> int:
    """Insert, change or (empty reading) clear one value and note old and new; one statement, inside a transaction.

    Returns the new version, 0 after clearing. Raises Stale with the present text when somebody else was faster.
    """
    who, moment = actor.who(), clock.now()
    common = {
        "element": write.element_id,
        "unit": write.unit_id,
        "start": write.period_start,
        "version": write.version,
        "old": write.old,
        "origin": write.origin,
        "actor_id": who.id,
        "actor": who.name,
        "act": act,
        "at": moment,
    }
    if write.reading.empty:
        row = _one(_CLEAR, common)
        if row is None and write.version:
            raise stale(write)
        return 0
    row = _one(
        _STORE,
        {
            **common,
            "period": containing(write.cycle, write.period_start).code,
            "element_version": write.element_version_id,
            "kind": write.reading.kind,
            "number": write.reading.number,
            "text": write.reading.text,
            "origin_ref": write.origin_ref,
            "confirmed_at": moment if write.confirmed else None,
            "reason": write.reason,
            "first": write.first_assignment_id,
            "new": write.reading.shown,
            "old_version": write.old_version,
        },
    )
    if row is None:
        raise stale(write)
    return int(row[0])


def stale(write: Write) -> Stale:
    """The refusal that shows what is stored now; `current` holds its text and version."""
    row = Value.objects.filter(
        element_id=write.element_id, unit_id=write.unit_id, period_start=write.period_start
    ).first()
    text = (
        ""
        if row is None
        else (checks.shown(row.number, 4) if row.kind == ValueKind.NUMBER else row.text or "不适用")
    )
    return Stale(
        f"该项已被改为“{text or '空'}”，您填的是“{write.reading.shown or '空'}”，请核对后再保存。",
        current={"value": text, "version": str(row.version if row else 0)},
    )


def _one(sql: str, values: dict[str, Any]) -> tuple[int, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[int, ...] | None = cursor.fetchone()
    return row


_CARRY = """
WITH given AS (
  SELECT * FROM unnest(%(elements)s::bigint[], %(starts)s::date[], %(periods)s::text[], %(versions)s::bigint[], %(kinds)s::text[],
    %(numbers)s::numeric[], %(texts)s::text[], %(origins)s::text[], %(refs)s::text[], %(firsts)s::bigint[], %(news)s::text[])
    AS g(element_id, period_start, period, element_version_id, kind, number, text, origin, origin_ref, first_id, new)),
stored AS (
  INSERT INTO reports_value (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
    origin_ref, confirmed_at, reason, first_assignment_id, at, version)
  SELECT element_id, %(unit)s, period_start, period, element_version_id, kind, number, text, origin, origin_ref, %(at)s, '', first_id,
    %(at)s, 1 FROM given
  ON CONFLICT (period_start, unit_id, element_id) DO NOTHING RETURNING element_id, period_start, origin)
INSERT INTO reports_valuechange (element_id, unit_id, period_start, old, new, origin, actor_id, actor, act, at)
SELECT s.element_id, %(unit)s, s.period_start, '', g.new, s.origin, %(actor_id)s, %(actor)s, %(act)s, %(at)s
FROM stored s JOIN given g ON g.element_id = s.element_id AND g.period_start = s.period_start
"""


def carry_over(
    fields: list[Held], firsts: dict[int, int], unit_id: int, actor: audit.Actor, act: str | None
) -> int:
    """Store what is carried into fields without a value, confirmed now; one statement. Returns how many fields it was given.

    `firsts` holds the assignment a value counts for by indicator.
    """
    carried = [(held, held.carried) for held in {held.element_id: held for held in fields}.values()]
    rows = [(held, last) for held, last in carried if last is not None]
    if not rows:
        return 0
    who = actor.who()
    with connection.cursor() as cursor:
        cursor.execute(
            _CARRY,
            {
                "elements": [held.element_id for held, _ in rows],
                "starts": [held.period_start for held, _ in rows],
                "periods": [held.period_code for held, _ in rows],
                "versions": [held.element_version_id for held, _ in rows],
                "kinds": [last.kind for _, last in rows],
                "numbers": [last.number for _, last in rows],
                "texts": [last.text for _, last in rows],
                "origins": [Origin.LEDGER.value if held.ledger else Origin.CARRIED.value for held, _ in rows],
                "refs": [last.origin_ref for _, last in rows],
                "firsts": [firsts.get(held.element_id) for held, _ in rows],
                "news": [checks.text_of(held) for held, _ in rows],
                "unit": unit_id,
                "at": clock.now(),
                "actor_id": who.id,
                "actor": who.name,
                "act": act,
            },
        )
    return len(rows)
