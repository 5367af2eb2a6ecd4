"""原表样: a department's own workbook, kept once per form and filled in with a period's data."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core import audit, clock
from core.errors import Invalid
from core.models import Attachment
from core.sheets import gate
from core.workflow import check_permission
from reports.models import Form
from reports.services.data import Table

MANAGE = "reports.manage_forms"
MODEL = "reports.Form"
PURPOSE = "原表样"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return Attachment.objects.filter(model=MODEL, object_id=str(form.pk), type=XLSX).order_by("-pk").first()


def path_of(digest: str) -> str:
    """Where a file lies under MEDIA_ROOT: by the digest of its bytes."""
    return f"files/{digest[:2]}/{digest}"


def keep_template(*, form: Form, name: str, content: bytes, actor: Any) -> Attachment:
    """Keep a workbook as the form's 原表样. Raises Invalid with the gate's sentence where it is not a plain .xlsx."""
    check_permission(Form, form.pk, actor, MANAGE)
    if not content:
        raise Invalid("请选择原表样文件（.xlsx）。", field="file")
    if gate.inspect(content, name).kind != "xlsx":
        raise Invalid("原表样只收 .xlsx 文件，请用 WPS 或 Excel 另存为 .xlsx 后再上传。", field="file")
    digest = hashlib.sha256(content).hexdigest()
    if not default_storage.exists(path_of(digest)):
        default_storage.save(path_of(digest), ContentFile(content))
    with audit.act(actor):
        kept = Attachment.objects.create(
            hash=digest,
            name=name[:200],
            type=XLSX,
            size=len(content),
            model=MODEL,
            object_id=str(form.pk),
            uploaded_by_id=actor.pk,
            uploaded_by=actor.who().name,
            at=clock.now(),
        )
        audit.record("上传原表样", form, after={"name": kept.name, "hash": digest})
    return kept


def filled(template: Attachment, table: Table) -> bytes:
    """The department's workbook with the period's data; styles and merges stay. Raises Invalid where nothing matched."""
    from core.sheets import filled as filling

    with default_storage.open(path_of(template.hash)) as stored:
        content = stored.read()
    rows = [
        {
            "单位代码": row.unit.code or "",
            "乡镇": row.unit.parent.name if row.unit.parent else "",
            "村（社区）": row.unit.name,
            **{item.name: cell.value for item, cell in zip(table.fields, row.cells, strict=True)},
        }
        for row in table.rows
    ]
    totals = {item.code: cell.value for item, cell in zip(table.fields, table.totals, strict=True)}
    return filling.fill(
        content, rows=rows, values={**totals, "期别": table.period.code, "期别名称": table.period.label}
    )
