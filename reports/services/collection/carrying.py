"""What stands in each field: the value of the period, what is carried from the last one, or what is summed.

One statement reads it all, however many forms and fields. A value belongs to (indicator, unit, period of the
indicator's own cycle); a form asked more seldom than its indicator shows the summed value and never stores it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from core.periods import ORDER, Frequency, containing
from reports.choices import Carry, Origin, ValueKind, ValueType

BY_A_PERSON = frozenset({Origin.TYPED, Origin.BY_TOWNSHIP, Origin.IMPORTED})
HISTORY = 12
"""Periods that make the mean against which a number is looked at."""


def start_sql(cycle: str, day: str) -> str:
    """SQL of the first day of the period of `cycle` (a frequency) that holds `day`; equals `periods.containing`."""
    return (
        f"(CASE {cycle}"
        f" WHEN 'weekly' THEN date_trunc('week', {day}::timestamp)"
        f" WHEN 'ten_day' THEN date_trunc('month', {day}::timestamp)"
        f" + make_interval(days => least((extract(day from {day})::int - 1) / 10, 2) * 10)"
        f" WHEN 'monthly' THEN date_trunc('month', {day}::timestamp)"
        f" WHEN 'quarterly' THEN date_trunc('quarter', {day}::timestamp)"
        f" WHEN 'half_yearly' THEN make_date(extract(year from {day})::int, CASE WHEN extract(month from {day}) < 7 THEN 1 ELSE 7 END, 1)"
        f" WHEN 'yearly' THEN date_trunc('year', {day}::timestamp)"
        f" ELSE {day} END)::date"
    )


def derived_sql(cycle: str, frequency: str) -> str:
    """SQL: whether an indicator of `cycle` is finer than a form of `frequency`, so that the form sums it."""
    order = "ARRAY[" + ",".join(f"'{name}'" for name in ORDER) + "]"
    return f"({frequency} <> 'one_off' AND array_position({order}, {cycle}::text) < array_position({order}, {frequency}::text))"


@dataclass(frozen=True)
class Stored:
    """One stored value as fields show it."""

    kind: str
    number: Decimal | None
    text: str
    origin: str
    period_start: dt.date
    version: int = 0
    origin_ref: str = ""
    reason: str = ""
    confirmed: bool = False
    at: dt.datetime | None = None
    first_assignment_id: int | None = None


@dataclass
class Held:
    """One field of one assignment with what stands in it."""

    assignment_id: int
    element_id: int
    code: str
    name: str
    definition: str
    unit: str
    value_type: str
    decimals: int
    low: Decimal | None
    high: Decimal | None
    choices: list[str]
    element_version_id: int
    section: str
    place: int
    required: bool
    likely: bool
    carry: str
    cycle: str
    source: str
    period_start: dt.date
    derived: bool
    summed: Decimal | None
    current: Stored | None
    last: Stored | None
    mean: Decimal | None
    past: int
    comment: str
    only_returned: bool

    @property
    def period_code(self) -> str:
        """Code of the period the value belongs to."""
        return containing(self.cycle, self.period_start).code

    @property
    def ledger(self) -> bool:
        """Whether the source department provides the value; nobody else may change it."""
        return self.carry == Carry.SOURCE or (
            self.current is not None and self.current.origin == Origin.LEDGER
        )

    @property
    def carried(self) -> Stored | None:
        """The last value where it stands in for a missing one."""
        if self.current is not None or self.derived or self.last is None or self.carry == Carry.ANEW:
            return None
        return self.last

    @property
    def stands(self) -> Stored | None:
        """What stands in the field: stored, carried or summed."""
        if self.derived:
            return (
                None
                if self.summed is None
                else Stored(ValueKind.NUMBER, self.summed, "", Origin.DERIVED, self.period_start)
            )
        return self.current or self.carried

    @property
    def number(self) -> Decimal | None:
        """The number that stands in the field."""
        stands = self.stands
        return stands.number if stands and stands.kind == ValueKind.NUMBER else None

    @property
    def by_a_person(self) -> bool:
        """Whether somebody entered the present value."""
        return self.current is not None and self.current.origin in BY_A_PERSON

    @property
    def numeric(self) -> bool:
        """Whether the field takes a number."""
        return self.value_type in {ValueType.INTEGER, ValueType.DECIMAL}

    @property
    def to_look_at(self) -> bool:
        """Unfolded on the page: likely to change, to be entered anew, without any value, or sent back."""
        if self.derived or self.ledger:
            return False
        return self.likely or self.stands is None or self.by_a_person or bool(self.comment)


_STORED = "{v}.kind, {v}.number, {v}.text, {v}.origin, {v}.period_start, {v}.version, {v}.origin_ref, {v}.reason, ({v}.confirmed_at IS NOT NULL), {v}.at, {v}.first_assignment_id"
_SQL = f"""
SELECT a.id, e.id, e.code, w.name, w.definition, w.unit, w.value_type, w.decimals, w.low, w.high, w.choices, w.id,
       ff.section, ff.place, ff.required, e.likely_to_change, e.carry, e.period_type, s.name, k.start, k.derived, d.number,
       m.mean, m.past,
       coalesce((SELECT fr.comment FROM reports_fieldreturn fr WHERE fr.assignment_id = a.id AND fr.element_id = e.id
                 AND fr.answered_at IS NULL ORDER BY fr.id DESC LIMIT 1), ''),
       a.state = 'returned' AND EXISTS (SELECT 1 FROM reports_fieldreturn fr WHERE fr.assignment_id = a.id AND fr.answered_at IS NULL),
       c.id IS NOT NULL, {_STORED.format(v="c")},
       l.id IS NOT NULL, {_STORED.format(v="l")}
