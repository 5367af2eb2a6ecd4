"""What the reader of values does not tell: formulas, error cells, hidden rows, columns and sheets, filters."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

from core.sheets.calamine_process import MARKER
from core.sheets.errors import SheetRefused

SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
LINK = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</")
FORMULA = re.compile(rb"<(?:\w+:)?f\b")
ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
TRUE = rb"""\bhidden\s*=\s*["'](?:1|true)["']"""
HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*" + TRUE)
HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*" + TRUE + rb"[^>]*)>")
FILTER = re.compile(rb"<(?:\w+:)?autoFilter\b[^>]*>\s*<(?:\w+:)?filterColumn\b")
REFERENCE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class Findings:
    """Sentences for the check page, and cells without a trustworthy value by sheet."""

    notes: list[str] = field(default_factory=list)
    broken: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def survey(parts: Mapping[str, bytes], dde: re.Pattern[bytes]) -> Findings:
    """Look through the worksheet parts (UTF-8) of a workbook. Raises `SheetRefused` for a DDE call."""
    found = Findings()
    for title, state, data in _sheets(parts):
        if state and title == MARKER:
            continue
        if state:
            found.notes.append(f"工作表“{title}”是隐藏的，未读取。")
            continue
        formula_count = 0
        if _may_hold_formulas(data):
            if dde.search(data):
                raise SheetRefused("文件含有动态数据交换（DDE）公式，未读取。请只粘贴数值后再上传。")
            formula_count, found.broken[title] = _cells(data)
        _count(found.notes, title, data, formula_count)
    return found


def _may_hold_formulas(data: bytes) -> bool:
    formula = (b"<f" in data or b":f" in data) and FORMULA.search(data)
    return bool(formula) or ((b'"e"' in data or b"'e'" in data) and bool(ERROR.search(data)))


def _count(notes: list[str], title: str, data: bytes, formula_count: int) -> None:
    hides = b"hidden" in data  # plain searches spare the patterns on most sheets
    rows = len(HIDDEN_ROW.findall(data)) if hides else 0
    columns = sum(_span(match) for match in HIDDEN_COLUMN.findall(data)) if hides else 0
    if rows:
        notes.append(f"“{title}”有 {rows} 个隐藏行，已一并读取。")
    if columns:
        notes.append(f"“{title}”有 {columns} 个隐藏列，已一并读取。")
    if b"filterColumn" in data and FILTER.search(data):
        notes.append(f"“{title}”设有筛选，被筛掉的行已一并读取。")
    if formula_count:
        notes.append(f"“{title}”有 {formula_count} 个公式单元格，按文件中保存的计算结果读取。")


def _attributes(raw: bytes) -> dict[str, str]:
    return {
        key.decode(): unescape((one or two).decode("utf-8", "replace"))
        for key, one, two in ATTRIBUTE.findall(raw)
    }


def _span(raw: bytes) -> int:
    found = _attributes(raw)
    first, last = found.get("min", "1"), found.get("max", "1")
    return int(last) - int(first) + 1 if first.isdigit() and last.isdigit() else 1


def _sheets(parts: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """(title, "" or the hidden state, part) of each worksheet."""
    book = next(name for name in parts if name.lower() == "xl/workbook.xml")
    links = {}
    for raw in LINK.findall(parts.get("xl/_rels/workbook.xml.rels", b"")):
        found = _attributes(raw)
        target = unquote(found.get("Target", ""))
        links[found.get("Id", "")] = posixpath.normpath(
            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        )
    for raw in SHEET.findall(parts[book]):
        found = _attributes(raw)
        key = next((value for name, value in found.items() if name.endswith(":id")), "")
        data = parts.get(links.get(key, ""), b"")
        state = found.get("state", "visible")
        yield found.get("name", ""), "" if state == "visible" else state, data


def _cells(data: bytes) -> tuple[int, dict[tuple[int, int], str]]:
    """(number of formulas, cells that hold no trustworthy value)."""
    count = 0
    broken: dict[tuple[int, int], str] = {}
    row = column = 0
    for match in re.finditer(rb"<(?:\w+:)?row\b([^>]*)>|" + CELL.pattern, data, re.DOTALL):
        line, attributes, inner = match.groups()
        if attributes is None:
            number = _attributes(line).get("r", "")
            row, column = int(number) if number.isdigit() else row + 1, 0
            continue
        reference = REFERENCE.search(_attributes(attributes).get("r", "").encode())
        column = column_number(reference.group(1).decode()) if reference else column + 1
        inner = inner or b""
        has_formula = bool(FORMULA.search(inner))
        count += has_formula
        reason = _reason(attributes, inner, has_formula=has_formula)
        if reason:
            broken[row, column] = reason
    return count, broken


def _reason(attributes: bytes, inner: bytes, *, has_formula: bool) -> str:
    value = VALUE.search(inner)
    text = unescape(value.group(1).decode("utf-8", "replace")) if value else ""
    if b"DISPIMG(" in inner:
        return "image"
    if ERROR.search(attributes):
        return text or "#VALUE!"
    if has_formula and not text and not re.search(rb"""\bt\s*=\s*["']str["']""", attributes):
        return "uncomputed"
    return ""


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
