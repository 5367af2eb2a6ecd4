"""The blank template of a sheet: headers, what to fill in, lists to choose from, and a marker of its version."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from core.sheets.calamine_process import MARKER
from core.sheets.check import SheetSpec
from core.sheets.columns import YES_NO, Column
from core.sheets.formulas import column_letters
from core.sheets.writer import HEADER, OPTIONS, sheet_title

LAST_ROW = 20_000
KINDS = {
    "text": "文字，最多 {0.max_length} 个字",
    "code": "编码，文本格式",
    "integer": "整数，只填数字",
    "decimal": "数字，最多 {0.decimals} 位小数",
    "date": "日期，如 2025-07-01",
    "choice": "从下拉列表中选择",
    "bool": "填是或否",
    "ref": "名称或编码",
}


def blank_template(spec: SheetSpec) -> bytes:
    """A workbook to fill in, readable again by `check` with the same spec. Lists stand in a hidden sheet's range."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {**OPTIONS, "constant_memory": False})
    sheet = book.add_worksheet(sheet_title(spec.sheet_title))
    marker = book.add_worksheet(MARKER)
    marker.hide()
    marker.write_string(0, 0, spec.kind)
    marker.write_string(1, 0, spec.version)
    header, needed = book.add_format(HEADER), book.add_format({**HEADER, "font_color": "#B42318"})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for i, column in enumerate(spec.columns):
        label = f"{column.header}（必填）" if column.required else column.header
        sheet.write_string(0, i, label, needed if column.required else header)
        sheet.write_comment(0, i, note(column))
        sheet.set_column(
            i, i, max(len(label) * 2 + 2, 12), text if column.kind in {"code", "text", "ref"} else None
        )
        _offer(sheet, marker, i, column)
    book.close()
    return buffer.getvalue()


def note(column: Column) -> str:
    """What to fill in, in a line."""
    parts = ["必填" if column.required else "可不填", KINDS[column.kind].format(column)]
    if column.length:
        parts.append(f"{column.length} 位")
    return "；".join([*parts, *([column.note] if column.note else [])]) + "。"


def _offer(sheet: Any, marker: Any, at: int, column: Column) -> None:
    labels = (
        list(column.choices) if column.kind == "choice" else list(YES_NO)[:2] if column.kind == "bool" else []
    )
    if not labels:
        return
    for i, label in enumerate(labels):
        marker.write_string(i, at + 1, label)
    letters = column_letters(at + 2)
    sheet.data_validation(
        1, at, LAST_ROW, at,
        {
            "validate": "list",
            "source": f"='{MARKER}'!${letters}$1:${letters}${len(labels)}",
            "error_title": "请从列表中选择",
            "error_message": "请从下拉列表中选择。",
        },
    )  # fmt: skip
