"""Reads the county's division list (csv or xlsx): one line per unit, found by its column names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.sheets import reader

COLUMNS = ("code", "name", "kind", "parent_code", "counted")
NEEDED = frozenset({"code", "name", "kind"})
YES = frozenset({"yes", "true", "1", "是"})
NO = frozenset({"no", "false", "0", "否", ""})
_CODE = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class DivisionRow:
    """One unit as the list gives it; `line` is the row number in the file."""

    line: int
    code: str
    name: str
    kind: str
    parent_code: str
    counted: bool


@dataclass(frozen=True)
class DivisionList:
    """All rows, and the names of columns that were not read."""

    rows: tuple[DivisionRow, ...]
    ignored: tuple[str, ...]


def read_divisions(content: bytes, name: str) -> DivisionList:
    """Read a division list. Raises Invalid naming the first wrong line, `SheetRefused` when it is no such file."""
    lines = reader.read(content, name, "行政区划").rows
    heads = [_text(cell) for cell in lines[0]] if lines else []
    missing = sorted(NEEDED - set(heads))
    if missing:
        raise Invalid(f"缺少列：{'、'.join(missing)}。应有 {'、'.join(COLUMNS)}。")
    places = {head: i for i, head in enumerate(heads) if head in COLUMNS}
    rows = tuple(
        _row(number, {head: _text(line[i]) if i < len(line) else "" for head, i in places.items()})
        for number, line in enumerate(lines[1:], 2)
        if any(_text(cell) for cell in line)
    )
    return DivisionList(rows, tuple(head for head in heads if head and head not in COLUMNS))


def _text(cell: Any) -> str:
    """A cell as text; a code that a spreadsheet program turned into a number gets its digits back."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _row(line: int, cells: dict[str, str]) -> DivisionRow:
    code, name, counted = cells["code"], cells["name"], cells.get("counted", "").lower()
    if not _CODE.fullmatch(code):
        raise Invalid(f"第 {line} 行：代码“{code}”应为 12 位数字。")
    if not name or len(name) > 60:
        raise Invalid(f"第 {line} 行：名称应为 1 至 60 个字。")
    if counted not in YES | NO:
        raise Invalid(f"第 {line} 行：counted“{counted}”应为 yes 或 no。")
    return DivisionRow(line, code, name, cells["kind"].lower(), cells.get("parent_code", ""), counted in YES)
