"""Which village a row means and which indicator a column: by code or name, inside the block only."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import Invalid
from organization.models import Unit, UnitAlias
from reports.services.block.clipboard import Table

NAME_HEADERS = frozenset(
    {"村", "村名", "村名称", "村社区", "单位", "单位名称", "填报单位", "行政村", "村屯", "名称"}
)
CODE_HEADERS = frozenset(
    {"代码", "单位代码", "村代码", "区划代码", "统计用区划代码", "填报单位代码", "REF_AREA"}
)
TOWNSHIP_HEADERS = frozenset({"乡镇", "乡镇街道", "所属乡镇", "镇"})
SILENT_HEADERS = frozenset({"", "序号", "错误", "备注", "期别", "TIME_PERIOD"})
TOTALS = frozenset({"合计", "小计", "总计", "全镇合计", "全乡合计"})
SUFFIX = re.compile(r"(村民委员会|村委会|居民委员会|居委会)$")
UNIT_IN_HEADER = re.compile(r"[（(\[【][^）)\]】]*[）)\]】]")
CODE = re.compile(r"^\d{12}$")
DEEPEST_HEADER = 6
NUMBER = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?")
COLUMN_NUMBER_WORDS = frozenset({"甲", "乙", "丙", "栏次", "序号"})


@dataclass(frozen=True)
class Problem:
    """What is wrong, with its row and column as the sheet numbers them (0 when it concerns the whole)."""

    row: int
    column: int
    message: str

    @property
    def where(self) -> str:
        """第 3 行 C 列."""
        if not self.row:
            return ""
        return f"第 {self.row} 行" + (f" {letters(self.column)} 列" if self.column else "")


@dataclass(frozen=True)
class Entry:
    """One cell that means a value: which unit, which indicator, what text, and where it stood."""

    unit_id: int
    element_id: int
    text: str
    row: int
    column: int


@dataclass
class Matched:
    """The result of reading a table against a block."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    units: set[int] = field(default_factory=set)
    head_rows: int = 0


def letters(column: int) -> str:
    """Column letters of a spreadsheet: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def fold(text: str) -> str:
    """A name without width, spaces and letter case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()


def fold_header(text: str) -> str:
    """A header without marks of duty and unit: 户数（户）* is 户数."""
    return fold(UNIT_IN_HEADER.sub("", unicodedata.normalize("NFKC", text)).replace("*", ""))


@dataclass
class Villages:
    """Units of a block by code, by name and alias; preloaded, so that rows cost no query."""

    by_code: dict[str, Unit] = field(default_factory=dict)
    by_name: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, units: Iterable[Unit]) -> Villages:
        """Codes, names and aliases of units (two statements)."""
        found = cls()
        known = {unit.pk: unit for unit in units}
        for unit in known.values():
            if unit.code:
                found.by_code[unit.code] = unit
            found.by_name[fold(unit.name)].append(unit)
        for alias in UnitAlias.objects.filter(unit_id__in=known):
            unit = known[alias.unit_id]
            if unit not in found.by_name[fold(alias.name)]:
                found.by_name[fold(alias.name)].append(unit)
        return found

    def named(self, name: str, township: str = "") -> list[Unit]:
        """Units of a name, with or without 村民委员会 behind it; only those of the township when it is given."""
        folded = fold(name)
        units = self.by_name.get(folded) or self.by_name.get(SUFFIX.sub("", folded)) or []
        if not units and not folded.endswith("村"):
            units = self.by_name.get(f"{SUFFIX.sub('', folded)}村") or []
        if township:
            units = [
                unit for unit in units if unit.parent is not None and fold(unit.parent.name) == fold(township)
            ]
        return units

    def knows(self, text: str) -> bool:
        """Whether a cell names a unit of the block."""
        return bool(text) and (text in self.by_code or bool(self.named(text)))


