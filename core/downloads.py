"""Files that leave the platform: the name in Chinese (RFC 6266), the mark of who took them, text that no program runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from core import clock
from core.audit import Who
from core.sheets.writer import write_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def named(response: HttpResponseBase, name: str) -> None:
    """Make an answer a download under a file name with its ending."""
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"


def workbook(content: bytes, name: str) -> HttpResponse:
    """A workbook as a download; `name` without ending."""
    response = HttpResponse(content, content_type=XLSX)
    named(response, f"{name}.xlsx")
    return response


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> StreamingHttpResponse:
    """Rows as CSV, sent as they come; `name` without ending."""
    response = StreamingHttpResponse(write_csv(headers, rows), content_type=CSV)
    named(response, f"{name}.csv")
    return response


def watermark(who: Who) -> str:
    """Who took the file and when; stands on the last sheet."""
    return f"{who.unit} {who.name} {clock.now():%Y-%m-%d %H:%M} 导出"
