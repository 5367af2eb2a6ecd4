"""What a pasted or imported table would write: new cells, cells over a village's own value, locked and wrong ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from core import clock
from core.errors import Invalid, WrongState
from core.models import SheetCheck
from reports.services import values
from reports.services.block.grid import Cell, Grid
from reports.services.block.matching import Entry, Matched, Problem, letters

if TYPE_CHECKING:
    from organization.models import User

KIND = "reports.block"
WRITE, CONFLICT, SAME, LOCKED = "write", "conflict", "same", "locked"


@dataclass(frozen=True)
class Change:
    """One cell of the preview. `version` is that of the value seen (0: none); texts are as people read them."""

    unit_id: int
    unit: str
    element_id: int
    name: str
    old: str
    new: str
    kind: str
    version: int
    where: str
    message: str = ""


@dataclass
class Plan:
    """A preview: what would be written, what not and why, and what is wrong."""

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    head_rows: int = 0

    def of(self, kind: str) -> list[Change]:
        """Cells of one kind."""
        return [change for change in self.changes if change.kind == kind]

    @property
    def writes(self) -> list[Change]:
        """Cells that are empty or hold nobody's own entry."""
        return self.of(WRITE)

    @property
    def conflicts(self) -> list[Change]:
        """Cells that hold what the village typed, with another value pasted."""
        return self.of(CONFLICT)

    @property
    def locked(self) -> list[Change]:
        """Cells that stay as they are, with the reason."""
        return self.of(LOCKED)

    @property
    def same(self) -> list[Change]:
        """Cells that already hold the pasted value."""
        return self.of(SAME)

    @property
    def units(self) -> int:
        """Villages the table named."""
        return len({change.unit_id for change in self.changes})

    @property
    def confirmable(self) -> bool:
        """All or none: nothing is written while something is wrong."""
        return not self.problems and bool(self.writes or self.conflicts)


def plan(grid: Grid, matched: Matched) -> Plan:
    """Compare a table with the block. Cells outside the table are not looked at; empty ones change nothing."""
    cells = grid.cells
    found = Plan(problems=list(matched.problems), notes=list(matched.notes), head_rows=matched.head_rows)
    for entry in matched.entries:
        cell = cells.get((entry.unit_id, entry.element_id))
        if cell is None:
            found.problems.append(Problem(entry.row, entry.column, "这一格不在本表之内。"))
            continue
        _judge(cell, entry, found)
    found.problems.sort(key=lambda problem: (problem.row, problem.column))
    return found


def _judge(cell: Cell, entry: Entry, found: Plan) -> None:
    held = cell.held
    try:
        reading = values.read_text(entry.text, held)
    except Invalid as error:
        found.problems.append(
            Problem(entry.row, entry.column, f"{cell.row.unit.name}“{held.name}”：{error.message}")
        )
        return
    current = held.stands if held.derived or held.current else None
    same = current is not None and (current.kind, current.number, current.text) == (
        reading.kind,
        reading.number,
        reading.text,
    )
    kind = SAME if same else LOCKED if cell.locked else CONFLICT if cell.by_village else WRITE
    found.changes.append(
        Change(
            unit_id=cell.row.unit_id,
            unit=cell.row.unit.name,
            element_id=held.element_id,
            name=held.name,
            old=cell.text if held.derived else cell.stored_text,
            new=reading.shown,
            kind=kind,
            version=cell.version,
            where=f"{letters(entry.column)}{entry.row}",
            message=cell.locked if kind == LOCKED else "",
        )
    )


def keep(
    found: Plan, grid: Grid, *, actor: User, name: str, table: Sequence[Sequence[str]] = ()
) -> SheetCheck:
    """Keep a preview so that exactly it can be confirmed, once. `name` says where the table came from.

    Of the table itself only the wrong rows and what stands above them are kept, for the returned sheet.
    """
    problems = [{**asdict(problem), "line": _line_of(table, problem.row)} for problem in found.problems]
    first = min((int(problem["row"]) for problem in problems if problem["row"]), default=0)
    heads = [list(line) for line in table[: min(found.head_rows, first - 1 if first else 0)]]
    rows = {"changes": [asdict(change) for change in found.changes], "heads": heads}
    body = json.dumps([grid.form.pk, grid.period.code, rows, problems], ensure_ascii=False, sort_keys=True)
    return SheetCheck.objects.create(
        hash=hashlib.sha256(body.encode()).hexdigest(),
        kind=KIND,
        uploaded_name=name[:200],
        target=target_of(grid),
        rows=rows,
        problems=problems,
        notes=found.notes,
        actor_id=actor.pk,
        created_at=clock.now(),
    )


def _line_of(table: Sequence[Sequence[str]], row: int) -> list[str]:
    return list(table[row - 1]) if 0 < row <= len(table) else []


def kept_plan(check: SheetCheck) -> Plan:
    """The preview that was kept."""
    problems = [Problem(row["row"], row["column"], row["message"]) for row in check.problems]
    return Plan(changes_of(check), problems, list(check.notes))


def target_of(grid: Grid) -> str:
    """What a preview belongs to: form and period."""
    return f"{grid.form.pk}:{grid.period.code}"


def kept(pk: int, grid: Grid, actor: User) -> SheetCheck:
    """The actor's own preview of this block, held for confirmation. WrongState when it was confirmed before."""
    row = (
        SheetCheck.objects.select_for_update()
        .filter(pk=pk, kind=KIND, actor_id=actor.pk, target=target_of(grid))
        .first()
    )
    if row is None:
        raise WrongState("没有找到这次核对，请重新粘贴或上传。")
    if row.state != SheetCheck.State.CHECKED:
        raise WrongState("这次核对已经写入过，没有再次写入。")
    if row.problems:
        raise WrongState("还有错误没有改正，未作任何改动。")
    return row


def changes_of(check: SheetCheck) -> list[Change]:
    """The changes of a kept preview."""
    return [Change(**row) for row in check.rows["changes"]]