@dataclass
class _Columns:
    """What each column holds, by position."""

    elements: dict[int, int] = field(default_factory=dict)
    name: int | None = None
    code: int | None = None
    township: int | None = None
    ignored: list[str] = field(default_factory=list)


def match(table: Table, units: Iterable[Unit], elements: Mapping[int, tuple[str, str]]) -> Matched:
    """Read a table (header rows first) against a block. `elements`: (code, name) by indicator key.

    Empty cells mean nothing and change nothing. Raises Invalid when no village or no indicator is recognised at all.
    """
    villages = Villages.of(units)
    known = _first_known_row(table.rows, villages)
    start = _first_data_row(table.rows, known)
    result = Matched(head_rows=start, notes=list(table.notes))
    columns = _columns(table.rows, start, villages, elements, result)
    if columns.name is None and columns.code is None:
        _by_content(table.rows, known, villages, columns)
    if not columns.elements:
        raise Invalid("没有认出指标列。请连同表头一起复制，表头用本表的指标名称或指标代码。", field="pasted")
    if columns.ignored:
        result.notes.append(f"以下各列不是本表指标，没有读入：{'、'.join(columns.ignored)}。")
    _rows(table, start, villages, columns, result)
    return result


def _first_data_row(table: Sequence[Sequence[str]], known: int) -> int:
    """The first row of the block: rows above the first known village that hold text and numbers are data too.

    A village that is not recognised there is refused like any other, not taken for a header; a row of column
    numbers (栏次: 甲 1 2 3) stays a header.
    """
    start = known
    while start and _is_data(table[start - 1]):
        start -= 1
    return start


def _is_data(line: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in line if cell.strip()]
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    words = [cell for cell in cells if not NUMBER.fullmatch(cell)]
    counted = [str(place) for place in range(1, len(numbers) + 1)]
    return bool(numbers and words) and not (set(words) <= COLUMN_NUMBER_WORDS and numbers == counted)


def _first_known_row(table: Sequence[Sequence[str]], villages: Villages) -> int:
    for number, line in enumerate(table):
        if any(villages.knows(cell) for cell in line[:4]):
            if number > DEEPEST_HEADER + 4:
                break
            return number
    raise Invalid("没有认出村（社区）。请复制含有村名或 12 位代码的列，村名须是本乡镇的。", field="pasted")


def _columns(
    table: Sequence[Sequence[str]],
    start: int,
    villages: Villages,
    elements: Mapping[int, tuple[str, str]],
    result: Matched,
) -> _Columns:
    found = _Columns()
    by_text = _names(elements)
    width = max(len(line) for line in table)
    for column in range(width):
        path = _path(table, start, column)
        if path and fold_header(path[-1]) in {fold_header(header) for header in NAME_HEADERS}:
            found.name = column if found.name is None else found.name
        elif path and fold_header(path[-1]) in CODE_HEADERS:
            found.code = column if found.code is None else found.code
        elif path and fold_header(path[-1]) in TOWNSHIP_HEADERS:
            found.township = column
        else:
            _place(path, column, by_text, elements, found, result)
    return found


def _names(elements: Mapping[int, tuple[str, str]]) -> dict[str, int]:
    by_text: dict[str, int] = {}
    for key, (code, name) in elements.items():
        by_text[fold(code)] = key
        by_text.setdefault(fold_header(name), key)
        by_text.setdefault(fold(name), key)
    return by_text


def _path(table: Sequence[Sequence[str]], start: int, column: int) -> list[str]:
    """Header texts over a column from top to bottom, repeats of merged cells once."""
    path: list[str] = []
    for line in table[max(start - DEEPEST_HEADER, 0) : start]:
        text = line[column].strip() if column < len(line) else ""
        if text and (not path or path[-1] != text):
            path.append(text)
    return path


