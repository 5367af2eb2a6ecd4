"""Deciding a request: 准入, 并入, 直接取用, 登记, 退回修改, 驳回. One request, one decision, under the register's lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from core import audit, clock
from core.errors import Invalid, RuleRefused
from core.limits import Finding
from core.periods import Frequency
from core.workflow import Step, take
from organization.services import notices
from reports.choices import Category, FormState, ReasonCode, RequestKind, RequestState
from reports.models import Element, Form, FormField, FormRequest
from reports.services import due_days, duplicates
from reports.services.admission import activate, end, lock_register, require_usable, tell_owner
from reports.services.admission_asking import estimate
from reports.workflow import (
    ADMIT,
    DROP,
    MERGE,
    MERGE_AWAY,
    REGISTER,
    REGISTER_STATUTORY,
    REJECT_STEP,
    RETURN,
    REVOKE,
    TAKE,
)

REJECTIONS = (
    ReasonCode.UNNECESSARY,
    ReasonCode.DUPLICATE,
    ReasonCode.OVER_SUPERIOR,
    ReasonCode.INCOMPLETE,
)
UNCHECKED = (RequestKind.RENEW, RequestKind.URGENT)
"""Kinds not compared for duplication: a renewal asks nothing new, an urgent demand is the superior's."""


@contextmanager
def _deciding(
    step: Step, pk: int, actor: Any, version: int | None, opinion: str = "", reason: str = ""
) -> Iterator[FormRequest]:
    """Take the step under the register's lock and write who decided, when and what was said."""
    with take(
        step, FormRequest, pk, actor=actor, version=version, reason=reason or opinion, claim=lock_register
    ) as request:
        request.decided_at, request.decided_by = clock.now(), actor.who().name
        request.opinion = (reason or opinion).strip()
        yield request


def ids_of(request: FormRequest) -> list[int]:
    """Indicators of the requested version in their order."""
    return list(request.form_version.fields.order_by("place", "pk").values_list("element_id", flat=True))


def duplicate_of(request: FormRequest) -> Finding | None:
    """The hard finding that keeps a request from 准入, if any."""
    if request.kind in UNCHECKED:
        return None
    return duplicates.refusal(ids_of(request), without_form=request.form_id, earlier_than=request)


def require_new(request: FormRequest) -> None:
    """Refuse what repeats a form in force or sent in earlier. Raises RuleRefused `reports.duplicate` (F19)."""
    found = duplicate_of(request)
    if found is not None:
        raise RuleRefused([found])


def may_adjust(request: FormRequest) -> bool:
    """Whether the decision may change how often the form is filled: not what already runs, a one-off demand or a statutory survey."""
    statutory = request.form.category == Category.STATUTORY
    return request.kind not in UNCHECKED and not request.form_version.in_force and not statutory


def _adjust(request: FormRequest, frequency: str) -> None:
    """Admit at another frequency than asked: the version, its days and the opinion say so. Raises Invalid."""
    version = request.form_version
    if not frequency or frequency == version.frequency:
        return
    if frequency not in Frequency.values or not may_adjust(request):
        raise Invalid("本申请的频次不能在审核时调整，请退回修改。", field="frequency")
    said = f"频次由{version.get_frequency_display()}调整为{Frequency(frequency).label}。"
    version.frequency = frequency
    version.due_n = due_days.bounded(frequency, version.due_n)
    if due_days.refusals(frequency, version.opens_day, version.due_kind, version.due_n):
        version.opens_day = 0
    audit.save(version, said.rstrip("。"))
    if said not in request.opinion:
        request.opinion = f"{request.opinion}\n{said}".strip()


def admit(pk: int, *, version: int | None, actor: Any, opinion: str = "", frequency: str = "") -> FormRequest:
    """准入并编号: gapless number, validity of at most twelve months, respondents frozen.

    `frequency` other than asked admits the form at that one. A provisional request keeps its temporary number.
    Raises RuleRefused (`reports.duplicate`, `reports.element_not_standard`), Invalid, WrongState, Stale, Busy.
    """
    with _deciding(ADMIT, pk, actor, version, opinion) as request:
        if request.state == RequestState.PROVISIONAL:
            told = f"《{request.form.name}》已补审，临时编号有效至 {request.form.valid_until:%Y-%m-%d}"
        else:
            require_usable(request.form_version)
            require_new(request)
            _adjust(request, frequency)
            estimate(request)
            form = activate(request, until=request.valid_until)
            told = f"《{form.name}》已准入，编号 {form.number}，有效期至 {form.valid_until:%Y-%m-%d}"
    tell_owner(request, told)
    return request


def register(
    pk: int, *, version: int | None, actor: Any, opinion: str = "", frequency: str = ""
) -> FormRequest:
    """登记（上级统一部署）: a superior's form with its reference gets a number, at `frequency` if given.

    Duplication is shown, not refused. Raises Invalid (not a superior's form, a frequency that cannot be changed).
    """
    with _deciding(REGISTER, pk, actor, version, opinion) as request:
        if request.form.category != Category.SUPERIOR or not request.superior_ref.strip():
            raise Invalid("只有写明上级报表或通知文号的“上级部署”报表可以登记。", field="superior_ref")
        _adjust(request, frequency)
        form = _registered(request)
    tell_owner(request, f"《{form.name}》已登记，编号 {form.number}，有效期至 {form.valid_until:%Y-%m-%d}")
    return request


