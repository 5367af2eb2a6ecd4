"""Columns as data, compiled to checks that run down a whole column at once."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from core import dates, numbers
from core.text import BadText, clean, clean_line

Kind = Literal["text", "code", "integer", "decimal", "date", "choice", "bool", "ref"]
Check = Callable[[Any], Any]
YES_NO = {"是": True, "否": False, "有": True, "无": False, "√": True, "×": False}
SCIENTIFIC = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+")
MAX_CELL = 32_767


class BadCell(ValueError):
    """A value that its column does not take; the message is the Chinese sentence to show."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its header ("人口/男" for a path), the key in the result, and its rules.

    `choices` maps what is written to what is stored. A `ref` is found in the lookup named `lookup`; `parent` and
    `code_in` name the keys of the columns that hold its township and its code. `length` is the exact length of a code.
    """

    header: str
    key: str
    kind: Kind = "text"
    required: bool = False
    max_length: int = 200
    length: int = 0
    low: Decimal | int | dt.date | None = None
    high: Decimal | int | dt.date | None = None
    decimals: int = 2
    multiline: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)
    lookup: str = ""
    parent: str = ""
    code_in: str = ""
    note: str = ""

    def compiled(self) -> Check:
        """The check of one non-empty cell: gives what is stored or raises `BadCell`."""
        return {
            "text": self._text, "code": self._code, "integer": self._integer, "decimal": self._decimal,
            "date": self._date, "choice": self._choice, "bool": self._bool, "ref": self._ref,
        }[self.kind]()  # fmt: skip

    def _text(self) -> Check:
        longest, cleaned = self.max_length, clean if self.multiline else clean_line

        def check(value: Any) -> str:
            text = cleaned(value if type(value) is str else _as_text(value))
            if len(text) > longest:
                raise BadCell(f"最多 {longest} 个字，现有 {len(text)} 个。")
            return text

        return check

    def _code(self) -> Check:
        length, longest = self.length, self.max_length

        def check(value: Any) -> str:
            if type(value) is str and value.isascii() and value.isalnum() and len(value) == length:
                return value
            return read_code(value, length, longest)

        return check

    def _integer(self) -> Check:
        low, high = (int(bound) for bound in self._bounds())

        def check(value: Any) -> int:
            if type(value) is float and value.is_integer() and abs(value) < 1e15:
                number = int(value)
            elif type(value) is int:
                number = value
            else:
                number = int(numbers.read_strict(_number(value)))
            if not low <= number <= high:
                raise BadCell(_range(Decimal(low), Decimal(high), number))
            return number

        return check

    def _decimal(self) -> Check:
        low, high = self._bounds()
        places = self.decimals

        def check(value: Any) -> Decimal:
            number = numbers.read_strict(_number(value), decimals=places)
            if not low <= number <= high:
                raise BadCell(_range(low, high, number))
            return number

        return check

    def _bounds(self) -> tuple[Decimal, Decimal]:
        low = self.low if isinstance(self.low, int | Decimal) else 0
        high = self.high if isinstance(self.high, int | Decimal) else 2_147_483_647
        return Decimal(low), Decimal(high)

    def _date(self) -> Check:
        first = self.low if isinstance(self.low, dt.date) else dates.FIRST
        last = self.high if isinstance(self.high, dt.date) else dates.LAST
        return lambda value: dates.read_cell(value, first=first, last=last)

    def _choice(self) -> Check:
        allowed = {clean_line(label): stored for label, stored in self.choices.items()}

        def check(value: Any) -> Any:
            text = clean_line(_as_text(value))
            if text not in allowed:
                raise BadCell(f"应填{'、'.join(allowed)}之一，现为“{_short(text)}”。")
            return allowed[text]

        return check

    def _bool(self) -> Check:
        def check(value: Any) -> bool:
            if isinstance(value, bool):
                return value
            text = clean_line(_as_text(value))
            if text not in YES_NO:
                raise BadCell(f"应填是或否，现为“{_short(text)}”。")
            return YES_NO[text]

        return check

    def _ref(self) -> Check:
        return lambda value: clean_line(_as_text(value))


def read_code(value: Any, length: int = 0, longest: int = 200) -> str:
    """A code out of a cell; a whole number or full-width digits become its digits. Raises `BadCell`."""
    if isinstance(value, bool | dt.date):
        raise BadCell(f"应填编码，现为“{_as_text(value)}”。请把该列设为文本格式后重填。")
    if isinstance(value, float | int):
        if not float(value).is_integer():
            raise BadCell(f"应填编码，现为“{numbers.number_text(value)}”。请把该列设为文本格式后重填。")
        if abs(value) >= 10**15:
            raise BadCell("编码超过 15 位，末尾数字已被表格软件改掉。请把该列设为文本格式后重填。")
        text = str(int(value))
    else:
        text = unicodedata.normalize("NFKC", str(value)).strip()
        if SCIENTIFIC.fullmatch(text):
            raise BadCell(f"编码被表格软件改成科学计数法，现为“{text}”。请把该列设为文本格式后重填。")
        if text.removesuffix(".0").isdecimal() and text.isascii():
            text = text.removesuffix(".0")
    if not re.fullmatch("[0-9A-Za-z][0-9A-Za-z._/-]*", text):
        raise BadCell(f"编码只能由数字和英文字母组成，现为“{_short(text)}”。")
    if length and len(text) != length:
        raise BadCell(f"编码应为 {length} 位，现为 {len(text)} 位“{_short(text)}”。")
    if len(text) > longest:
        raise BadCell(f"编码最多 {longest} 位，现为 {len(text)} 位。")
    return text


def _number(value: Any) -> str | float | int:
    if isinstance(value, dt.date | dt.datetime):
        raise BadCell(f"应填数字，现为日期“{value:%Y-%m-%d}”。请把该单元格设为数值格式后重填。")
    number: str | float | int = value
    return number


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        return numbers.number_text(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _range(low: Decimal, high: Decimal, number: Decimal | int) -> str:
    return (
        f"应在 {low:,f} 至 {high:,f} 之间，现为 {number:,f}。"
        if isinstance(number, Decimal)
        else (f"应在 {low:,f} 至 {high:,f} 之间，现为 {number:,}。")
    )


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"


CELL_ERRORS = (BadCell, BadText, numbers.BadNumber, dates.BadDate)
