"""Asking for a form: eight questions, a saved draft, sending in, taking back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from core import audit, clock, pinyin
from core.errors import Invalid, NotAllowed, Stale, WrongState
from core.periods import Frequency
from core.workflow import check_permission, take
from organization.models import Unit
from organization.services import notices
from organization.services.calendar import WorkCalendar
from reports.choices import Category, DueKind, ElementStatus, RequestKind, RequestState
from reports.models import Element, Form, FormField, FormRequest, FormVersion
from reports.services import burden, due_days
from reports.services.admission import latest_end, refuse_unusable, require_usable
from reports.workflow import SUBMIT, WITHDRAW

ASK = "reports.request_forms"
DECIDE_WITHIN = 5
"""Working days in which a request is decided (一表一审)."""
EDITABLE = (RequestState.DRAFT, RequestState.RETURNED)
ENDORSED = "已经本单位负责人审定"
UNENDORSED = "送审前须经本单位负责人审定。"
WORDS = (
    "purpose",
    "use",
    "basis",
    "superior_ref",
    "superior_frequency",
    "sources",
    "valid_until",
    "change_code",
)
REQUIRED = {
    "purpose": "请写明收集目的。",
    "use": "请写明数据用在哪里。",
    "basis": "请写明依据（文号）；没有文号的写明工作依据。",
    "sources": "请写明已查过哪些现有数据来源；这一项不填不能送审。",
}
PAGE_ORDER = (
    "change_code",
    "fields",
    "opens_day",
    "due_n",
    "valid_until",
    "respondents",
    "purpose",
    "use",
    "basis",
    "superior_ref",
    "sources",
    "endorsed",
)
"""What may be missing, as the page asks for it."""


@dataclass(frozen=True)
class Chosen:
    """One indicator as the requester placed it."""

    element_id: int
    section: str = ""
    required: bool = True
    by_superior: bool = False
    extra_reason: str = ""


@dataclass(frozen=True)
class Draft:
    """What the request page holds. `respondent_rule` as in FormVersion; `due_n` a day of the period or working days."""

    requester_id: int
    name: str
    category: str = Category.COUNTY
    frequency: str = Frequency.MONTHLY
    opens_day: int = 0
    due_kind: str = DueKind.DAY
    due_n: int = 28
    respondent_rule: dict[str, Any] = field(default_factory=lambda: {"kind": "all"})
    purpose: str = ""
    use: str = ""
    basis: str = ""
    superior_ref: str = ""
    superior_frequency: str = ""
    sources: str = ""
    valid_until: dt.date | None = None
    change_code: str = ""
    chosen: tuple[Chosen, ...] = ()

    @property
    def compares(self) -> bool:
        """Whether a superior's form stands behind it, so that each further field needs its reason (F20)."""
        return self.category == Category.SUPERIOR or bool(self.superior_ref.strip())


def requesters(actor: Any) -> Any:
    """Units in whose name the person may ask: the department, or the township (not its villages)."""
    units = Unit.objects.for_user(actor, ASK).present()
    return units.filter(level__in=["department", "township"]).order_by("order_no", "pk")


def save_draft(
    draft: Draft,
    *,
    actor: Any,
    pk: int | None = None,
    version: int | None = None,
    kind: str = RequestKind.NEW,
) -> FormRequest:
    """Store a draft, new or again. Raises Http404, NotAllowed, WrongState, Stale, Invalid (`errors` by field), RuleRefused (not 启用)."""
    _check_draft(draft)
    with audit.act(actor):
        if pk is None:
            return _new(draft, actor, kind)
        check_permission(FormRequest, pk, actor, ASK)
        rows = FormRequest.objects.select_for_update(of=("self",)).select_related("form", "form_version")
        request = rows.get(pk=pk)
        if request.state not in EDITABLE:
            raise WrongState(f"当前为“{request.get_state_display()}”，不能修改。")
        if request.form_version.in_force and _asked(draft) != _asked(draft_of(request)):
            raise Invalid("延期不改指标、频次和填报范围；需要改动的请走修订。", field="fields")
        if version != request.version:
            raise Stale(current={name: str(getattr(request, name) or "") for name in WORDS})
        for name in WORDS:
            setattr(request, name, getattr(draft, name))
        request.version += 1
        audit.save(request, "修改报表申请")
        _write_form(request, draft)
        _write_version(request.form_version, draft)
        return request


