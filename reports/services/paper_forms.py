"""原表样: a department's own workbook, kept once per form and filled in with a period's data."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
from django.core.files.storage import default_storage

from core import audit
from core.downloads import XLSX
from core.errors import Invalid
from core.models import Attachment
from core.sheets import filled as filling
from core.sheets import gate
from core.sheets.errors import SheetRefused
from core.sheets.headers import FIRST_ROWS, normalise
from core.uploads import keep, path_of, scanned, servable
from core.workflow import check_permission
from reports.models import Form
from reports.services.data import Row, Table

MANAGE = "reports.manage_forms"
MODEL = "reports.Form"
PURPOSE = "原表样"


def head_of(form: Form) -> dict[str, str]:
    """The block top right of a form on page and paper: 表号·制表单位·准入编号·有效期至."""
    return {
        "table_code": form.code,
        "maker": form.owner.name,
        "number": str(form.number) if form.number_id else "未准入",
        "valid_to": f"{form.valid_until:%Y-%m-%d}" if form.valid_until else "—",
    }


def template_of(form: Form) -> Attachment | None:
    """The newest workbook kept for a form."""
    rows = Attachment.objects.filter(model=MODEL, object_id=str(form.pk), type=XLSX, scan__in=servable())
    return rows.order_by("-pk").first()


def keep_template(*, form: Form, name: str, content: bytes, actor: Any) -> Attachment:
    """Keep a workbook as the form's 原表样. Raises Invalid: no plain .xlsx (the gate's sentence), or not scanned."""
    check_permission(Form, form.pk, actor, MANAGE)
    if not content:
        raise Invalid("请选择原表样文件（.xlsx）。", field="file")
    if gate.inspect(content, name).kind != "xlsx":
        raise Invalid("原表样只收 .xlsx 文件，请用 WPS 或 Excel 另存为 .xlsx 后再上传。", field="file")
    scan = scanned(content, field="file")
    with audit.act(actor):
        kept = keep(content, name=name, kind=XLSX, scan=scan, of=form, actor=actor)
        audit.record("上传原表样", form, after={"name": kept.name, "hash": kept.hash})
    return kept


IDENTITIES = (
    "单位代码",
    "代码",
    "村（社区）",
    "村(社区)名称",
    "村名",
    "村名称",
    "行政村",
    "单位",
    "单位名称",
    "填报单位",
)
"""Headers that tell which unit a line of a department's workbook is about."""


def filled(template: Attachment, table: Table) -> bytes:
    """The department's workbook with the period's data; styles and merges stay.

    Lines are written below the headers that name indicators, one a unit with its name or code; 「{{指标代码}}」 takes the
    total. Raises SheetRefused where nothing matched, Invalid where lines could not be told apart.
    """
    with default_storage.open(path_of(template.hash)) as stored:
        content = stored.read()
    rows = [_line(row, table) for row in table.rows]
    if rows and not _names_units(content):
        rows = []
    totals = {item.code: cell.value for item, cell in zip(table.fields, table.totals, strict=True)}
    try:
        return filling.fill(
            content, rows=rows, values={**totals, "期别": table.period.code, "期别名称": table.period.label}
        )
    except SheetRefused as refused:
        raise Invalid(f"“{template.name}”没有填成：{refused.message}", field="file") from refused


def _line(row: Row, table: Table) -> dict[str, Any]:
    unit = row.unit
    code = unit.code or ""
    named = dict.fromkeys(IDENTITIES, unit.name) | {"单位代码": code, "代码": code}
    held = zip(table.fields, row.cells, strict=True)
    values = {key: cell.value for item, cell in held for key in (item.name, item.header)}
    return {**named, "乡镇": unit.parent.name if unit.parent else "", **values}


def _names_units(content: bytes) -> bool:
    """Whether a header of the first rows says which unit a line is about; otherwise numbers could stand beside others' names."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    known = {normalise(name) for name in IDENTITIES}
    cells = (
        value
        for sheet in book
        for line in sheet.iter_rows(max_row=FIRST_ROWS, values_only=True)
        for value in line
    )
    return any(normalise(value) in known for value in cells)
