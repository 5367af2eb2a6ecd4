"""A department's own workbook filled with our data; its styles, merges and formulas stay."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets import gate
from core.sheets.errors import SheetRefused
from core.sheets.headers import find_heads

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
NOTHING = "表样里没有找到可填的位置。请让表头与指标名称一致，或在单元格中写 {{指标代码}}。"


def fill(
    content: bytes, *, rows: Sequence[Mapping[str, Any]] = (), values: Mapping[str, Any] | None = None
) -> bytes:
    """Fill placeholders 「{{指标代码}}」 with `values`, and rows below the headers that match the keys of `rows`.

    Raises `SheetRefused` when the file does not pass the gate or nothing in it matches.
    """
    if gate.inspect(content).kind != "xlsx":
        raise SheetRefused("表样应为 .xlsx 文件。")
    book = openpyxl.load_workbook(io.BytesIO(content))
    filled = 0
    for sheet in book.worksheets:
        filled += _placeholders(sheet, values or {})
        if rows:
            filled += _rows(sheet, rows)
    if not filled:
        raise SheetRefused(NOTHING)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _placeholders(sheet: Worksheet, values: Mapping[str, Any]) -> int:
    filled = 0
    for line in sheet.iter_rows():
        for cell in line:
            if not isinstance(cell, Cell) or not isinstance(cell.value, str):
                continue
            names = [name for name in PLACEHOLDER.findall(cell.value) if name in values]
            if not names:
                continue
            filled += 1
            if PLACEHOLDER.fullmatch(cell.value.strip()):
                _put(cell, values[names[0]])
            else:
                _put(cell, PLACEHOLDER.sub(lambda m: _text(values.get(m[1], m[0])), cell.value))
    return filled


def _rows(sheet: Worksheet, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write `rows` below the headers; rows that the template lacks take the style of its first data row."""
    cells = [
        list(line)
        for line in sheet.iter_rows(
            max_row=min(sheet.max_row, 20), max_col=min(sheet.max_column, 200), values_only=True
        )
    ]
    merges = [
        ((r.min_row - 1, r.min_col - 1), (r.max_row - 1, r.max_col - 1)) for r in sheet.merged_cells.ranges
    ]
    heads = find_heads(cells, merges, list(rows[0]), frozenset())
    if not heads.at or heads.problems:
        return 0
    first = heads.first_data + 1
    for offset, row in enumerate(rows):
        for header, at in heads.at.items():
            cell = sheet.cell(first + offset, at + 1)
            if isinstance(cell, MergedCell):
                raise SheetRefused(
                    f"表样的数据区 {cell.coordinate} 是合并单元格，填不进去，请取消合并后再上传表样。"
                )
            if cell.value not in {None, "", row.get(header)}:
                raise SheetRefused(
                    f"表样的 {cell.coordinate} 已有内容，填不下 {len(rows)} 行，请在表头下留足空行或把其他内容移到表头以上。"
                )
            if offset and not cell.has_style:
                _copy_style(sheet.cell(first, at + 1), cell)
            _put(cell, row.get(header))
    return len(rows) * len(heads.at)


def _copy_style(pattern: Any, cell: Any) -> None:
    """Give `cell` the looks of `pattern`, as openpyxl's documentation does."""
    cell._style = copy(pattern._style)  # noqa: SLF001 - openpyxl copies a style in no other way


def _put(cell: Cell, value: Any) -> None:
    """Write a value; text is never taken for a formula."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _text(value: Any) -> str:
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
