"""Workbooks of the township: the month for reading in WPS, a block to be filled in, the wrong rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from core import clock
from core.downloads import watermark, workbook
from core.sheets.writer import write_rows
from reports.choices import AssignmentState, Origin
from reports.models import Assignment
from reports.services.block.grid import Grid, stored_text
from reports.services.checks import text_of
from reports.services.collection.carrying import Held, fields_of

if TYPE_CHECKING:
    from core.models import SheetCheck
    from organization.models import User

MONTH_HEADERS = (
    "单位代码",
    "村（社区）",
    "表号",
    "报表",
    "期别",
    "状态",
    "指标代码",
    "指标",
    "计量单位",
    "上期",
    "本期",
    "来源",
    "说明",
)
CODES_OF_MONTH = [0, 2, 4, 6]
BLOCK_HEADERS = ("单位代码", "村（社区）")


def _value(held: Held) -> Any:
    return held.number if held.number is not None else text_of(held) or None


def month_workbook(user: User, month: str) -> HttpResponse:
    """All values of a month's forms, one line a value, codes as text; missing ones are empty."""
    rows = {
        row.pk: row
        for row in Assignment.objects.for_user(user, "reports.review")
        .opened(clock.today())
        .filter(burden_month=month)
        .select_related("form", "unit")
    }
    lines = [_month_line(rows[held.assignment_id], held) for held in fields_of(rows)]
    lines.sort(key=lambda line: (line[2], line[4]))
    content = write_rows(
        list(MONTH_HEADERS),
        lines,
        code_columns=CODES_OF_MONTH,
        watermark=watermark(user.who()),
        title=f"{month}报表",
    )
    return workbook(content, f"{user.who().unit}{month}报表")


def _month_line(row: Assignment, held: Held) -> list[Any]:
    last = (
        held.last.number
        if held.last and held.last.number is not None
        else stored_text(held.last, held.decimals) or None
    )
    return [
        row.unit.code or "",
        row.unit.name,
        row.form.code,
        row.form.name,
        row.period,
        str(AssignmentState(row.state).label),
        held.code,
        held.name,
        held.unit,
        last,
        _value(held),
        str(Origin(held.stands.origin).label) if held.stands else "",
        held.current.reason if held.current else "",
    ]


def block_workbook(grid: Grid, user: User) -> HttpResponse:
    """The block as it stands, villages by indicators; importing it unchanged changes nothing."""
    headers = [
        *BLOCK_HEADERS,
        *(f"{held.name}（{held.unit}）" if held.unit else held.name for held in grid.heads),
    ]
    lines = [
        [line.row.unit.code or "", line.row.unit.name, *(_stored(cell.held) for cell in line.cells)]
        for line in grid.lines
    ]
    content = write_rows(
        headers, lines, code_columns=[0], watermark=watermark(user.who()), title=grid.form.name
    )
    return workbook(content, f"{grid.form.name}{grid.period.code}")


def _stored(held: Held) -> Any:
    """What is stored or summed; a carried value is left empty, so that importing the sheet does not confirm it."""
    return _value(held) if held.derived or held.current else None


def wrong_rows(check: SheetCheck, user: User) -> HttpResponse:
    """The wrong rows of a checked table as they came, with an extra column 「错误」."""
    by_row: dict[int, list[str]] = {}
    lines: dict[int, list[str]] = {}
    for problem in check.problems:
        by_row.setdefault(problem["row"], []).append(problem["message"])
        lines[problem["row"]] = problem["line"]
    heads = check.rows["heads"]
    width = max((len(line) for line in [*lines.values(), *heads]), default=0)
    head = heads[-1] if heads else []
    headers = [*head, *[""] * (width - len(head)), "错误"]
    rows = [
        [*lines[row], *[""] * (width - len(lines[row])), "；".join(by_row[row])] for row in sorted(by_row)
    ]
    content = write_rows(
        headers, rows, code_columns=list(range(width)), watermark=watermark(user.who()), title="有误的行"
    )
    return workbook(content, f"{check.uploaded_name.rsplit('.', 1)[0]}（有误的行）")
