"""The month of a unit: one list of what is due, and all open forms of the month as one bundle."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from core import limits
from core.clock import COUNTY
from core.models import AuditEntry
from core.periods import ORDER, Frequency, containing, parse
from organization.models import Unit
from reports.choices import AssignmentState
from reports.models import Assignment, FieldReturn, FormField
from reports.querysets import HANDED_IN, TO_DO
from reports.services.collection.carrying import derived_sql, start_sql
from reports.services.collection.filling import FILL, Sheet, in_force, load_sheet
from reports.services.collection.submitting import MINUTES, estimate, spent

_FILLED = f"""
SELECT a.id, count(v.id) FROM reports_assignment a
JOIN reports_formfield ff ON ff.form_version_id = a.form_version_id
JOIN reports_element e ON e.id = ff.element_id
LEFT JOIN reports_value v ON NOT {derived_sql("e.period_type", "a.frequency")} AND v.unit_id = a.unit_id AND v.element_id = e.id
  AND v.period_start = {start_sql("e.period_type", "a.period_start")}
WHERE a.id = ANY(%s) GROUP BY a.id
"""  # noqa: S608 - only constant parts of SQL are put in


@dataclass
class Line:
    """One form on the month page."""

    assignment: Assignment
    group: str
    filled: int = 0
    late: int = 0
    comment: str = ""
    comment_by: str = ""
    minutes: Decimal = Decimal(0)
    recallable: bool = False
    single: bool = False

    @property
    def period(self) -> str:
        """2026年11月, 2026年第47周."""
        return parse(self.assignment.period).label

    @property
    def late_word(self) -> str:
        """逾期 3 天."""
        return f"逾期 {self.late} 天"

    @property
    def state_word(self) -> str:
        """未填报、填报中 7/12、退回修改、已报送… in the trade's words."""
        row = self.assignment
        if self.group == "expired":
            return "已过有效期，停止填报"
        if row.state == AssignmentState.OPEN and self.filled:
            return f"填报中 {self.filled}/{row.fields}"
        return str(AssignmentState(row.state).label)


GROUPS = (
    ("late", "逾期"),
    ("week", "本周"),
    ("month", "本月"),
    ("later", "以后到期"),
    ("sent", "已报送"),
    ("expired", "已过有效期，停止填报"),
)


@dataclass
class Month:
    """What a unit's month page shows."""

    unit: Unit
    on: dt.date
    lines: list[Line]
    bundle: Sheet | None
    minutes: Decimal
    last_sent_on: dt.date | None = None
    groups: list[tuple[str, list[Line]]] = field(default_factory=list)

    @property
    def waiting(self) -> list[Line]:
        """Forms still to be sent."""
        return [line for line in self.lines if line.group in {"late", "week", "month"}]

    @property
    def nearest(self) -> dt.date | None:
        """The next due date not yet past."""
        return min(
            (line.assignment.due_on for line in self.waiting if line.assignment.due_on >= self.on),
            default=None,
        )

    @property
    def empty_text(self) -> str:
        """What an empty month says."""
        if self.last_sent_on is None:
            return "有新的报表时，会出现在这里。"
        return f"上次报送：{self.last_sent_on.month}月{self.last_sent_on.day}日。"

    @property
    def recall_act(self) -> list[Assignment]:
        """Forms of the last press that can still be taken back together."""
        sent = [line.assignment for line in self.lines if line.recallable]
        if not sent:
            return []
        newest = max(sent, key=lambda row: row.submitted_at or dt.datetime.min.replace(tzinfo=dt.UTC))
        return [row for row in sent if row.act == newest.act]


def bundle_of(unit: Unit, actor: Any, on: dt.date, permission: str = FILL) -> list[Assignment]:
    """Open assignments of the unit due this month plus overdue ones, forms in force, any frequency (model.md 5)."""
    rows = (
        Assignment.objects.for_user(actor, permission)
        .filter(unit=unit, state=AssignmentState.OPEN)
        .in_bundle(on)
        .select_related("form__owner", "form__number", "form_version", "unit__parent")
        .order_by("due_on", "form__code")
    )
    return one_period_each(row for row in rows if in_force(row, on))


def one_period_each(rows: Iterable[Assignment]) -> list[Assignment]:
    """Rows that may stand on one page: no indicator twice for different periods, the earlier row first.

    A later period of the same indicator keeps its own page, and joins the bundle once the earlier one is sent.
    """
    candidates = list(rows)
    fields: dict[int, list[tuple[int, str]]] = defaultdict(list)
    versions = {row.form_version_id for row in candidates}
    if len({row.period_start for row in candidates}) > 1:
        stored = FormField.objects.filter(form_version_id__in=versions)
        for version_id, element_id, cycle in stored.values_list(
            "form_version_id", "element_id", "element__period_type"
        ):
            fields[version_id].append((element_id, cycle))
    taken: dict[int, dt.date] = {}
    kept = []
    for row in candidates:
        wanted = {
            element_id: containing(cycle, row.period_start).start
            for element_id, cycle in fields[row.form_version_id]
            if row.frequency == Frequency.ONE_OFF or ORDER.index(cycle) >= ORDER.index(row.frequency)
        }
        if all(taken.get(element_id, start) == start for element_id, start in wanted.items()):
            taken |= wanted
            kept.append(row)
    return kept


