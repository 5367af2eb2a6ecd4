"""The library as a sheet: what each row would change, and the change of all rows or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from core import audit, clock
from core.errors import Invalid, NotAllowed
from core.periods import containing, following
from organization.reach import reach
from reports.choices import ElementStatus
from reports.models import Element, ElementVersion, Value
from reports.services import library
from reports.services.library import MANAGE, PRESENT, SETTINGS, WORDS, Words

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a row: its place in the list, the column's key, the sentence."""

    place: int
    key: str
    message: str


@dataclass(frozen=True)
class Change:
    """What one row does: add, revise, edit (or revise and edit), or nothing."""

    place: int
    name: str
    words: Words
    settings: dict[str, Any]
    from_period: dt.date
    code: str = ""
    element: Element | None = None
    before: Words | None = None
    revises: bool = False
    edits: dict[str, Any] = field(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether the row is a new indicator."""
        return self.element is None

    @property
    def idle(self) -> bool:
        """Whether the row says what is already stored."""
        return not (self.adds or self.revises or self.edits)

    @property
    def said(self) -> str:
        """What the check page says of the row."""
        if self.adds:
            return "新增，待审"
        told = ["立新版本"] if self.revises else []
        return "、".join([*told, "修改"] if self.edits else told) or "无变动"


@dataclass
class Plan:
    """All rows with what they change, and what stands against it."""

    changes: list[Change]
    wrong: list[Wrong]

    def count(self, said: str) -> int:
        """Rows of which the check page says this."""
        return sum(1 for change in self.changes if said in change.said)


@dataclass(frozen=True)
class _Stored:
    elements: dict[str, Element]
    versions: dict[int, ElementVersion]
    names: dict[str, str]
    reported: dict[int, dt.date]


def _stored(codes: Iterable[str]) -> _Stored:
    """Four statements, however many rows."""
    elements = {element.code: element for element in Element.objects.filter(code__in=list(codes))}
    ids = [element.pk for element in elements.values()]
    versions = {
        version.element_id: version
        for version in ElementVersion.objects.filter(element_id__in=ids).order_by("n")
    }
    names = dict(Element.objects.filter(status__in=PRESENT).values_list("name", "code"))
    reported = (
        Value.objects.filter(element_id__in=ids).values_list("element_id").annotate(last=Max("period_start"))
    )
    return _Stored(elements, versions, names, dict(reported))


def plan_rows(rows: Sequence[Given]) -> Plan:
    """What a sheet would change. Keys of a row: `code`, the names of WORDS and SETTINGS, `from_period` (or None)."""
    stored = _stored(row["code"] for row in rows if row["code"])
    plan, seen = Plan([], []), dict[str, int]()
    for place, row in enumerate(rows):
        change = _change(place, row, stored)
        plan.changes.append(change)
        plan.wrong += _wrong_with(change, stored, seen)
        seen.setdefault(change.name, place)
    return plan


def _change(place: int, row: Given, stored: _Stored) -> Change:
    words = Words(**{name: row[name] for name in WORDS})
    settings = {name: row[name] for name in SETTINGS}
    code = row["code"] or ""
    element = stored.elements.get(code)
    if element is None:
        start = row.get("from_period") or clock.today()
        first = containing(settings["period_type"], start).start
        return Change(place, words.name, words, settings, first, code)
    version = stored.versions[element.pk]
    return Change(
        place,
        words.name,
        words,
        settings,
        _next_start(element, version, row.get("from_period")),
        code,
        element,
        Words.of(version),
        words != Words.of(version),
        {name: value for name, value in settings.items() if getattr(element, name) != value},
    )


def _next_start(element: Element, version: ElementVersion, given: dt.date | None) -> dt.date:
    """The period named, unless it only repeats the present version's: then the next one."""
    if given is not None and given != version.from_period:
        return containing(element.period_type, given).start
    return following(element.period_type, containing(element.period_type, clock.today())).start


def _wrong_with(change: Change, stored: _Stored, seen: dict[str, int]) -> list[Wrong]:
    found = []
    holder = stored.names.get(change.name)
    if holder is not None and holder != change.code:
        found.append(Wrong(change.place, "name", f"{library.SAME_NAME[:-1]}（现有指标代码 {holder}）。"))
    elif holder is None and change.name in seen:
        found.append(Wrong(change.place, "name", "表内有同名指标，一个指标只写一行。"))
    try:
        library.check_words(change.words)
    except Invalid as error:
        found += [Wrong(change.place, key, text) for key, text in error.errors.items()]
    element = change.element
    if element is None or change.idle:
        return found
    if element.status not in PRESENT:
        found.append(
            Wrong(change.place, "code", f"该指标为“{ElementStatus(element.status).label}”，不能修改。")
        )
    last = stored.reported.get(element.pk)
    if change.revises:
        found += _wrong_start(change, stored.versions[element.pk], last)
    if last is not None and "period_type" in change.edits:
        found.append(Wrong(change.place, "period_type", "已有数值的指标不能改更新周期，请另立指标并替代。"))
    return found


def _wrong_start(change: Change, version: ElementVersion, last: dt.date | None) -> list[Wrong]:
    if change.from_period <= version.from_period:
        return [
            Wrong(change.place, "from_period", f"须晚于现行版本的起始期（{version.from_period:%Y-%m-%d}）。")
        ]
    if last is not None and last >= change.from_period:
        return [Wrong(change.place, "from_period", f"{last:%Y-%m-%d} 起的一期已有数值，请自更晚的一期起。")]
    return []


def apply_rows(rows: Sequence[Given], actor: Any) -> int:
    """Write what a checked sheet changes, all rows or none, in one act; returns how many rows changed something.

    Raises NotAllowed, Invalid (the library changed since the check).
    """
    if reach(actor, MANAGE).empty:
        raise NotAllowed("只有指标库管理单位可以导入。")
    plan = plan_rows(rows)
    if plan.wrong:
        raise Invalid(f"指标库在检查后有变动，请重新检查：{plan.wrong[0].message}")
    changed = [change for change in plan.changes if not change.idle]
    with audit.act(actor, reason="表格导入"):
        for change in changed:
            _write(change, actor)
    return len(changed)


def _write(change: Change, actor: Any) -> None:
    element = change.element
    if element is None:
        library.propose_element(
            code=change.code,
            words=change.words,
            from_period=change.from_period,
            actor=actor,
            **change.settings,
        )
        return
    version = element.version
    if change.edits:
        library.edit_element(pk=element.pk, version=version, actor=actor, **change.edits)
        version += 1
    if change.revises:
        library.revise_element(
            pk=element.pk,
            version=version,
            words=change.words,
            from_period=change.from_period,
            actor=actor,
            reason="表格导入",
        )
