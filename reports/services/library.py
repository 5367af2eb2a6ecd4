"""Keeping the indicator library: propose, describe, version, start, supersede, retire, and where it is used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.http import Http404

from core import audit, edits, pinyin
from core.errors import Invalid, NotAllowed, Stale, WrongState
from core.periods import containing
from core.workflow import check_permission, take
from organization.models import Unit
from organization.reach import reach
from reports.choices import ElementStatus, FormState, ValueType
from reports.models import Element, ElementVersion, Form, FormRequest, Value
from reports.querysets import PENDING_REQUESTS
from reports.workflow_elements import RETIRE, STEPS, SUPERSEDE

MANAGE = "reports.manage_elements"
PROPOSE = "reports.request_forms"
PRESENT = (ElementStatus.PENDING, ElementStatus.ACTIVE)
SAME_NAME = "已有同名指标；口径不同请作为新版本，或换一个名称。"


@dataclass(frozen=True)
class Words:
    """What an indicator means. A change of any of these is a new version."""

    name: str
    definition: str
    value_type: str = ValueType.INTEGER
    unit: str = ""
    decimals: int = 0
    low: Decimal | None = None
    high: Decimal | None = None
    choices: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, version: ElementVersion) -> Words:
        """The words of a stored version."""
        return cls(**{name: getattr(version, name) for name in WORDS})


WORDS = ("name", "definition", "value_type", "unit", "decimals", "low", "high", "choices")
SETTINGS = (
    "source_unit_id",
    "basic",
    "sensitivity",
    "period_type",
    "aggregation",
    "carry",
    "likely_to_change",
    "external_code",
)


class SameName(Invalid):
    """The name is another present indicator's (F3); `element` is that one, so that a page can lead there."""

    def __init__(self, element: Element) -> None:
        super().__init__(SAME_NAME, field="name")
        self.element = element


@dataclass(frozen=True)
class Uses:
    """Where an indicator is used: forms in force, and requests waiting for a decision."""

    forms: list[Form]
    requests: list[FormRequest]

    @property
    def sentence(self) -> str:
        """Names of what uses it, three at most, with the count."""
        names = [f"报表“{form.name}”" for form in self.forms] + [
            f"申请“{request.form.name}”" for request in self.requests
        ]
        return "、".join(names[:3]) + (f"等 {len(names)} 处" if len(names) > 3 else "")

    def __bool__(self) -> bool:
        return bool(self.forms or self.requests)


def uses_of(element_id: int) -> Uses:
    """Forms in force and pending requests that hold the indicator (anchor-A27)."""
    forms = Form.objects.filter(
        state=FormState.ACTIVE, versions__in_force=True, versions__fields__element_id=element_id
    )
    requests = FormRequest.objects.filter(
        state__in=PENDING_REQUESTS, form_version__fields__element_id=element_id
    )
    return Uses(
        list(forms.select_related("owner", "number").distinct().order_by("pk")),
        list(requests.select_related("form", "requester").distinct().order_by("pk")),
    )


def latest_version(element_id: int) -> ElementVersion:
    """The newest wording."""
    version = ElementVersion.objects.filter(element_id=element_id).order_by("-n").first()
    if version is None:
        raise Http404
    return version


def version_on(element_id: int, period_start: dt.date) -> ElementVersion:
    """The wording in force for a period: the newest whose first period is not later; else the first one."""
    versions = ElementVersion.objects.filter(element_id=element_id)
    found = (
        versions.filter(from_period__lte=period_start).order_by("-n").first()
        or versions.order_by("n").first()
    )
    if found is None:
        raise Http404
    return found


def next_code(source_unit_id: int) -> str:
    """A free code for a proposal that names none: Z, the department's key, a serial of three digits."""
    prefix = f"Z{source_unit_id:03}"
    taken = set(Element.objects.filter(code__startswith=prefix).values_list("code", flat=True))
    return next(code for n in range(1, 10_000) if (code := f"{prefix}{n:03}") not in taken)


