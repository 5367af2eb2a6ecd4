"""Who holds a value: the forms of a unit that use it, and what keeps it locked (model.md 4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from reports.choices import AssignmentState, FormState
from reports.models import Assignment
from reports.querysets import HANDED_IN
from reports.services.collection.carrying import Held, derived_sql, start_sql

Key = tuple[int, dt.date]
"""Indicator and first day of the value's period."""

_HOLDERS = f"""
SELECT b.id, b.state, b.due_on, b.form_id, f.code, f.name, f.state, f.valid_until, e.id, {start_sql("e.period_type", "b.period_start")}
FROM reports_assignment b
JOIN reports_form f ON f.id = b.form_id
JOIN reports_formfield ff ON ff.form_version_id = b.form_version_id
JOIN reports_element e ON e.id = ff.element_id
WHERE b.unit_id = %s AND b.state NOT IN ('refused', 'stopped') AND e.id = ANY(%s) AND NOT {derived_sql("e.period_type", "b.frequency")}
  AND b.period_start >= %s AND ({start_sql("e.period_type", "b.period_start")}) = ANY(%s)
ORDER BY b.id
"""  # noqa: S608 - only constant parts of SQL are put in


@dataclass(frozen=True)
class Holder:
    """An assignment that uses a value."""

    pk: int
    state: str
    due_on: dt.date
    form_id: int
    code: str
    name: str
    form_state: str
    valid_until: dt.date | None

    @property
    def order(self) -> tuple[dt.date, str]:
        """Typed counts in the first by due date and form code (model.md 9)."""
        return self.due_on, self.code

    @property
    def handed_in(self) -> bool:
        """Submitted or beyond."""
        return self.state in HANDED_IN


def holders(unit_id: int, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, list[Holder]]:
    """Assignments of a unit by the value they use, first one first; with `lock` their rows are held (FOR SHARE)."""
    wanted = set(keys)
    if not wanted:
        return {}
    starts = sorted({start for _, start in wanted})
    sql = _HOLDERS + (" FOR SHARE OF b" if lock else "")
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            [unit_id, sorted({element for element, _ in wanted}), starts[0] - dt.timedelta(days=1), starts],
        )
        rows = cursor.fetchall()
    found: dict[Key, list[Holder]] = {}
    for *head, element, start in rows:
        if (element, start) in wanted:
            found.setdefault((element, start), []).append(Holder(*head))
    for same in found.values():
        same.sort(key=lambda holder: holder.order)
    return found


def blocking(held: Held, using: Iterable[Holder]) -> Holder | None:
    """The handed-in form that keeps a value locked; a field sent back opens it in all not yet accepted (model.md 4)."""
    for holder in using:
        if holder.state == AssignmentState.ACCEPTED or (holder.handed_in and not held.comment):
            return holder
    return None


def lock_sentence(held: Held, using: Iterable[Holder]) -> str:
    """Why a field can't be changed and who can open it, or nothing."""
    if held.derived:
        return "本项由系统自动计算。"
    if held.ledger:
        return f"本项由{held.source}提供，不能修改；有出入请向{held.source}反映。"
    blocker = blocking(held, using)
    if blocker is not None:
        who = {
            AssignmentState.SUBMITTED: "撤回修改，或由乡镇退回该项后可改",
            AssignmentState.APPROVED: "乡镇已审，由乡镇退回该项后可改",
            AssignmentState.ACCEPTED: "部门已接收，须由制表单位办理更正",
        }[AssignmentState(blocker.state)]
        return f"已随《{blocker.name}》报送，{who}。"
    if held.only_returned and not held.comment:
        return "本表只退回了个别项，其余各项不需再填。"
    return ""


def in_force(row: Assignment, on: dt.date) -> bool:
    """Whether the form may still be filled: a valid number on that day and not stopped."""
    form = row.form
    return (
        form.state == FormState.ACTIVE
        and form.number_id is not None
        and form.valid_until is not None
        and form.valid_until >= on
        and row.state != AssignmentState.STOPPED
    )