def _asked(draft: Draft) -> tuple[object, ...]:
    """What is asked of whom and how often."""
    rule = draft.respondent_rule
    units = (rule.get("kind"), sorted(rule.get("ids") or []))
    return [one.element_id for one in draft.chosen], draft.frequency, draft.due_kind, draft.due_n, units


def _check_draft(draft: Draft) -> None:
    if not draft.name.strip():
        raise Invalid("请填写报表名称。", field="name")
    ids = [one.element_id for one in draft.chosen]
    if len(ids) != len(set(ids)):
        raise Invalid("同一指标在一张表中只能出现一次。", field="fields")
    elements = list(Element.objects.filter(pk__in=ids).order_by("pk"))
    if len(elements) != len(ids):
        raise Invalid("所选指标中有指标库里没有的，请重新选择。", field="fields")
    refuse_unusable([one for one in elements if one.status != ElementStatus.ACTIVE])


def _new(draft: Draft, actor: Any, kind: str) -> FormRequest:
    owner = requesters(actor).filter(pk=draft.requester_id).first()
    if owner is None:
        raise NotAllowed("只能以本单位名义申请报表。")
    name = draft.name.strip()
    form = Form(
        code=uuid.uuid4().hex[:20],
        name=name,
        pinyin=pinyin.full(name),
        initials=pinyin.initials(name),
        category=draft.category,
        owner=owner,
    )
    form.save()
    form.code = f"B{form.pk:05}"
    form.save(update_fields=["code"])
    version = FormVersion(form=form, n=1)
    _write_version(version, draft)
    who = actor.who()
    request = FormRequest(
        kind=kind,
        requester=owner,
        form=form,
        form_version=version,
        created_at=clock.now(),
        created_by_id=who.id,
        created_by=who.name,
        **{name: getattr(draft, name) for name in WORDS},
    )
    audit.save(request, "起草报表申请")
    return request


def _write_form(request: FormRequest, draft: Draft) -> None:
    """Name and category belong to the draft form; a form in force keeps its own until the decision."""
    form = request.form
    if form.number_id is not None:
        return
    form.name, form.category = draft.name.strip(), draft.category
    form.pinyin, form.initials = pinyin.full(form.name), pinyin.initials(form.name)
    audit.save(form, "修改报表名称")


def _write_version(version: FormVersion, draft: Draft) -> None:
    if version.in_force:
        return
    version.frequency, version.opens_day = draft.frequency, draft.opens_day
    version.due_kind, version.due_n = draft.due_kind, draft.due_n
    version.respondent_rule = draft.respondent_rule
    version.minutes_fixed = burden.factors()[0]
    audit.save(version, "保存报表设计")
    version.fields.all().delete()
    FormField.objects.bulk_create(
        FormField(
            form_version=version,
            element_id=one.element_id,
            place=place,
            section=one.section.strip(),
            required=one.required,
            by_superior=one.by_superior,
            extra_reason=one.extra_reason.strip(),
        )
        for place, one in enumerate(draft.chosen, 1)
    )


def draft_of(request: FormRequest) -> Draft:
    """The stored draft as the page shows it."""
    version, form = request.form_version, request.form
    fields = version.fields.order_by("place", "pk")
    return Draft(
        requester_id=request.requester_id,
        name=form.name,
        category=form.category,
        frequency=version.frequency,
        opens_day=version.opens_day,
        due_kind=version.due_kind,
        due_n=version.due_n,
        respondent_rule=version.respondent_rule,
        chosen=tuple(
            Chosen(one.element_id, one.section, one.required, one.by_superior, one.extra_reason)
            for one in fields
        ),
        **{name: getattr(request, name) for name in WORDS},
    )