def check_words(words: Words) -> None:
    """What the fields of one wording ask of each other. Raises Invalid by field."""
    errors = {}
    if words.value_type == ValueType.CHOICE and len(words.choices) < 2:
        errors["choices"] = "选项型指标至少要有两个选项。"
    if words.value_type == ValueType.INTEGER and words.decimals:
        errors["decimals"] = "整数指标的小数位应为 0。"
    if errors:
        raise Invalid(next(iter(errors.values())), errors=errors)


def _check_name(name: str, *, but: int | None = None) -> None:
    twin = Element.objects.filter(name=name, status__in=PRESENT).exclude(pk=but or 0).first()
    if twin is not None:
        raise SameName(twin)


@contextmanager
def _one_name() -> Iterator[None]:
    """The sentence of the name's constraint where another writer was faster."""
    try:
        yield
    except IntegrityError as error:
        if "one_present_element_per_name" in str(error):
            raise Invalid(SAME_NAME, field="name") from error
        raise


def _valid(row: Element | ElementVersion) -> None:
    """Raise the constraint's and the fields' own sentences as Invalid."""
    try:
        row.full_clean()
    except ValidationError as error:
        errors = {
            ("" if name == "__all__" else name): "；".join(texts)
            for name, texts in error.message_dict.items()
        }
        raise Invalid(next(iter(errors.values())), errors=errors) from error


def _named(element: Element, name: str) -> None:
    element.name, element.pinyin, element.initials = name, pinyin.full(name), pinyin.initials(name)


def _may_propose(actor: Any, source_unit_id: int) -> bool:
    if actor is audit.SYSTEM or not reach(actor, MANAGE).empty:
        return True
    return _of_own_unit(actor, source_unit_id)


def _of_own_unit(actor: Any, unit_id: int) -> bool:
    own = reach(actor, PROPOSE)
    return (
        not own.empty and Unit.objects.filter(own.units("") | Q(pk__in=own.departments), pk=unit_id).exists()
    )


def propose_element(*, code: str, words: Words, from_period: dt.date, actor: Any, **settings: Any) -> Element:
    """Enter an indicator as 待审 with its first wording. 政数局 for any department, a unit for itself.

    Raises SameName, Invalid (by field), NotAllowed.
    """
    source_unit_id = settings["source_unit_id"]
    if not _may_propose(actor, source_unit_id):
        raise NotAllowed("只能提出本单位为来源部门的指标。")
    check_words(words)
    _check_name(words.name)
    element = Element(code=code or next_code(source_unit_id), status=ElementStatus.PENDING, **settings)
    _named(element, words.name)
    _valid(element)
    with _one_name(), audit.act(actor):
        element.save()
        version = ElementVersion(
            element=element, n=1, from_period=_first_day(element, from_period), **asdict(words)
        )
        _valid(version)
        version.save()
        audit.record("提出指标", element, after={**_plain(words), **_settings_of(element)})
    return element


def _first_day(element: Element, day: dt.date) -> dt.date:
    return containing(element.period_type, day).start


def _plain(words: Words) -> dict[str, Any]:
    texts = asdict(words)
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else audit.plain(value)
        for name, value in texts.items()
    }


def _settings_of(element: Element) -> dict[str, Any]:
    return {name: audit.plain(getattr(element, name)) for name in SETTINGS}


def may_keep(element: Element, actor: Any) -> bool:
    """政数局 keeps all indicators; a unit its own proposal while it waits."""
    if actor is audit.SYSTEM or not reach(actor, MANAGE).empty:
        return True
    return element.status == ElementStatus.PENDING and _of_own_unit(actor, element.source_unit_id)


def _check_keeper(element: Element, actor: Any) -> None:
    if not may_keep(element, actor):
        check_permission(Element, element.pk, actor, MANAGE)