FROM reports_assignment a
JOIN reports_formfield ff ON ff.form_version_id = a.form_version_id
JOIN reports_element e ON e.id = ff.element_id
JOIN organization_unit s ON s.id = e.source_unit_id
CROSS JOIN LATERAL (SELECT {start_sql("e.period_type", "a.period_start")} AS start,
                           {derived_sql("e.period_type", "a.frequency")} AS derived) k
JOIN LATERAL (SELECT * FROM reports_elementversion v WHERE v.element_id = e.id
              ORDER BY (v.from_period <= a.period_start) DESC, abs(v.from_period - a.period_start), v.n DESC LIMIT 1) w ON true
LEFT JOIN reports_value c ON NOT k.derived AND c.element_id = e.id AND c.unit_id = a.unit_id AND c.period_start = k.start
LEFT JOIN LATERAL (SELECT * FROM reports_value v WHERE NOT k.derived AND v.element_id = e.id AND v.unit_id = a.unit_id
                   AND v.period_start < k.start ORDER BY v.period_start DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT avg(h.number) AS mean, count(*) AS past FROM (
    SELECT v.number FROM reports_value v WHERE NOT k.derived AND v.element_id = e.id AND v.unit_id = a.unit_id AND v.kind = 'number'
    AND v.period_start < k.start ORDER BY v.period_start DESC LIMIT {HISTORY}) h) m ON true
LEFT JOIN LATERAL (SELECT CASE e.aggregation WHEN 'sum' THEN sum(v.number)
                     WHEN 'last' THEN (array_agg(v.number ORDER BY v.period_start DESC))[1] END AS number
                   FROM reports_value v WHERE k.derived AND v.element_id = e.id AND v.unit_id = a.unit_id AND v.kind = 'number'
                   AND v.period_start >= a.period_start
                   AND {start_sql("a.frequency", "v.period_start")} = a.period_start) d ON true
WHERE a.id = ANY(%s) AND (%s::bigint IS NULL OR e.id = %s)
ORDER BY a.due_on, a.id, ff.place, ff.id
"""  # noqa: S608 - only constant parts of SQL are put in
_STORED_COLUMNS = 11


def _stored(*columns: Any, present: bool) -> Stored | None:
    return Stored(*columns) if present else None


def fields_of(assignment_ids: Iterable[int], element_id: int | None = None) -> list[Held]:
    """Fields of assignments with all that stands in them; one statement, in order of due date, form and place."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(assignment_ids), element_id, element_id])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        cut = 26
        head, rest = row[:cut], row[cut:]
        current = _stored(*rest[1 : 1 + _STORED_COLUMNS], present=rest[0])
        last = _stored(*rest[2 + _STORED_COLUMNS :], present=rest[1 + _STORED_COLUMNS])
        found.append(
            Held(
                assignment_id=head[0],
                element_id=head[1],
                code=head[2],
                name=head[3],
                definition=head[4],
                unit=head[5],
                value_type=head[6],
                decimals=head[7],
                low=head[8],
                high=head[9],
                choices=list(head[10]),
                element_version_id=head[11],
                section=head[12],
                place=head[13],
                required=head[14],
                likely=head[15],
                carry=head[16],
                cycle=head[17],
                source=head[18],
                period_start=head[19],
                derived=head[20],
                summed=head[21],
                mean=head[22],
                past=head[23],
                comment=head[24],
                only_returned=head[25],
                current=current,
                last=last,
            )
        )
    return found


def element_start(cycle: str, period_start: dt.date) -> dt.date:
    """First day of the period of an indicator's cycle used by an assignment that starts on a day."""
    return containing(cycle, period_start).start


def is_derived(cycle: str, frequency: str) -> bool:
    """Whether a form of `frequency` sums an indicator of `cycle` instead of asking for it."""
    return frequency != Frequency.ONE_OFF and ORDER.index(Frequency(cycle)) < ORDER.index(
        Frequency(frequency)
    )