def missing(draft: Draft, kind: str = RequestKind.NEW) -> dict[str, str]:
    """What must still be written before sending in: sentences by field, in the order of the page."""
    errors = {}
    if not draft.chosen:
        errors["fields"] = "请至少选一项指标。"
    errors |= due_days.refusals(draft.frequency, draft.opens_day, draft.due_kind, draft.due_n)
    errors |= {name: text for name, text in REQUIRED.items() if not str(getattr(draft, name)).strip()}
    if draft.category == Category.SUPERIOR and not draft.superior_ref.strip():
        errors["superior_ref"] = "上级部署的报表请写明上级报表或通知的文号。"
    if draft.compares and any(not one.by_superior and not one.extra_reason.strip() for one in draft.chosen):
        errors["fields"] = "超出上级要求的指标，请逐项写明理由。"
    if not burden.respondent_ids(draft.respondent_rule):
        errors["respondents"] = "请选择填报单位。"
    today = clock.today()
    if draft.valid_until and not today <= draft.valid_until <= latest_end(today):
        errors["valid_until"] = f"有效期最长 12 个月，应在今天至 {latest_end(today):%Y-%m-%d} 之间。"
    if kind == RequestKind.REVISE and not draft.change_code:
        errors["change_code"] = "请选择变化原因，区分实际压减和口径调整。"
    return {name: errors[name] for name in sorted(errors, key=PAGE_ORDER.index)}


def submit(pk: int, *, version: int | None, actor: Any, endorsed: bool) -> FormRequest:
    """Send in; freezes D × E × G and the day to decide by.

    Raises Invalid (`errors` by field: 现有数据来源 blank, no endorsement…), RuleRefused (an indicator not 启用).
    """
    today = clock.today()
    with take(SUBMIT, FormRequest, pk, actor=actor, version=version, reason=ENDORSED) as request:
        errors = missing(draft_of(request), request.kind)
        if not endorsed:
            errors["endorsed"] = UNENDORSED
        if errors:
            raise Invalid("还有内容未填好，未送审，草稿已保留。", errors=errors)
        require_usable(request.form_version)
        estimate(request)
        request.submitted_at = clock.now()
        request.decide_by = WorkCalendar.load(today, today + dt.timedelta(days=20)).add(today, DECIDE_WITHIN)
    tell_deciders(request)
    return request


def estimate(request: FormRequest) -> None:
    """Write D, E, G and hours before and after into the (locked) request."""
    after = burden.of_version(request.form_version)
    request.respondents, request.times_a_year, request.minutes_each = after.units, after.times, after.minutes
    request.hours_after = after.hours_a_year
    current = current_version(request.form)
    request.hours_before = burden.of_version(current).hours_a_year if current else 0


def current_version(form: Form) -> FormVersion | None:
    """The newest version in force."""
    return FormVersion.objects.filter(form=form, in_force=True).order_by("-n").first()


def tell_deciders(request: FormRequest, *, within: str = "5 个工作日") -> None:
    """Tell those who decide: 县统计局 for statutory forms, 县政数局 for the others."""
    statutory = request.form.category == Category.STATUTORY
    permission = "reports.register_statutory" if statutory else "reports.decide_requests"
    departments = Unit.objects.departments().values_list("pk", flat=True)
    notices.tell(
        notices.people(departments, permission),
        kind="request_submitted",
        key=f"request-in:{request.pk}:{request.version}",
        text=f"{request.requester.name}《{request.form.name}》已送审，请在 {within}内审结",
        url=f"/reports/requests/{request.pk}/",
        urgent=request.kind == RequestKind.URGENT,
    )


def withdraw(pk: int, *, version: int | None, actor: Any) -> FormRequest:
    """Take back what was not yet decided."""
    with take(WITHDRAW, FormRequest, pk, actor=actor, version=version) as request:
        request.decide_by = None
    return request
