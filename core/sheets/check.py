"""Check first: every problem of a sheet by row and column in Chinese; nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.sheets import reader
from core.sheets.columns import CELL_ERRORS, MAX_CELL, Check, Column
from core.sheets.formulas import column_letters
from core.sheets.headers import OWN_COLUMNS, Heads, find_heads
from core.sheets.lookups import Lookup, NotFound

TOTALS = frozenset({"合计", "总计", "小计", "共计", "总数", "全县合计", "全镇合计", "全乡合计"})
BROKEN = {
    "uncomputed": "公式未计算，没有结果。请用 WPS 或 Excel 打开保存一次，或改为只填数值。",
    "image": "是嵌入的图片，图片不导入。请删除图片或改填文字。",
}
NO_ROWS = "没有数据行。请在表头下面填写后再上传。"


@dataclass(frozen=True)
class SheetSpec:
    """What a sheet must look like: its purpose, title, columns, and the keys that tell rows apart.

    `version` is compared with the marker that our blank template carries ("" accepts any). Columns that our own
    export has beyond these are `ignored` in silence.
    """

    kind: str
    sheet_title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    version: str = ""
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One thing to mend: sheet, row as in Excel (0 for the whole sheet), column letter, header, value, sentence."""

    sheet: str
    row: int
    column: str
    header: str
    value: str
    message: str

    def __str__(self) -> str:
        if not self.row:
            return f"“{self.sheet}”：{self.message}"
        place = f"第 {self.row} 行" + (f" {self.column} 列（{self.header}）" if self.column else "")
        return f"“{self.sheet}”{place}：{self.message}"


@dataclass
class CheckResult:
    """The rows (each with "_row", its number in Excel), every problem, what to tell, and the file's SHA-256."""

    rows: list[dict[str, Any]]
    problems: list[Problem]
    notes: list[str]
    digest: str
    sheet: str = ""
    wrong: dict[int, dict[str, Any]] = field(default_factory=dict)  # row number -> header -> cell as it came

    @property
    def ok(self) -> bool:
        """Whether the file may be confirmed."""
        return not self.problems


def check(
    content: bytes, name: str, spec: SheetSpec, lookups: Mapping[str, Lookup] | None = None
) -> CheckResult:
    """Read a file and check every cell. Makes no query. Raises `SheetRefused` when the file is not read at all."""
    sheet = reader.read(content, name, spec.sheet_title)
    result = CheckResult([], [], list(sheet.notes), hashlib.sha256(content).hexdigest(), sheet.title)
    if spec.version and sheet.marker[0] == spec.kind and sheet.marker[1] != spec.version:
        message = f"模板版本是“{sheet.marker[1]}”，现行为“{spec.version}”。请重新下载模板填写。"
        result.problems.append(Problem(sheet.title, 0, "", "", "", message))
        return result
    required = frozenset(column.header for column in spec.columns if column.required)
    ignored = OWN_COLUMNS | set(spec.ignored)
    heads = find_heads(
        sheet.rows, sheet.merges, [column.header for column in spec.columns], required, ignored
    )
    result.notes += heads.notes
    result.problems += [Problem(sheet.title, 0, "", "", "", message) for message in heads.problems]
    if not heads.problems:
        _Checker(sheet, heads, spec, lookups or {}, result).run()
    return result


