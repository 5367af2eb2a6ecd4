"""A file handed in for a block: looked at by the gate, read by the bounded reader, turned into plain cells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from core.sheets import reader
from core.sheets.writer import sheet_title
from reports.services.block.clipboard import Table, bounded


def table_of_file(content: bytes, name: str, title: str) -> Table:
    """Cells of the sheet named after the form, or of the only visible one, as text; codes keep all their digits.

    Raises SheetRefused with the gate's or reader's sentence, Invalid for an empty sheet.
    """
    sheet = reader.read(content, name, sheet_title(title))
    rows = [[_text(cell) for cell in line] for line in sheet.rows]
    broken = {(row - 1, column - 1): _reason(found) for (row, column), found in sheet.broken.items()}
    table = Table(rows, notes=list(sheet.notes), broken=broken)
    for (top, left), (bottom, right) in sheet.merges:
        _spread(table, top, left, bottom, right)
    return bounded(table, "工作表是空的，请填好后再上传。")


def _reason(found: str) -> str:
    """Sentence for a cell that holds no trustworthy value, as the reader names it."""
    if found == "uncomputed":
        return "公式没有计算结果，请在 Excel 或 WPS 中打开、保存后再上传，或直接填数。"
    return "单元格内是图片，请填数。" if found == "image" else f"公式出错（{found}），请改正或直接填数。"


def _spread(table: Table, top: int, left: int, bottom: int, right: int) -> None:
    if top >= len(table.rows) or left >= len(table.rows[top]):
        return
    text = table.rows[top][left]
    for number in range(top, min(bottom, len(table.rows) - 1) + 1):
        line = table.rows[number]
        line += [""] * (right + 1 - len(line))
        for column in range(left, right + 1):
            line[column] = text
            table.merged.add((number, column))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | Decimal):
        text = format(Decimal(repr(cell)) if isinstance(cell, float) else cell, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    return " ".join(str(cell).split())
