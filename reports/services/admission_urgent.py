"""上级急要数: the superior's notice gives a temporary number at once; one-off, at most 30 days, reviewed in 3 working days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from core import audit, clock
from core.errors import Invalid
from core.limits import in_force
from core.models import Attachment, Waiver
from core.periods import Frequency
from core.uploads import keep, scanned, servable
from core.workflow import take
from organization.services.calendar import WorkCalendar
from reports.choices import Category, DueKind, RequestKind
from reports.models import FormRequest
from reports.services import burden
from reports.services.admission import activate, lock_register, require_usable
from reports.services.admission_asking import Draft, estimate, save_draft, tell_deciders
from reports.services.collection import opening
from reports.workflow import PROVIDE

LARGEST_NOTICE = 10 * 1024 * 1024
KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
MODEL = "reports.FormRequest"


def sniffed(content: bytes) -> str:
    """Type of a notice told by its bytes. Raises Invalid for anything but PDF, PNG and JPEG up to 10 MB."""
    if not content:
        raise Invalid("请上传上级通知（PDF 或图片）。", field="notice")
    if len(content) > LARGEST_NOTICE:
        raise Invalid("文件超过 10 MB，请压缩后上传。", field="notice")
    for head, kind in KINDS:
        if content.startswith(head):
            return kind
    raise Invalid("上级通知只收 PDF、JPG、PNG，请另存或拍照后上传。", field="notice")


def ask_urgent(draft: Draft, *, actor: Any, name: str, content: bytes, days: int) -> FormRequest:
    """Temporary number and assignments at once; counted as an urgent demand, review due in three working days.

    `days` from today to the end and to the due day. Raises Invalid (`errors` by field), NotAllowed,
    RuleRefused (an indicator not 启用).
    """
    today, rule = clock.today(), in_force("reports.urgent").value
    kind = sniffed(content)
    _check(draft, days, int(rule["days"]))
    scan = scanned(content, field="notice")
    one_off = replace(
        draft,
        category=Category.SUPERIOR,
        frequency=Frequency.ONE_OFF,
        superior_frequency=Frequency.ONE_OFF,
        opens_day=1,
        due_kind=DueKind.DAY,
        due_n=days,
        basis=draft.basis or draft.superior_ref,
        purpose=draft.purpose or "上级急要数",
        sources=draft.sources or "上级急要数，补审时核对",
        chosen=tuple(replace(one, by_superior=True) for one in draft.chosen),
    )
    until = today + dt.timedelta(days=days - 1)
    with audit.act(actor, reason=f"上级急要数 {draft.superior_ref}"):
        made = save_draft(one_off, actor=actor, kind=RequestKind.URGENT)
        notice = keep(content, name=name, kind=kind, scan=scan, of=made, actor=actor)
        with take(PROVIDE, FormRequest, made.pk, actor=actor, claim=lock_register) as request:
            require_usable(request.form_version)
            estimate(request)
            request.submitted_at = clock.now()
            request.valid_until = until
            calendar = WorkCalendar.load(today, today + dt.timedelta(days=20))
            request.decide_by = calendar.add(today, int(rule["review_workdays"]))
            form = activate(request, until=until, temporary=True)
            form.reference = draft.superior_ref[:120]
            audit.save(form, "登记上级文号")
            _waive(request, notice)
        opening.open_periods(today, actor, [request.form_id])
    tell_deciders(request, within="3 个工作日")
    return request


def _check(draft: Draft, days: int, most: int) -> None:
    errors = {}
    if not draft.superior_ref.strip():
        errors["superior_ref"] = "请写明上级通知的文号或标题。"
    if not draft.chosen:
        errors["fields"] = "请至少选一项指标。"
    if not burden.respondent_ids(draft.respondent_rule):
        errors["respondents"] = "请选择填报单位。"
    if not 1 <= days <= most:
        errors["days"] = f"临时编号最长 {most} 天。"
    if errors:
        raise Invalid("还有内容未填好，未取得临时编号。", errors=errors)


def _waive(request: FormRequest, notice: Attachment) -> None:
    Waiver.objects.create(
        rule="reports.not_admitted",
        kind=Waiver.Kind.SUPERIOR,
        reference=request.superior_ref[:200],
        basis=request.purpose,
        until=request.valid_until,
        model=MODEL,
        object_id=str(request.pk),
        attachment_id=notice.pk,
        act=audit.current().id,
        at=clock.now(),
    )


def notice_of(request: FormRequest) -> Attachment | None:
    """The superior's notice kept for a request."""
    rows = Attachment.objects.filter(model=MODEL, object_id=str(request.pk), scan__in=servable())
    return rows.order_by("-pk").first()
