"""Workbooks and CSV that we write: text stays text, codes stay text, memory stays constant."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from core import clock

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
    "default_date_format": "yyyy-mm-dd",
}
HEADER = {
    "bold": True,
    "bg_color": "#E8EEF7",
    "border": 1,
    "text_wrap": True,
    "valign": "vcenter",
    "align": "center",
}
LONGEST_EXACT = 15
RUNNABLE = frozenset("=+-@\t\r")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
FORBIDDEN_IN_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_rows(
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    code_columns: Collection[int] = (),
    watermark: str = "",
    title: str = "数据",
    notes: Sequence[str] = (),
) -> bytes:
    """A workbook of one sheet; `code_columns` (from 0) are text with format @, `watermark` stands on a last sheet.

    `notes` come as lines on the same last sheet. Numbers of more than 15 digits are written as text.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, OPTIONS)
    text = book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet(sheet_title(title))
    codes = frozenset(code_columns)
    sheet.freeze_panes(1, 0)
    for i, label in enumerate(headers):
        sheet.set_column(i, i, min(max(len(label) * 2 + 2, 12), 40), text if i in codes else None)
    header = book.add_format(HEADER)
    for i, label in enumerate(headers):
        sheet.write_string(0, i, label, header)
    for number, row in enumerate(rows, start=1):
        for i, value in enumerate(row):
            kind = type(value)
            if kind is str:
                if value:
                    sheet.write_string(number, i, value[:32767], text if i in codes else None)
            elif value is None:
                continue
            elif i in codes:
                sheet.write_string(number, i, str(value), text)
            else:
                _write(sheet, (number, i), value, (text, date, moment))
    if watermark or notes:
        last = book.add_worksheet("说明")
        last.set_column(0, 0, 80)
        for number, line in enumerate([*notes, *([watermark] if watermark else [])]):
            last.write_string(number, 0, line)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, at: tuple[int, int], value: Any, formats: tuple[Any, Any, Any]) -> None:
    text, date, moment = formats
    if isinstance(value, bool):
        sheet.write_string(*at, "是" if value else "否")
    elif isinstance(value, int | float | Decimal):
        if (isinstance(value, Decimal) and not value.is_finite()) or (
            isinstance(value, float) and value - value != 0
        ):
            sheet.write_string(*at, str(value))
        elif (
            not isinstance(value, float)
            and len(format(value, "f" if isinstance(value, Decimal) else "d").strip("-0.").replace(".", ""))
            > LONGEST_EXACT
        ):
            sheet.write_string(*at, str(value) if isinstance(value, int) else format(value, "f"), text)
        else:
            sheet.write_number(*at, float(value) if isinstance(value, Decimal) else value)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(*at, county_time(value), moment)
    elif isinstance(value, dt.date):
        sheet.write_datetime(*at, value, date)
    else:
        sheet.write_string(*at, str(value)[:32767])


def sheet_title(title: str) -> str:
    """A title that Excel and WPS take: at most 31 characters, none of the seven signs they forbid."""
    return title.translate(FORBIDDEN_IN_TITLE).strip()[:31] or "数据"


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Lines of a CSV with byte order mark; text that a spreadsheet program would run gets a leading '."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow([guarded(label) for label in headers])
    yield buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([guarded(value) for value in row])
        yield buffer.getvalue()


def guarded(value: Any) -> str:
    """A value as CSV text that no spreadsheet program will run; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return format(county_time(value), "%Y-%m-%d %H:%M")
    text = str(value)
    if isinstance(value, str) and text[:1] in RUNNABLE and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def county_time(moment: dt.datetime) -> dt.datetime:
    """A moment as the county's clocks show it, without a zone, as a sheet holds it; a naive one stays."""
    return moment.astimezone(clock.COUNTY).replace(tzinfo=None) if moment.tzinfo else moment
