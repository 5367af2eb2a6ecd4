"""Twenty-four months of assignments and values, in a few set-based statements with a hash for chance."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.db import connection

from core import clock
from core.periods import containing, following
from monitoring.demo.catalogue import EXTRA
from monitoring.demo.library import Library, months_back
from organization.models import Unit
from organization.services.calendar import WorkCalendar
from reports.models import Form, FormVersion

MONTHS = 24


def _chance(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return (
        int(hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()[:8], 16)
        / 2**32
    )


def values(made: Library) -> None:
    """Values of every active indicator for every village and period up to the last complete one."""
    rows: list[tuple[object, ...]] = []
    for unit_id in Unit.objects.villages().values_list("pk", flat=True):
        people = 420 + int(_chance(unit_id) * 1800)
        base: dict[str, int] = {}
        for name, item in made.items.items():
            if item.status != "active" or item in EXTRA:  # nobody has collected the extra ones yet
                continue
            noise = 0.92 + 0.16 * _chance(unit_id, name)
            if name == "常住人口":
                noise = 1.0
            low, high = item.span
            base[name] = (
                round(people * item.share * noise)
                if item.share
                else low + int((high - low + 1) * _chance(unit_id, name))
            )
        base["其中女性"] = round(people * 0.487)
        for name in ("隐患整改数",):
            base[name] = (
                base["巡查隐患数"] if _chance(unit_id, name) > 0.3 else max(base["巡查隐患数"] - 1, 0)
            )
        base["本周整改隐患数"] = base["本周发现隐患数"]
        base["低保人数"] = base["低保户数"] + round(base["低保户数"] * 0.6)
        rows += [
            (unit_id, made.elements[name].pk, number, made.items[name].changing)
            for name, number in base.items()
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE demo_base (unit_id bigint, element_id bigint, base int, changing bool) ON COMMIT DROP"
        )
        _copy(cursor, "demo_base", rows)
        today = clock.today()
        first, last = months_back(today, MONTHS), months_back(today, 1)
        cursor.execute(
            _VALUES,
            {"first": first, "last": last, "cycle": "monthly", "every": "1 month", "format": "YYYY-MM"},
        )
        monday = containing("weekly", today).start
        cursor.execute(
            _VALUES,
            {
                "first": monday - dt.timedelta(weeks=8),
                "last": monday - dt.timedelta(weeks=1),
                "cycle": "weekly",
                "every": "1 week",
                "format": 'IYYY-"W"IW',
            },
        )
        cursor.execute("ANALYZE reports_value")


def _copy(cursor: object, table: str, rows: list[tuple[object, ...]]) -> None:
    import io

    text = "\n".join(
        "\t".join("t" if v is True else "f" if v is False else str(v) for v in row) for row in rows
    )
    cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))  # type: ignore[attr-defined]  # psycopg2's own, below Django's cursor


_VALUES = """
INSERT INTO reports_value (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
                           origin_ref, confirmed_at, reason, at, version)
SELECT b.element_id, b.unit_id, m::date, to_char(m, %(format)s), v.id, 'number',
       greatest(0, b.base + CASE WHEN b.changing
         THEN (hashtext(b.unit_id || '-' || b.element_id || '-' || m::date) %% 4) ELSE 0 END),
       '',
       CASE WHEN e.carry = 'source' THEN 'ledger'
            WHEN b.changing OR e.carry = 'anew' OR m = %(first)s THEN 'typed' ELSE 'carried' END,
       CASE WHEN e.carry = 'source' THEN '住建部门台账' ELSE '' END,
       least(m + interval '20 days', now()), '', least(m + interval '20 days', now()), 1
FROM demo_base b
JOIN reports_element e ON e.id = b.element_id AND e.period_type = %(cycle)s
JOIN LATERAL (SELECT id FROM reports_elementversion WHERE element_id = e.id ORDER BY n DESC LIMIT 1) v ON true
CROSS JOIN generate_series(%(first)s::timestamp, %(last)s::timestamp, %(every)s::interval) AS m
"""


def assignments(made: Library) -> None:
    """Finished assignments of past periods, and the open ones of the present period."""
    today = clock.today()
    calendar = WorkCalendar.load(months_back(today, MONTHS + 2), today + dt.timedelta(days=120))
    rows = []
    for form in made.forms.values():
        version = form.versions.get(n=1)
        rows += _periods(form, version, calendar, today)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE demo_period (form_id bigint, version_id bigint, frequency text, period text, period_start date,"
            " opens_on date, due_on date, fields int, likely int, present bool) ON COMMIT DROP"
        )
        _copy(cursor, "demo_period", rows)
        cursor.execute(_ASSIGNMENTS, {"today": today})
        cursor.execute("ANALYZE reports_assignment")


def _periods(
    form: Form, version: FormVersion, calendar: WorkCalendar, today: dt.date
) -> list[tuple[object, ...]]:
    first = months_back(today, MONTHS) if version.frequency != "weekly" else today - dt.timedelta(weeks=8)
    period = containing(version.frequency, first)
    fields = list(version.fields.values_list("element__likely_to_change", flat=True))
    last = form.valid_until if form.state != "active" else None
    rows: list[tuple[object, ...]] = []
    while period.start <= today and not (last and period.start > last):
        opens = period.start + dt.timedelta(days=max(version.opens_day - 1, 0))
        if version.due_kind == "day":
            due = calendar.forward(min(period.start + dt.timedelta(days=version.due_n - 1), period.end))
        else:
            due = calendar.add(period.end, version.due_n)
        if opens <= today:
            rows.append(
                (
                    form.pk,
                    version.pk,
                    version.frequency,
                    period.code,
                    period.start,
                    opens,
                    due,
                    len(fields),
                    sum(fields),
                    period.end >= today or due >= today,
                )
            )
        period = following(version.frequency, period)
    return rows


_ASSIGNMENTS = """
INSERT INTO reports_assignment (form_id, form_version_id, unit_id, frequency, period, period_start, opens_on, due_on,
    due_provisional, burden_month, state, fields, typed, checked, minutes, flags, submitted_at, submitted_by, approved_on,
    by_township, returns, version)
SELECT p.form_id, p.version_id, r.unit_id, p.frequency, p.period, p.period_start, p.opens_on, p.due_on,
    false, to_char(p.due_on, 'YYYY-MM'),
    CASE WHEN p.present THEN 'open' ELSE 'accepted' END,
    p.fields,
    CASE WHEN p.present THEN 0 ELSE t.typed END,
    CASE WHEN p.present THEN 0 ELSE p.fields - t.typed END,
    CASE WHEN p.present THEN 0 ELSE 5 + t.typed + 0.2 * (p.fields - t.typed) END,
    '[]'::jsonb,
    CASE WHEN p.present THEN NULL ELSE (p.due_on + t.late)::timestamp + interval '9 hours' + t.h * interval '4 minutes' END,
    '', CASE WHEN p.present THEN NULL ELSE p.due_on + greatest(t.late, 0) + 1 END,
    NOT p.present AND t.h %% 23 = 0, CASE WHEN NOT p.present AND t.h %% 31 = 0 THEN 1 ELSE 0 END, 1
FROM demo_period p
JOIN reports_respondent r ON r.form_version_id = p.version_id
CROSS JOIN LATERAL (
  SELECT h, CASE WHEN h %% 19 = 0 THEN 1 + h %% 3 ELSE -(h %% 5) END AS late,
         least(p.fields, p.likely + h %% 3) AS typed
  FROM (SELECT abs(hashtext(p.form_id || '-' || r.unit_id || '-' || p.period)) %% 100 AS h) x
) t
"""
