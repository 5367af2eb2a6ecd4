"""Dates that people type. The accepted forms are few and written down; everything else is refused with an example.

Accepted: 2025-07-01, 2025-7-1, 2025/7/1, 2025.7.1, 2025年7月1日, 20250701, and a date cell of a spreadsheet program.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

FORMS = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})"),
    re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)
FIRST = dt.date(1949, 10, 1)
LAST = dt.date(2099, 12, 31)
EPOCH = dt.date(1899, 12, 30)  # serial 61 is 1900-03-01; earlier serials count a day that never was
EXAMPLE = "请写成 2025-07-01 的样子。"


class BadDate(ValueError):
    """Text that is no accepted date; the message is the Chinese sentence to show."""


def read_date(text: str, *, first: dt.date = FIRST, last: dt.date = LAST) -> dt.date:
    """The date a person typed, between `first` and `last`. Raises `BadDate`."""
    shown = text.strip(" \u3000\u00a0\t\r\n")
    folded = unicodedata.normalize("NFKC", shown)
    for form in FORMS:
        match = form.fullmatch(folded)
        if match:
            return _within(_date(match, shown), shown, first, last)
    raise BadDate(f"应填日期，现为“{_short(shown)}”。{EXAMPLE}")


def read_cell(
    value: str | float | dt.date | dt.datetime | dt.time, *, first: dt.date = FIRST, last: dt.date = LAST
) -> dt.date:
    """The date in a sheet's cell: a date cell, an accepted text, or a serial number without a date format.

    A date with a time of day other than midnight is refused. Raises `BadDate`.
    """
    if isinstance(value, str):
        return read_date(value, first=first, last=last)
    if isinstance(value, dt.datetime):
        if value.time() != dt.time(0):
            raise BadDate(f"应只填日期，现为“{value:%Y-%m-%d %H:%M}”，请去掉时间。")
        return _within(value.date(), value.date().isoformat(), first, last)
    if isinstance(value, dt.date):
        return _within(value, value.isoformat(), first, last)
    if isinstance(value, bool | dt.time):
        raise BadDate(f"应填日期，现为“{value}”。{EXAMPLE}")
    return _from_number(float(value), first, last)


def _from_number(number: float, first: dt.date, last: dt.date) -> dt.date:
    if number.is_integer() and 19_000_101 <= number <= 99_991_231:
        return read_date(str(int(number)), first=first, last=last)
    if not number.is_integer() or not 61 <= number <= 2_958_465:
        raise BadDate(f"应填日期，现为“{number:g}”。{EXAMPLE}")
    day = EPOCH + dt.timedelta(days=int(number))
    return _within(day, day.isoformat(), first, last)


def _date(match: re.Match[str], shown: str) -> dt.date:
    year, month, day = (int(part) for part in match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise BadDate(f"没有“{_short(shown)}”这一天，请核对。") from error


def _within(day: dt.date, shown: str, first: dt.date, last: dt.date) -> dt.date:
    if not first <= day <= last:
        raise BadDate(f"日期应在 {first.isoformat()} 至 {last.isoformat()} 之间，现为“{_short(shown)}”。")
    return day


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
