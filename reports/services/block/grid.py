"""The block as it stands: one form and period, villages by indicators, each cell open or locked with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection
from django.http import Http404

from core import clock
from core.periods import Period, parse
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, Form
from reports.querysets import TO_DO
from reports.services import checks
from reports.services.collection.carrying import Held, Stored, derived_sql, fields_of, start_sql
from reports.services.collection.filling import Holder, in_force, lock_sentence

if TYPE_CHECKING:
    from organization.models import User

FILL_FOR = "reports.fill_for"
BlockKey = tuple[int, int, dt.date]
"""Unit, indicator, first day of the value's period."""

_HOLDERS = f"""
SELECT b.unit_id, e.id, {start_sql("e.period_type", "b.period_start")},
       b.id, b.state, b.due_on, b.form_id, f.code, f.name, f.state, f.valid_until
FROM reports_assignment b
JOIN reports_form f ON f.id = b.form_id
JOIN reports_formfield ff ON ff.form_version_id = b.form_version_id
JOIN reports_element e ON e.id = ff.element_id
WHERE b.unit_id = ANY(%s) AND b.state NOT IN ('refused', 'stopped') AND e.id = ANY(%s)
  AND NOT {derived_sql("e.period_type", "b.frequency")} AND b.period_start >= %s
  AND ({start_sql("e.period_type", "b.period_start")}) = ANY(%s)
ORDER BY b.id
"""  # noqa: S608  the fragments are constants of the program


@dataclass
class Cell:
    """One value of the block."""

    row: Assignment
    held: Held
    locked: str
    first: int
    hint: str = ""

    @property
    def reason(self) -> str:
        """The reason given for a number unlike its past."""
        return self.held.current.reason if self.held.current else ""

    @property
    def key(self) -> tuple[int, int]:
        """Assignment and indicator."""
        return self.row.pk, self.held.element_id

    @property
    def version(self) -> int:
        """Version of the stored value, 0 for none."""
        return self.held.current.version if self.held.current else 0

    @property
    def text(self) -> str:
        """What stands in the cell: stored, carried or summed."""
        return checks.text_of(self.held)

    @property
    def stored_text(self) -> str:
        """What is stored, nothing for a carried value."""
        return self.text if self.held.current else ""

    @property
    def last_text(self) -> str:
        """The last period's value."""
        return stored_text(self.held.last, self.held.decimals)

    @property
    def by_village(self) -> bool:
        """Whether the village itself typed the present value: it is never overwritten unseen (model.md 15)."""
        return self.held.current is not None and self.held.current.origin == Origin.TYPED

    @property
    def state(self) -> str:
        """Word of the component: locked, derived, typed or carried."""
        if self.held.derived:
            return "derived"
        if self.locked:
            return "locked"
        return "typed" if self.held.by_a_person else "carried"


def stored_text(value: Stored | None, decimals: int) -> str:
    """A stored value as text."""
    if value is None:
        return ""
    if value.kind == "na":
        return "不适用"
    return checks.shown(value.number, decimals) if value.kind == "number" else value.text


@dataclass
class Line:
    """One village of the block."""

    row: Assignment
    cells: list[Cell] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether something in it may be written."""
        return any(not cell.locked for cell in self.cells)

    @property
    def closed_by(self) -> str:
        """Why nothing in it may be changed and who can reopen it (features.md A20), or nothing."""
        asked = [cell for cell in self.cells if not cell.held.derived and not cell.held.ledger]
        return asked[0].locked if asked and not self.open else ""

    @property
    def complete(self) -> bool:
        """Whether every required field holds something."""
        return all(
            cell.held.stands is not None or not cell.held.required or cell.held.derived for cell in self.cells
        )

    @property
    def submittable(self) -> bool:
        """Whether the township may hand it in for the village now."""
        return self.row.state in TO_DO and self.open and self.complete


@dataclass
class Grid:
    """One form and period over the villages that a person fills for."""

    form: Form
    period: Period
    lines: list[Line]

    @property
    def heads(self) -> list[Held]:
        """The indicators, in the form's order."""
        return [cell.held for cell in self.lines[0].cells] if self.lines else []

    @property
    def elements(self) -> dict[int, tuple[str, str]]:
        """Code and name by indicator."""
        return {held.element_id: (held.code, held.name) for held in self.heads}

    @property
    def cells(self) -> dict[tuple[int, int], Cell]:
        """Cells by unit and indicator."""
        return {(line.row.unit_id, cell.held.element_id): cell for line in self.lines for cell in line.cells}

    @property
    def open_count(self) -> int:
        """How many cells may be written."""
        return sum(not cell.locked for line in self.lines for cell in line.cells)


def load_grid(user: User, form_pk: int, period_code: str, *, lock: bool = False) -> Grid:
    """The block of a form and period within the person's reach (subtree, or what is dispatched); Http404 when empty.

    Five statements whatever the number of villages. With `lock` the assignments that use the values are held.
    """
    try:
        period = parse(period_code)
    except ValueError as error:
        raise Http404 from error
    rows = list(
        Assignment.objects.for_user(user, FILL_FOR)
        .opened(clock.today())
        .filter(form_id=form_pk, period=period.code)
        .exclude(state__in=[AssignmentState.REFUSED, AssignmentState.STOPPED])
        .select_related("form__owner", "form__number", "unit__parent")
        .order_by("unit__path", "pk")
    )
    if not rows:
        raise Http404
    rows.sort(key=lambda row: (row.unit.parent_id or 0, row.unit.order_no, row.unit_id))
    return Grid(rows[0].form, period, _lines(rows, lock=lock))


def _lines(rows: list[Assignment], *, lock: bool) -> list[Line]:
    held = fields_of([row.pk for row in rows])
    units = {row.pk: row.unit_id for row in rows}
    using = _holders(
        {(units[one.assignment_id], one.element_id, one.period_start) for one in held if not one.derived},
        lock=lock,
    )
    if lock:
        held = fields_of([row.pk for row in rows])
    lines = {row.pk: Line(row) for row in rows}
    rule = checks.spread()
    expired = {row.pk: not in_force(row, clock.today()) for row in rows}
    for one in held:
        users = using.get((units[one.assignment_id], one.element_id, one.period_start), [])
        row = lines[one.assignment_id].row
        locked = "该表已过有效期，停止填报。" if expired[row.pk] else lock_sentence(one, users)
        now = next((user.state for user in users if user.pk == row.pk), row.state)
        if not locked and now not in TO_DO:
            locked = f"该表当前为“{AssignmentState(now).label}”，不能修改。"
        hint = checks.outlier_hint(one, rule)
        lines[row.pk].cells.append(Cell(row, one, locked, users[0].pk if users else row.pk, hint))
    return list(lines.values())


def _holders(keys: Iterable[BlockKey], *, lock: bool) -> dict[BlockKey, list[Holder]]:
    """Assignments that use each value, first by due date and form code; with `lock` their rows are held (FOR SHARE)."""
    wanted = set(keys)
    if not wanted:
        return {}
    starts = sorted({start for _, _, start in wanted})
    units, elements = sorted({unit for unit, _, _ in wanted}), sorted({element for _, element, _ in wanted})
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLDERS + (" FOR SHARE OF b" if lock else ""),
            [units, elements, starts[0] - dt.timedelta(days=1), starts],
        )
        found: dict[BlockKey, list[Holder]] = {}
        for unit, element, start, *holder in cursor.fetchall():
            if (unit, element, start) in wanted:
                found.setdefault((unit, element, start), []).append(Holder(*holder))
    for same in found.values():
        same.sort(key=lambda holder: holder.order)
    return found
