"""A form's data as sheet, csv and json: 12-digit unit codes (REF_AREA) and period codes (TIME_PERIOD) stay text (F7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse

from core import clock
from core.downloads import csv_lines, named, watermark, workbook
from core.sheets.writer import write_rows
from reports.services.data import Row, Table

FIXED = ("REF_AREA", "乡镇", "村（社区）", "TIME_PERIOD", "状态")
CODES = (0, 3)


def name_of(table: Table) -> str:
    """File name: form, period, moment."""
    return f"{table.form.name}-{table.period.code}-{clock.now():%Y%m%d-%H%M}"


def headers(table: Table) -> list[str]:
    """Fixed columns, then an indicator each with its unit."""
    return [*FIXED, *(item.header for item in table.fields)]


def _fixed(table: Table, row: Row) -> list[Any]:
    unit = row.unit
    state = row.assignment.get_state_display() if row.assignment else ""
    return [unit.code or "", unit.parent.name if unit.parent else "", unit.name, table.period.code, state]


def lines(table: Table) -> Iterator[list[Any]]:
    """One line a unit; a missing value is an empty cell."""
    for row in table.rows:
        yield [*_fixed(table, row), *(cell.value for cell in row.cells)]


def as_xlsx(table: Table, user: Any) -> HttpResponse:
    """Workbook with codes as text and, in its last row, who took it and when."""
    content = write_rows(
        headers(table),
        lines(table),
        code_columns=list(CODES),
        watermark=watermark(user.who()),
        title=table.form.name,
    )
    return workbook(content, name_of(table))


def as_csv(table: Table) -> StreamingHttpResponse:
    """The same as text."""
    return csv_lines(headers(table), lines(table), name_of(table))


def observations(table: Table) -> list[dict[str, Any]]:
    """One observation a value: unit, period of the indicator's own cycle, indicator, value, measure, status."""
    return [
        {
            "REF_AREA": row.unit.code,
            "TIME_PERIOD": item.period,
            "INDICATOR": item.code,
            "EXTERNAL_CODE": item.external_code or None,
            "OBS_VALUE": format(cell.number, "f") if cell.number is not None else cell.text,
            "UNIT_MEASURE": item.unit or None,
            "OBS_STATUS": row.assignment.state if row.assignment else None,
        }
        for row in table.rows
        for item, cell in zip(table.fields, row.cells, strict=True)
        if cell.value is not None
    ]


def as_json(table: Table) -> HttpResponse:
    """Observations for the provincial platform, with its own indicator codes where known."""
    body = {
        "form": {"code": table.form.code, "name": table.form.name, "number": str(table.form.number or "")},
        "period": table.period.code,
        "observations": observations(table),
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    named(response, f"{name_of(table)}.json")
    return response