def register_statutory(pk: int, *, version: int | None, actor: Any, opinion: str = "") -> FormRequest:
    """登记（法定统计调查）by 县统计局 with the 文号 of its approval."""
    with _deciding(REGISTER_STATUTORY, pk, actor, version, opinion) as request:
        if not request.basis.strip():
            raise Invalid("法定统计调查须写明批准或备案文号。", field="basis")
        form = _registered(request)
    tell_owner(request, f"《{form.name}》已登记，编号 {form.number}，有效期至 {form.valid_until:%Y-%m-%d}")
    return request


def _registered(request: FormRequest) -> Form:
    require_usable(request.form_version)
    estimate(request)
    form = activate(request, until=request.valid_until)
    form.reference = (request.superior_ref or request.basis)[:120]
    audit.save(form, "登记文号")
    return form


def take_existing(
    pk: int,
    *,
    version: int | None,
    actor: Any,
    element_ids: Iterable[int],
    opinion: str = "",
    frequency: str = "",
) -> FormRequest:
    """直接取用: these indicators are read from what exists; the rest, if any, is admitted, at `frequency` if given.

    Raises Invalid (nothing chosen, an indicator without values to take), RuleRefused (the rest is a duplicate).
    """
    wanted = set(element_ids)
    with _deciding(TAKE, pk, actor, version, opinion) as request:
        mine = ids_of(request)
        if not wanted or not wanted <= set(mine):
            raise Invalid("请勾选本申请中可直接取用的指标。", field="take")
        elements = Element.objects.filter(pk__in=wanted).order_by("pk")
        without = [
            one.element.name
            for one in duplicates.holdings(elements, without_form=request.form_id)
            if not one.available
        ]
        if without:
            raise Invalid(f"“{'”“'.join(without)}”没有可直接取用的数据。", field="take")
        request.taken_elements = sorted(wanted)
        FormField.objects.filter(form_version=request.form_version, element_id__in=wanted).delete()
        rest = [pk for pk in mine if pk not in wanted]
        told = _admit_rest(request, len(rest), frequency) if rest else _drop(request)
    tell_owner(request, told)
    return request


def _admit_rest(request: FormRequest, rest: int, frequency: str) -> str:
    require_usable(request.form_version)
    require_new(request)
    _adjust(request, frequency)
    estimate(request)
    form = activate(request, until=request.valid_until)
    taken = len(request.taken_elements)
    return f"《{form.name}》{taken} 项不再向村要，其余 {rest} 项准入，编号 {form.number}"


def _drop(request: FormRequest) -> str:
    estimate(request)
    request.times_a_year, request.minutes_each, request.hours_after = 0, Decimal(0), Decimal(0)
    if request.form.state == FormState.DRAFT:
        with take(DROP, Form, request.form_id, actor=audit.SYSTEM, reason="指标全部直接取用") as form:
            return f"《{form.name}》{len(request.taken_elements)} 项全部直接取用，不再新增报表"
    return f"《{request.form.name}》{len(request.taken_elements)} 项全部直接取用，不作修订"


def merge(pk: int, *, version: int | None, actor: Any, into: int, opinion: str = "") -> FormRequest:
    """并入: the requester uses a form in force; the draft points to it and its owner is told.

    Raises Invalid when the other form is not in force.
    """
    with _deciding(MERGE, pk, actor, version, opinion) as request:
        target = Form.objects.in_force(clock.today()).exclude(pk=request.form_id).filter(pk=into).first()
        if target is None:
            raise Invalid("请选择一张在用的报表。", field="into")
        request.merged_into = target
        if request.kind in {RequestKind.REVISE, RequestKind.RENEW}:
            request.change_code = ReasonCode.MERGED_AWAY
        _point(request.form, target)
    tell_owner(request, f"《{request.form.name}》并入《{target.name}》，数据从该表取用")
    notices.tell(
        notices.people([target.owner_id], "reports.manage_forms"),
        kind="form_merged",
        key=f"merged:{request.pk}:{target.pk}",
        text=f"{request.requester.name}《{request.form.name}》并入贵单位《{target.name}》",
        url=f"/reports/forms/{target.pk}/",
    )
    return request


def _point(form: Form, target: Form) -> None:
    if form.state == FormState.ACTIVE:
        end(
            MERGE_AWAY,
            form.pk,
            reason=f"并入《{target.name}》",
            text=f"《{form.name}》已并入《{target.name}》，停止填报",
        )
        form.refresh_from_db()
    elif form.state == FormState.DRAFT:
        with take(MERGE_AWAY, Form, form.pk, actor=audit.SYSTEM, reason=f"并入《{target.name}》"):
            pass
        form.refresh_from_db()
    form.successor = target
    audit.save(form, "并入")


def send_back(pk: int, *, version: int | None, actor: Any, reason: str) -> FormRequest:
    """退回修改 with what to change."""
    with take(RETURN, FormRequest, pk, actor=actor, version=version, reason=reason) as request:
        request.opinion = reason.strip()
        request.decide_by = None
    tell_owner(request, f"《{request.form.name}》退回修改：{reason.strip()}"[:300])
    return request


def reject(pk: int, *, version: int | None, actor: Any, reason: str, code: str) -> FormRequest:
    """驳回 with a coded reason and its text; a temporary number is revoked and its open rows stop.

    Raises Invalid when the reason code is none of `REJECTIONS`.
    """
    with _deciding(REJECT_STEP, pk, actor, version, reason=reason) as request:
        if code not in REJECTIONS:
            raise Invalid("请选择驳回原因。", field="reason_code")
        request.reason_code = code
        if request.state == RequestState.PROVISIONAL:
            text = f"《{request.form.name}》临时编号已撤销，停止填报"
            end(REVOKE, request.form_id, reason=reason, text=text)
    tell_owner(request, f"《{request.form.name}》驳回（{ReasonCode(code).label}）：{reason.strip()}"[:300])
    return request