class _Checker:
    """The state of one check: which rows hold data, and what was found in them."""

    def __init__(
        self,
        sheet: reader.Sheet,
        heads: Heads,
        spec: SheetSpec,
        lookups: Mapping[str, Lookup],
        result: CheckResult,
    ) -> None:
        self.sheet, self.heads, self.spec, self.lookups, self.result = sheet, heads, spec, lookups, result
        self.numbers: list[int] = []  # rows of data, from 0
        self.columns = [column for column in spec.columns if column.header in heads.at]
        self.values: dict[str, list[Any]] = {}

    def run(self) -> None:
        """Rows, then columns, then what joins columns and rows."""
        merged = self._merged()
        self._select_rows(merged)
        if not self.numbers and not self.result.problems:
            self.result.problems.append(Problem(self.sheet.title, 0, "", "", "", NO_ROWS))
        for column in self.columns:
            self._check_column(column, merged)
        for column in self.columns:
            if column.kind == "ref":
                self._resolve(column)
        self._duplicates()
        self._finish()

    def _merged(self) -> set[int]:
        """Rows that a merge over data touches; the merge itself is reported with its address."""
        touched: set[int] = set()
        used = set(self.heads.at.values())
        for (top, left), (bottom, right) in self.sheet.merges:
            if bottom < self.heads.first_data or not used & set(
                range(left, min(right, reader.MAX_COLUMNS) + 1)
            ):
                continue
            address = f"{column_letters(left + 1)}{top + 1}:{column_letters(right + 1)}{bottom + 1}"
            value = self._cell(self.sheet.rows[top], left) if top < len(self.sheet.rows) else ""
            self._add(top, None, value, f"数据区有合并单元格 {address}，请取消合并，每行都填写。")
            touched.update(range(top, bottom + 1))
        return touched

    def _select_rows(self, merged: set[int]) -> None:
        places = list(self.heads.at.values())
        for number in range(self.heads.first_data, len(self.sheet.rows)):
            row = self.sheet.rows[number]
            for place in places:
                value = row[place] if place < len(row) else ""
                if value != "" and value is not None and (type(value) is not str or value.strip()):
                    break
            else:
                continue
            first = (
                next((v for v in row[:3] if v not in {"", None}), "")
                if type(row[0]) is str or row[0] == ""
                else ""
            )
            if type(first) is str and "".join(first.split()).rstrip("：:") in TOTALS:
                self._add(
                    number,
                    None,
                    first,
                    f"这是“{first.strip()}”行，不能作为数据导入。请删除该行，合计由系统计算。",
                )
            else:
                self.numbers.append(number)

    def _check_column(self, column: Column, merged: set[int]) -> None:
        place, rows = self.heads.at[column.header], self.sheet.rows
        check_one, broken, required = column.compiled(), self.sheet.broken, column.required
        stored: list[Any] = []
        self.values[column.key] = stored
        known: dict[type, dict[Any, Any]] = {str: {}, float: {}}  # the same cell needs one judgement
        for number in self.numbers:
            row = rows[number]
            value = row[place] if place < len(row) else ""
            if broken and (number + 1, place + 1) in broken:
                stored.append(None)
                self._add(number, column, value, _broken(broken[number + 1, place + 1]))
                continue
            if value == "" or value is None or (type(value) is str and value.isspace()):
                stored.append(None)
                if required and number not in merged:
                    self._add(number, column, "", "不能为空。")
                continue
            judged = known.get(type(value))
            if judged is None:
                answer = _judge(check_one, value)
            elif value in judged:
                answer = judged[value]
            else:
                answer = judged[value] = _judge(check_one, value)
            if type(answer) is _Wrong:
                stored.append(None)
                self._add(number, column, value, answer.sentence)
            else:
                stored.append(answer)

    def _resolve(self, column: Column) -> None:
        lookup = self.lookups[column.lookup]
        names = self.values[column.key]
        nothing = [None] * len(names)
        parents = self.values.get(column.parent, nothing)
        codes = self.values.get(column.code_in, nothing)
        known: dict[tuple[Any, Any, Any], Any] = {}
        for i, key in enumerate(zip(names, parents, codes, strict=True)):
            if key[0] is None and key[2] is None:
                continue
            try:
                if key not in known:
                    known[key] = lookup.find(key[0] or "", parent=key[1] or "", code=key[2] or "").value
                names[i] = known[key]
            except NotFound as bad:
                names[i] = None
                self._add(self.numbers[i], column, key[0] or key[2], str(bad))

    def _duplicates(self) -> None:
        keys = [key for key in self.spec.key if key in self.values]
        if not keys:
            return
        seen: dict[tuple[Any, ...], int] = {}
        column = next(column for column in self.columns if column.key == keys[0])
        for number, key in zip(self.numbers, zip(*(self.values[k] for k in keys), strict=True), strict=True):
            if None in key:
                continue
            first = seen.setdefault(key, number)
            if first != number:
                shown = self._cell(self.sheet.rows[number], self.heads.at[column.header])
                self._add(number, column, shown, f"与第 {first + 1} 行重复，请只保留一行。")

    def _finish(self) -> None:
        keys = list(self.values)
        if keys:
            for number, row in zip(self.numbers, zip(*self.values.values(), strict=True), strict=True):
                if number + 1 not in self.result.wrong:
                    self.result.rows.append({"_row": number + 1, **dict(zip(keys, row, strict=True))})
        order = {column.header: i for i, column in enumerate(self.spec.columns)}
        self.result.problems.sort(key=lambda problem: (problem.row, order.get(problem.header, -1)))

    def _add(self, number: int, column: Column | None, value: Any, message: str) -> None:
        place = column_letters(self.heads.at[column.header] + 1) if column else ""
        header = column.header if column else ""
        self.result.problems.append(
            Problem(self.sheet.title, number + 1, place, header, str(value)[:200], message)
        )
        if number + 1 not in self.result.wrong:
            row = self.sheet.rows[number] if number < len(self.sheet.rows) else []
            self.result.wrong[number + 1] = {head: self._cell(row, at) for head, at in self.heads.at.items()}

    @staticmethod
    def _cell(row: Sequence[Any], place: int) -> Any:
        return row[place] if place < len(row) else ""


@dataclass(frozen=True, slots=True)
class _Wrong:
    sentence: str


def _judge(check_one: Check, value: Any) -> Any:
    """What is stored for a cell, or what is wrong with it."""
    if type(value) is str and len(value) > MAX_CELL:
        return _Wrong(f"内容过长，最多 {MAX_CELL:,} 个字。")
    try:
        return check_one(value)
    except CELL_ERRORS as bad:
        return _Wrong(str(bad))


def _broken(reason: str) -> str:
    return BROKEN.get(reason, f"是错误值 {reason}，请改正公式或改填数值。")