def _place(
    path: list[str],
    column: int,
    by_text: Mapping[str, int],
    elements: Mapping[int, tuple[str, str]],
    found: _Columns,
    result: Matched,
) -> None:
    if not path:
        return
    wordings = ["".join(path), *path[::-1], "".join(path[-2:])]
    key = next(
        (by_text[text] for word in wordings for text in (fold(word), fold_header(word)) if text in by_text),
        None,
    )
    if key is None:
        if fold_header(path[-1]) not in SILENT_HEADERS:
            found.ignored.append(path[-1])
        return
    if key in found.elements.values():
        result.problems.append(
            Problem(0, column + 1, f"指标“{elements[key][1]}”出现在两列中，请只保留一列。")
        )
        return
    found.elements[column] = key


def _by_content(table: Sequence[Sequence[str]], start: int, villages: Villages, found: _Columns) -> None:
    for column, text in enumerate(table[start][:4]):
        if column in found.elements:
            continue
        if CODE.match(text) and found.code is None:
            found.code = column
        elif villages.named(text) and found.name is None:
            found.name = column


def _rows(table: Table, start: int, villages: Villages, columns: _Columns, result: Matched) -> None:
    seen: dict[int, int] = {}
    for number, line in enumerate(table.rows[start:], start + 1):
        if not any(line):
            continue
        unit = _unit(line, number, villages, columns, result)
        if unit is None:
            continue
        if unit.pk in seen:
            result.problems.append(
                Problem(
                    number,
                    _of(columns),
                    f"“{unit.name}”出现两次（第 {seen[unit.pk]} 行、第 {number} 行），请只保留一行。",
                )
            )
            continue
        seen[unit.pk] = number
        for column, key in columns.elements.items():
            _cell(table, number, column, Entry(unit.pk, key, _at(line, column), number, column + 1), result)


def _cell(table: Table, number: int, column: int, entry: Entry, result: Matched) -> None:
    place = (number - 1, column)
    if place in table.broken:
        result.problems.append(Problem(number, column + 1, table.broken[place]))
    elif place in table.merged and entry.text:
        result.problems.append(Problem(number, column + 1, "合并单元格，请取消合并后逐格填写。"))
    elif entry.text:
        result.entries.append(entry)


def _of(columns: _Columns) -> int:
    place = columns.name if columns.name is not None else columns.code
    return 0 if place is None else place + 1


def _at(line: Sequence[str], column: int | None) -> str:
    return line[column].strip() if column is not None and column < len(line) else ""


def _unit(
    line: Sequence[str], number: int, villages: Villages, columns: _Columns, result: Matched
) -> Unit | None:
    name, code, township = (_at(line, place) for place in (columns.name, columns.code, columns.township))
    if fold(name or code) in TOTALS or any(fold(cell) in TOTALS for cell in line[:3]):
        result.notes.append(f"第 {number} 行是合计，没有读入。")
        return None
    by_code = villages.by_code.get(code) if code else None
    named = villages.named(name, township) if name else []

    def wrong(message: str) -> None:
        result.problems.append(Problem(number, _of(columns), message))

    if not name and not code:
        wrong("缺村名或代码，请补上。")
    elif code and by_code is None:
        wrong(f"代码“{code[:20]}”不是本表的村（社区）。")
    elif by_code is not None:
        if name and by_code not in named:
            wrong(f"代码 {code} 是“{by_code.name}”，与村名“{name[:20]}”不一致，请改为一致。")
        else:
            return by_code
    elif not named:
        wrong(f"“{township[:20]}{name[:20]}”不在本表的村（社区）之内。")
    elif len(named) > 1:
        wrong(f"“{name[:20]}”有 {len(named)} 个：{candidates(named)}。请加上乡镇或 12 位代码。")
    else:
        return named[0]
    return None


def candidates(units: Iterable[Unit]) -> str:
    """Units of one name told apart: 伊通镇二道村（220323100203）、…"""
    return "、".join(
        f"{unit.parent.name if unit.parent else ''}{unit.name}（{unit.code or '无代码'}）" for unit in units
    )
