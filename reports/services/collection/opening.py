"""Opening a period: all assignments of a form and period by one INSERT … SELECT, once however often it runs."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from core import audit, jobs
from core.periods import Frequency, Period, containing, following
from organization.models import Unit
from organization.services.calendar import WorkCalendar
from reports.choices import DueKind
from reports.models import Assignment, Form, FormVersion, Respondent
from reports.services.admission import require_admitted

KIND = "reports.open_periods"
LONGEST_CATCH_UP = dt.timedelta(days=400)

_INSERT = """
WITH opened AS (
  INSERT INTO reports_assignment (form_id, form_version_id, unit_id, frequency, period, period_start, opens_on, due_on,
    due_provisional, burden_month, state, fields, typed, checked, minutes, flags, submitted_by, by_township, returns, act, version)
  SELECT %(form)s, %(version)s, r.unit_id, %(frequency)s, %(period)s, %(start)s, %(opens)s, %(due)s,
    %(provisional)s, %(month)s, 'open', (SELECT count(*) FROM reports_formfield ff WHERE ff.form_version_id = %(version)s),
    0, 0, 0, '[]', '', false, 0, %(act)s, 1
  FROM reports_respondent r JOIN organization_unit u ON u.id = r.unit_id
  WHERE r.form_version_id = %(version)s AND (u.retired_on IS NULL OR u.retired_on > %(start)s)
  ON CONFLICT (form_id, unit_id, period) DO NOTHING
  RETURNING unit_id)
SELECT count(*), coalesce(string_agg(unit_id::text, ',' ORDER BY unit_id), '') FROM opened
"""


@dataclass(frozen=True)
class Due:
    """One form version and period to open, with its dates."""

    form: Form
    version: FormVersion
    period: Period
    opens_on: dt.date
    due_on: dt.date
    provisional: bool


def dates_of(version: FormVersion, period: Period, calendar: WorkCalendar) -> tuple[dt.date, dt.date]:
    """When a period opens and is due.

    Opens on day N or the first working day of the period; due on day N of it or N working days
    after its end, moved forward to a working day (model.md 7).
    """
    opens = (
        period.start + dt.timedelta(days=version.opens_day - 1)
        if version.opens_day
        else calendar.forward(period.start)
    )
    if version.due_kind == DueKind.WORKDAYS_AFTER:
        return opens, calendar.add(period.end, version.due_n)
    due = period.start + dt.timedelta(days=max(version.due_n, 1) - 1)
    if version.frequency != Frequency.ONE_OFF:
        due = min(due, period.end)
    return opens, max(calendar.forward(due), opens)


def periods_to_open(
    form: Form, version: FormVersion, last: dt.date | None, on: dt.date, calendar: WorkCalendar
) -> Iterator[Due]:
    """Periods opened by `on` that the form has not had yet. A form's first period is never one already past due."""
    since = max(day for day in (form.valid_from, version.from_period, on - LONGEST_CATCH_UP) if day)
    period = containing(version.frequency, since)
    if last is not None:
        if version.frequency == Frequency.ONE_OFF:
            return
        period = max(period, following(version.frequency, containing(version.frequency, last)))
    while period.start <= on:
        opens, due = dates_of(version, period, calendar)
        working = version.frequency != Frequency.DAILY or calendar.is_workday(period.start)
        if opens <= on and working and (last is not None or due >= on):
            yield Due(form, version, period, opens, due, calendar.provisional(due))
        if version.frequency == Frequency.ONE_OFF:
            return
        period = following(version.frequency, period)


def due_openings(on: dt.date, form_ids: list[int] | None = None) -> list[Due]:
    """What there is to open by `on`: forms with a valid number, their version in force, each missing period."""
    forms = Form.objects.in_force(on).select_related("owner", "number").order_by("code")
    if form_ids is not None:
        forms = forms.filter(pk__in=form_ids)
    versions: dict[int, FormVersion] = {}
    for version in FormVersion.objects.filter(form__in=forms, in_force=True).order_by("n"):
        if version.from_period is None or version.from_period <= on:
            versions[version.form_id] = version
    last = dict(
        Assignment.objects.filter(form__in=forms).order_by().values_list("form").annotate(Max("period_start"))
    )
    calendar = WorkCalendar.load(on - LONGEST_CATCH_UP, on + dt.timedelta(days=400))
    return [
        due
        for form in forms
        if form.pk in versions
        for due in periods_to_open(form, versions[form.pk], last.get(form.pk), on, calendar)
    ]


def open_form(due: Due, on: dt.date) -> tuple[int, str]:
    """Open one form and period for all its respondents; returns how many assignments and the digest of their units.

    Retired units are left out; newcomers of a form for all villages are taken in (from the next period, because an
    opened period is not opened again). Raises RuleRefused `reports.not_admitted`. Inside an audit act.
    """
    require_admitted(due.form, on)
    _take_in_newcomers(due.version)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "form": due.form.pk,
                "version": due.version.pk,
                "frequency": due.version.frequency,
                "period": due.period.code,
                "start": due.period.start,
                "opens": due.opens_on,
                "due": due.due_on,
                "provisional": due.provisional,
                "month": f"{due.due_on:%Y-%m}",
                "act": str(audit.current().id),
            },
        )
        count, units = cursor.fetchone()
    return int(count), hashlib.sha256(f"{due.form.pk}:{due.period.code}:{units}".encode()).hexdigest()


def _take_in_newcomers(version: FormVersion) -> None:
    if version.respondent_rule.get("kind") != "all":
        return
    known = Respondent.objects.filter(form_version=version).values("unit_id")
    newcomers = Unit.objects.villages().exclude(pk__in=known)
    Respondent.objects.bulk_create(
        [Respondent(form_version=version, unit=unit) for unit in newcomers], ignore_conflicts=True
    )


def open_periods(on: dt.date, actor: audit.Actor = audit.SYSTEM, form_ids: list[int] | None = None) -> int:
    """Open everything due by `on`; returns how many assignments were made. One act, one entry with count and digest."""
    dues = due_openings(on, form_ids)
    if not dues:
        return 0
    total, digest = 0, hashlib.sha256()
    with audit.act(actor, reason=f"{on:%Y-%m-%d} 开填"):
        for due in dues:
            count, part = open_form(due, on)
            total += count
            digest.update(part.encode())
        if total:
            audit.record(
                "开填", Assignment, after={"forms": len(dues)}, count=total, digest=digest.hexdigest()
            )
    return total


@jobs.handler(KIND)
def run(running: jobs.Running) -> dict[str, Any]:
    """The job of a day: opens what is due and says how many."""
    return {"opened": open_periods(dt.date.fromisoformat(running.args["on"]))}


def enqueue(moment: dt.datetime) -> None:
    """Store the day's job, and one for the minute when something became due after the day's first (a form just admitted)."""
    on = moment.date()
    day = jobs.enqueue(KIND, f"{on:%Y-%m-%d}", on=on.isoformat())
    if day.state == day.State.DONE and due_openings(on):
        jobs.enqueue(KIND, f"{moment:%Y-%m-%dT%H:%M}", on=on.isoformat())