def filled_counts(rows: Iterable[Assignment]) -> dict[int, int]:
    """How many fields of each assignment have a stored value; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FILLED, [[row.pk for row in rows]])
        return dict(cursor.fetchall())


def month_of(unit: Unit, actor: Any, on: dt.date) -> Month:
    """The unit's month on a day: everything to do, what was sent this month, what has stopped."""
    month = f"{on:%Y-%m}"
    rows = list(
        Assignment.objects.for_user(actor, FILL)
        .filter(unit=unit)
        .filter(
            Q(state__in=TO_DO, opens_on__lte=on)
            | Q(burden_month=month)
            | Q(state__in=HANDED_IN, due_on__gte=on)
        )
        .exclude(state=AssignmentState.REFUSED)
        .select_related("form__owner", "form__number", "form_version", "unit__parent")
        .order_by("due_on", "form__code")
    )
    rows = [row for row in rows if row.opens_on <= on]
    open_rows = [row for row in rows if row.state == AssignmentState.OPEN and in_force(row, on)]
    bundled = one_period_each(row for row in open_rows if row.due_on <= _bundle_end(on))
    sheet = load_sheet(unit, bundled) if bundled else None
    rule = limits.in_force(MINUTES).value
    comments = _comments([row for row in rows if row.state == AssignmentState.RETURNED])
    counted = filled_counts(rows) if rows else {}
    lines = [_line(row, on, counted.get(row.pk, 0), comments, sheet, rule) for row in rows]
    page = Month(unit, on, lines, sheet, _minutes(lines, sheet, rule))
    page.groups = [
        (label, found) for key, label in GROUPS if (found := [line for line in lines if line.group == key])
    ]
    if not page.waiting:
        last = (
            Assignment.objects.for_user(actor, FILL)
            .filter(unit=unit, submitted_at__isnull=False)
            .order_by("-submitted_at")
            .first()
        )
        page.last_sent_on = (
            last.submitted_at.astimezone(COUNTY).date() if last and last.submitted_at else None
        )
    return page


def _minutes(lines: list[Line], sheet: Sheet | None, rule: dict[str, Any]) -> Decimal:
    returned = sum(
        (line.minutes for line in lines if line.group in {"late", "week", "month"} and line.comment),
        Decimal(0),
    )
    return returned + (estimate(sheet, rule) if sheet else Decimal(0))


def _line(
    row: Assignment,
    on: dt.date,
    filled: int,
    comments: dict[int, tuple[str, str]],
    sheet: Sheet | None,
    rule: dict[str, Any],
) -> Line:
    comment, by = comments.get(row.pk, ("", ""))
    line = Line(
        row,
        _group(row, on),
        filled,
        max((on - row.due_on).days, 0),
        comment,
        by,
        single=comment.startswith("“"),
    )
    line.recallable = row.state == AssignmentState.SUBMITTED
    if sheet is not None and row.state == AssignmentState.OPEN:
        mine = [one for one in sheet.to_check if row.pk in one.assignments]
        line.minutes = row.form_version.minutes_fixed + spent(len(mine), 0, rule)
    elif comment:
        line.minutes = spent(1, 0, rule)
    return line


def _group(row: Assignment, on: dt.date) -> str:
    if row.state in HANDED_IN:
        return "sent"
    if not in_force(row, on):
        return "expired"
    if row.due_on < on:
        return "late"
    if row.due_on <= on + dt.timedelta(days=6 - on.weekday()):
        return "week"
    return "month" if row.due_on <= _bundle_end(on) else "later"


def _comments(rows: list[Assignment]) -> dict[int, tuple[str, str]]:
    """The reviewer's words in one line: of the field sent back, or of the whole form (from the trail)."""
    if not rows:
        return {}
    found = {}
    for one in (
        FieldReturn.objects.filter(assignment__in=rows, answered_at__isnull=True)
        .select_related("element")
        .order_by("pk")
    ):
        found[one.assignment_id] = (f"“{one.element.name}”{one.comment}", one.by)
    missing = [row for row in rows if row.pk not in found]
    found.update(return_reasons(missing))
    return found


def return_reasons(rows: list[Assignment]) -> dict[int, tuple[str, str]]:
    """Why whole forms were sent back, with who said so, from the trail's newest entry of the step."""
    if not rows:
        return {}
    keys = [str(row.pk) for row in rows]
    entries = AuditEntry.objects.filter(
        model="reports.Assignment", step="return", object_id__in=keys
    ).order_by("pk")
    return {int(entry.object_id): (entry.reason, entry.unit or entry.actor) for entry in entries}


def _bundle_end(on: dt.date) -> dt.date:
    """The last due date of the month's bundle: a week into the next month, as `in_bundle` takes it."""
    return (on.replace(day=28) + dt.timedelta(days=4)).replace(day=1) + dt.timedelta(days=6)
