"""Values of one sheet, by row and column as the person sees them, out of bytes that passed the gate."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.sheets import archive, gate
from core.sheets.errors import SheetRefused

MAX_ROWS = 20_010  # 20,000 rows of data and their headers
MAX_COLUMNS = 200
MAX_CELLS = 500_000
MAX_CHARACTERS = 32_767
WALL_SECONDS = 40
CHILD = Path(__file__).with_name("calamine_process.py")
TOO_WIDE = "表格范围超过 20,000 行或 200 列，未读取。请删除表格以外的内容和空白格式，或分成几个文件上传。"


@dataclass
class Sheet:
    """One sheet: `rows[0]` is row 1. Merges are ((row, column), (row, column)) from 0, both ends included."""

    title: str
    rows: list[list[Any]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    marker: tuple[str, str] = ("", "")


def read(content: bytes, name: str, wanted: str) -> Sheet:
    """Pass the gate and read the sheet titled `wanted` (or the only visible one). Raises `SheetRefused`."""
    passed = gate.inspect(content, name)
    if passed.kind == "csv":
        return read_csv(content)
    answer = _ask_child(content, wanted)
    if not answer.get("title"):
        names = "、".join(answer.get("names", []))
        raise SheetRefused(
            f"找不到工作表“{wanted}”。文件中有：{names or '没有可见的工作表'}。请用下载的模板填写。"
        )
    title = str(answer["title"])
    sheet = Sheet(
        title,
        answer["rows"],
        [((a[0], a[1]), (b[0], b[1])) for a, b in answer["merges"]],
        list(passed.notes),
        passed.broken.get(title, {}),
        _marker(answer["marker"]),
    )
    _check_size(sheet)
    return sheet


def _marker(rows: list[list[Any]]) -> tuple[str, str]:
    texts = [str(row[0]) for row in rows[:2] if row]
    return (texts[0], texts[1]) if len(texts) == 2 else ("", "")


def _ask_child(content: bytes, wanted: str) -> dict[str, Any]:
    command = [sys.executable, "-I", str(CHILD), wanted, str(MAX_ROWS), str(MAX_COLUMNS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False)  # noqa: S603 - our own file, no shell
    except subprocess.TimeoutExpired as error:
        raise SheetRefused("读取超时，未读取。请删除图片和多余的工作表，或分成几个文件上传。") from error
    if done.returncode < 0 or b"MemoryError" in done.stderr or b"memory allocation" in done.stderr:
        raise SheetRefused(TOO_WIDE)
    if done.returncode:
        raise SheetRefused(archive.DAMAGED)
    answer: dict[str, Any] = json.loads(done.stdout, object_hook=_decode)
    if answer.get("error") == "password":
        raise SheetRefused(gate.ENCRYPTED)
    if answer.get("error") == "size":
        raise SheetRefused(TOO_WIDE)
    return answer


def _decode(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((key, value),) = found.items()
        if key == "d":
            return dt.date.fromisoformat(value)
        if key == "m":
            return dt.datetime.fromisoformat(value)
        if key == "t":
            return str(value)
    return found


def _check_size(sheet: Sheet) -> None:
    rows = sheet.rows
    if len(rows) > MAX_ROWS or (rows and max(map(len, rows)) > MAX_COLUMNS):
        raise SheetRefused(TOO_WIDE)
    if sum(map(len, rows)) > MAX_CELLS:
        raise SheetRefused(f"表格超过 {MAX_CELLS:,} 个单元格，未读取。请分成几个文件上传。")


def read_csv(content: bytes) -> Sheet:
    """Comma, semicolon or tab separated text in UTF-8, UTF-16 or GB18030; the encoding found is noted.

    Rows are counted as the person sees them in a spreadsheet program. Raises `SheetRefused`.
    """
    text, encoding = _decoded(content)
    if "\0" in text:
        raise SheetRefused("文件含有空字符（NUL），不是普通的文本表格，未读取。")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=first.count)
    if first.count(delimiter) >= MAX_COLUMNS:
        raise SheetRefused(TOO_WIDE)
    rows: list[list[Any]] = []
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in lines:
            rows.append(row)
            if len(rows) > MAX_ROWS or len(row) > MAX_COLUMNS:
                raise SheetRefused(TOO_WIDE)
    except csv.Error as error:
        raise SheetRefused(
            f"第 {len(rows) + 1} 行的引号不成对或内容过长，未读取。请改正后再上传。"
        ) from error
    sheet = Sheet("CSV", rows, notes=[f"文字编码识别为 {encoding}，请核对汉字是否正确。"])
    _check_size(sheet)
    return sheet


def _decoded(content: bytes) -> tuple[str, str]:
    marks = (
        (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
        (b"\xff\xfe", "utf-16", "UTF-16"),
        (b"\xfe\xff", "utf-16", "UTF-16"),
    )
    tries = [(codec, shown) for mark, codec, shown in marks if content.startswith(mark)]
    at = 0
    for codec, shown in tries or [("utf-8", "UTF-8"), ("gb18030", "GB18030")]:
        try:
            return content.decode(codec), shown
        except UnicodeDecodeError as error:
            at = max(at, error.start)
    row = content[:at].count(b"\n") + 1
    raise SheetRefused(
        f"第 {row} 行有无法识别的字符，未读取。请用 WPS 另存为 .xlsx，或存为 UTF-8 编码的 CSV。"
    )
