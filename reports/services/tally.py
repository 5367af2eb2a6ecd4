"""Tallies of burden, set-based: a month per village and township, a quarter per department (F23, F24).

Revision 1 of a period is upserted in place until it is published; publishing freezes it. What changes afterwards
goes into the next revision, which holds the changed units only. The same data give the same digest and no write. The trail
names the first computation and every revision; in-place corrections before publication are derived, not decided.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from core import audit, clock, periods
from core.errors import WrongState
from reports.choices import REAL_CUTS
from reports.models import DepartmentQuarter, TallyRun, UnitMonth

MONTH, QUARTER = TallyRun.Kind.MONTH, TallyRun.Kind.QUARTER

_MONTH_SQL = """
SELECT a.unit_id,
       count(DISTINCT a.form_id) AS forms,
       count(*) AS expected,
       count(*) FILTER (WHERE a.state IN ('submitted', 'township_approved', 'accepted')) AS received,
       count(*) FILTER (WHERE a.state IN ('submitted', 'township_approved', 'accepted')
                        AND (a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date <= a.due_on) AS on_time,
       count(*) FILTER (WHERE a.state IN ('open', 'returned') AND a.due_on < %(as_of)s) AS overdue,
       coalesce(sum(a.typed), 0) AS typed,
       coalesce(sum(a.checked), 0) AS checked,
       coalesce(sum(a.minutes), 0) AS minutes,
       (SELECT count(DISTINCT p.user_id) FROM organization_posting p
         WHERE p.unit_id = a.unit_id AND p.role = 'village' AND p.granted_by IS NOT NULL
           AND p.during && daterange(%(first)s, %(after)s)) AS people
FROM reports_assignment a
WHERE a.burden_month = %(month)s AND a.state NOT IN ('stopped', 'refused')
GROUP BY a.unit_id
"""

_QUARTER_SQL = """
SELECT u.id AS unit_id,
       (SELECT count(*) FROM reports_form f WHERE f.owner_id = u.id AND f.number_id IS NOT NULL
         AND f.valid_from < %(after)s AND f.valid_until >= %(last)s AND f.state NOT IN ('draft')) AS active,
       count(*) FILTER (WHERE r.state IN ('admitted', 'registered') AND r.kind IN ('new', 'existing')) AS admitted,
       count(*) FILTER (WHERE r.state = 'taken') AS taken_directly,
       count(*) FILTER (WHERE r.state = 'admitted' AND r.kind = 'cancel') AS cancelled,
       count(*) FILTER (WHERE r.state = 'merged') AS merged,
       count(*) FILTER (WHERE r.state = 'rejected') AS rejected,
       (SELECT count(*) FROM reports_formrequest q WHERE q.requester_id = u.id AND q.kind = 'urgent'
         AND (q.submitted_at AT TIME ZONE 'Asia/Shanghai')::date >= %(first)s
         AND (q.submitted_at AT TIME ZONE 'Asia/Shanghai')::date < %(after)s) AS urgent,
       coalesce((SELECT sum(a.minutes) FROM reports_assignment a JOIN reports_form f ON f.id = a.form_id
         WHERE f.owner_id = u.id AND a.burden_month = ANY(%(months)s)), 0) AS minutes,
       coalesce((SELECT sum(a.minutes) FROM reports_assignment a JOIN reports_form f ON f.id = a.form_id
         WHERE f.owner_id = u.id AND f.category IN ('superior', 'statutory')
           AND a.burden_month = ANY(%(months)s)), 0) AS superior_minutes,
       coalesce(sum(r.hours_before - r.hours_after) FILTER (WHERE r.change_code = ANY(%(real)s)
         AND r.state NOT IN ('rejected', 'withdrawn', 'draft', 'submitted', 'returned')), 0) AS real_cut,
       coalesce(sum(r.hours_before - r.hours_after) FILTER (WHERE r.change_code = 're_estimated'
         AND r.state NOT IN ('rejected', 'withdrawn', 'draft', 'submitted', 'returned')), 0) AS re_estimate
FROM organization_unit u
LEFT JOIN reports_formrequest r ON r.requester_id = u.id
     AND (r.decided_at AT TIME ZONE 'Asia/Shanghai')::date >= %(first)s
     AND (r.decided_at AT TIME ZONE 'Asia/Shanghai')::date < %(after)s
WHERE EXISTS (SELECT 1 FROM reports_form f WHERE f.owner_id = u.id)
GROUP BY u.id
"""


@dataclass(frozen=True)
class Shape:
    """How one kind of tally is computed and stored."""

    table: str
    sql: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


MONTH_COLUMNS = (
    "forms",
    "expected",
    "received",
    "on_time",
    "overdue",
    "typed",
    "checked",
    "minutes",
    "people",
)
QUARTER_COLUMNS = (
    "active",
    "admitted",
    "taken_directly",
    "cancelled",
    "merged",
    "rejected",
    "urgent",
    "minutes",
    "superior_minutes",
    "real_cut",
    "re_estimate",
)
SHAPES = {
    MONTH: Shape("reports_unitmonth", _MONTH_SQL, MONTH_COLUMNS, ("month", "unit_id", "run_id")),
    QUARTER: Shape("reports_departmentquarter", _QUARTER_SQL, QUARTER_COLUMNS, ("run_id", "unit_id")),
}


def tally_month(month: str, *, reason: str = "") -> TallyRun:
    """Tally `YYYY-MM` by village; returns the newest run. Same data: same digest, nothing written."""
    period = periods.parse(month)
    if not re.fullmatch(r"\d{4}-\d{2}", month):
        raise ValueError(f"“{month}”不是月份，应如 2026-10。")
    return _tally(MONTH, period, reason)


def tally_quarter(quarter: str, *, reason: str = "") -> TallyRun:
    """Tally `YYYY-Qn` by department; returns the newest run."""
    period = periods.parse(quarter)
    if "-Q" not in quarter:
        raise ValueError(f"“{quarter}”不是季度，应如 2026-Q3。")
    return _tally(QUARTER, period, reason)


def _params(period: periods.Period) -> dict[str, Any]:
    after = period.end + dt.timedelta(days=1)
    months = []
    month = periods.containing("monthly", period.start)
    while month.start < after:
        months.append(month.code)
        month = periods.following("monthly", month)
    return {
        "month": period.code,
        "months": months,
        "as_of": clock.today(),
        "first": period.start,
        "last": min(period.end, clock.today()),
        "after": after,
        "real": sorted(REAL_CUTS),
    }


def _tally(kind: str, period: periods.Period, reason: str) -> TallyRun:
    shape = SHAPES[kind]  # type: ignore[index]
    with audit.act(audit.SYSTEM, reason=reason), connection.cursor() as cursor:
        run = _locked_run(kind, period.code)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.tally_now, pg_temp.tally_changed")
        cursor.execute(f"CREATE TEMP TABLE tally_now ON COMMIT DROP AS {shape.sql}", _params(period))
        target = run if run.published_at is None else _next_run(kind, period.code, run, reason)
        if target.revision > 1:
            _vanished_as_zero(cursor, shape, period)
        digest = _digest(cursor, shape)
        if run.digest == digest:
            if target is not run:
                target.delete()
            return run
        first = not target.digest
        written = _store(cursor, shape, period, target)
        target.digest, target.as_of = digest, clock.now()
        target.save(update_fields=["digest", "as_of"])
        if first or target.revision > 1:
            audit.record("统计", target, after={"digest": digest}, count=written, digest=digest)
        return target


def _locked_run(kind: str, code: str) -> TallyRun:
    """The newest run of a period, locked, so that two tallies of it wait for each other."""
    TallyRun.objects.bulk_create(
        [TallyRun(kind=kind, period=code, revision=1, as_of=clock.now(), digest="")], ignore_conflicts=True
    )
    return TallyRun.objects.select_for_update().filter(kind=kind, period=code).order_by("-revision")[0]


def _next_run(kind: str, code: str, last: TallyRun, reason: str) -> TallyRun:
    return TallyRun.objects.create(
        kind=kind,
        period=code,
        revision=last.revision + 1,
        as_of=clock.now(),
        digest="",
        reason=reason or "发布后有变动",
    )


def _of_period(shape: Shape) -> str:
    """Condition that a stored row `t` of run `r` belongs to the period."""
    return "t.month = %(month)s" if "month" in shape.key else "r.period = %(month)s"


def _vanished_as_zero(cursor: Any, shape: Shape, period: periods.Period) -> None:
    """A unit that was published and has nothing left stands with zeros."""
    zeros = ", ".join("0" for _ in shape.columns)
    cursor.execute(
        f"INSERT INTO tally_now SELECT DISTINCT t.unit_id, {zeros} FROM {shape.table} t JOIN reports_tallyrun r ON r.id = t.run_id"
        f" WHERE {_of_period(shape)} AND NOT EXISTS (SELECT 1 FROM tally_now n WHERE n.unit_id = t.unit_id)",
        {"month": period.code},
    )


def _digest(cursor: Any, shape: Shape) -> str:
    columns = ", ".join(("unit_id", *shape.columns))
    cursor.execute(
        f"SELECT encode(sha256(coalesce(string_agg(row({columns})::text, E'\\n' ORDER BY unit_id), '')::bytea), 'hex') FROM tally_now"
    )
    return str(cursor.fetchone()[0])


def _store(cursor: Any, shape: Shape, period: periods.Period, run: TallyRun) -> int:
    """Upsert what differs and drop what no longer belongs; returns the rows written.

    A revision after publication takes only units that differ from their newest earlier row.
    """
    now = ", ".join(f"n.{c}" for c in shape.columns)
    then = ", ".join(f"t.{c}" for c in shape.columns)
    params = {"run": run.pk, "month": period.code, "revision": run.revision}
    source = "tally_now"
    if run.revision > 1:
        source = "tally_changed"
        cursor.execute(
            "CREATE TEMP TABLE tally_changed ON COMMIT DROP AS SELECT n.* FROM tally_now n LEFT JOIN LATERAL"
            f" (SELECT t.* FROM {shape.table} t JOIN reports_tallyrun r ON r.id = t.run_id WHERE t.unit_id = n.unit_id"
            f" AND {_of_period(shape)} AND r.revision < %(revision)s ORDER BY r.revision DESC LIMIT 1) t"
            f" ON true WHERE ({now}) IS DISTINCT FROM ({then})",
            params,
        )
    month, month_value = ("month, ", "%(month)s, ") if "month" in shape.key else ("", "")
    names = ", ".join(shape.columns)
    old = ", ".join(f"{shape.table}.{c}" for c in shape.columns)
    new = ", ".join(f"EXCLUDED.{c}" for c in shape.columns)
    cursor.execute(
        f"INSERT INTO {shape.table} (run_id, {month}unit_id, {names})"
        f" SELECT %(run)s, {month_value}n.unit_id, {now} FROM {source} n ORDER BY n.unit_id"
        f" ON CONFLICT ({', '.join(shape.key)}) DO UPDATE SET {', '.join(f'{c} = EXCLUDED.{c}' for c in shape.columns)}"
        f" WHERE ({old}) IS DISTINCT FROM ({new})",
        params,
    )
    written = int(cursor.rowcount)
    cursor.execute(
        f"DELETE FROM {shape.table} t WHERE t.run_id = %(run)s"
        f" AND NOT EXISTS (SELECT 1 FROM {source} n WHERE n.unit_id = t.unit_id)",
        params,
    )
    return written + int(cursor.rowcount)


def publish(*, pk: int, actor: audit.Actor) -> TallyRun:
    """Freeze a run; later changes make the next revision. Raises WrongState when it is published already."""
    with audit.act(actor):
        run = TallyRun.objects.select_for_update().get(pk=pk)
        if run.published_at is not None:
            raise WrongState("该期统计已发布。")
        run.published_at = clock.now()
        run.save(update_fields=["published_at"])
        audit.record("发布统计", run, after={"published_at": run.published_at.isoformat()})
    return run


def newest_months(rows: QuerySet[UnitMonth]) -> QuerySet[UnitMonth]:
    """Of each unit and month the row of the newest revision."""
    newest = rows.order_by("month", "unit_id", "-run__revision").distinct("month", "unit_id").values("pk")
    return UnitMonth.objects.filter(pk__in=newest)


def newest_quarters(rows: QuerySet[DepartmentQuarter]) -> QuerySet[DepartmentQuarter]:
    """Of each department and quarter the row of the newest revision."""
    newest = (
        rows.order_by("run__period", "unit_id", "-run__revision")
        .distinct("run__period", "unit_id")
        .values("pk")
    )
    return DepartmentQuarter.objects.filter(pk__in=newest)


def tally_recent(on: dt.date) -> list[TallyRun]:
    """The present month and the three before it, and the present and the last quarter: what beat asks for every day."""
    month = periods.containing("monthly", on)
    runs = []
    for _ in range(4):
        with transaction.atomic():
            runs.append(tally_month(month.code))
        month = periods.previous("monthly", month)
    return runs


def tally_recent_quarters(on: dt.date) -> list[TallyRun]:
    """The present and the last quarter."""
    quarter = periods.containing("quarterly", on)
    return [tally_quarter(periods.previous("quarterly", quarter).code), tally_quarter(quarter.code)]