def edit_element(*, pk: int, version: int, actor: Any, **settings: Any) -> Element:
    """Change what is not the meaning (source, sharing, carrying…). Raises Stale with the present texts, Invalid."""
    element = _existing(pk)
    _check_keeper(element, actor)
    period_type = settings.get("period_type", element.period_type)
    if period_type != element.period_type and Value.objects.filter(element_id=pk).exists():
        raise Invalid("已有数值的指标不能改更新周期，请另立指标并替代。", field="period_type")
    if not _may_propose(actor, settings.get("source_unit_id", element.source_unit_id)):
        raise NotAllowed("只能以本单位为来源部门。")
    with audit.act(actor):
        edits.update(element, version, "修改", **settings)
    return element


def _existing(pk: int) -> Element:
    element = Element.objects.select_related("source_unit").filter(pk=pk).first()
    if element is None:
        raise Http404
    return element


def revise_element(
    *, pk: int, version: int, words: Words, from_period: dt.date, actor: Any, reason: str = ""
) -> ElementVersion:
    """Give the indicator a new wording from a period on; values stored before keep the wording they were given under.

    Raises Stale, SameName, WrongState (not in use any more), Invalid (nothing changed, or the period has values).
    """
    element = _existing(pk)
    _check_keeper(element, actor)
    if element.status not in PRESENT:
        raise WrongState(f"当前为“{element.get_status_display()}”，不能立新版本。")
    check_words(words)
    _check_name(words.name, but=pk)
    last = latest_version(pk)
    if words == Words.of(last):
        raise Invalid("内容与现行版本相同，没有需要保存的变动。")
    start = _first_day(element, from_period)
    _check_start(element, last, start)
    fresh = ElementVersion(element=element, n=last.n + 1, from_period=start, **asdict(words))
    with _one_name(), audit.act(actor, reason=reason):
        _named(element, words.name)
        names = {"name": element.name, "pinyin": element.pinyin, "initials": element.initials}
        if not Element._base_manager.filter(pk=pk, version=version).update(**names, version=version + 1):
            raise Stale(current=_plain(Words.of(latest_version(pk))))
        _valid(fresh)
        fresh.save()
        old, new = audit.changes(_plain(Words.of(last)), _plain(words))
        audit.record(
            "新版本",
            element,
            before=old,
            after={**new, "n": fresh.n, "from_period": start.isoformat()},
            reason=reason,
        )
    return fresh


def _check_start(element: Element, last: ElementVersion, start: dt.date) -> None:
    if start <= last.from_period:
        raise Invalid(f"新版本须晚于现行版本的起始期（{last.from_period:%Y-%m-%d}）。", field="from_period")
    stored = Value.objects.filter(element=element, period_start__gte=start).order_by("-period_start").first()
    if stored is not None:
        raise Invalid(
            f"{stored.period} 已有按现行口径报送的数值，新版本请自更晚的一期起。", field="from_period"
        )


def move_element(
    *, step: str, pk: int, version: int | None, actor: Any, reason: str = "", successor_id: int | None = None
) -> Element:
    """Take a step of an indicator's registration. Raises Refused: wrong state, stale, in use, no successor."""
    if step not in STEPS:
        raise Http404
    moving = STEPS[step]
    taken = take(moving, Element, pk, actor=actor, version=version, reason=reason, field_name="status")
    with _one_name(), taken as element:
        if moving is RETIRE:
            used = uses_of(pk)
            if used:
                raise WrongState(f"仍用于{used.sentence}，不能停用。请先停用或修订这些报表。")
        if moving is SUPERSEDE:
            element.superseded_by = _successor(element, successor_id)
        if moving.to == ElementStatus.ACTIVE:
            _check_name(element.name, but=pk)
            element.superseded_by = None
    return element


def _successor(element: Element, successor_id: int | None) -> Element:
    found = Element.objects.usable().exclude(pk=element.pk).filter(pk=successor_id or 0).first()
    if found is None:
        raise Invalid("请选择替代它的启用指标。", field="successor")
    return found
