"""本村基本情况: one page of what the village itself has reported, to print or to copy into a group."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core import clock
from core.clock import COUNTY
from core.periods import Frequency, parse
from organization.models import Unit
from reports.choices import ElementStatus, Origin, Sensitivity, ValueKind
from reports.models import ElementVersion, Value
from reports.services.checks import shown

VIEW = "reports.view_values"
SETTLED = (Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.HALF_YEARLY, Frequency.YEARLY)
"""Cycles of basic facts; what is counted by the day or week is no fact about the village."""


@dataclass(frozen=True)
class Fact:
    """The newest value of one indicator of the village."""

    name: str
    text: str
    unit: str
    period: str
    source: str
    basic: bool
    shared: bool
    number: Decimal | None


@dataclass(frozen=True)
class Facts:
    """The page: basic facts first, then the rest by source department."""

    unit: Unit
    basic: list[Fact]
    others: list[tuple[str, list[Fact]]]
    as_of: dt.datetime | None

    @property
    def usual(self) -> str:
        """The period most facts are of: it is said once."""
        return Counter(fact.period for fact in self.every).most_common(1)[0][0] if self.every else ""

    @property
    def every(self) -> list[Fact]:
        """All facts, basic ones first."""
        return [*self.basic, *(fact for _, group in self.others for fact in group)]

    @property
    def text(self) -> str:
        """What is copied into a group: shared facts only, basic ones a line each, one line a department."""
        lines = [f"【{self.unit.name}基本情况】{self.usual}"]
        lines.extend(self._words(fact) for fact in self.basic if fact.shared)
        for source, group in self.others:
            shared = [self._words(fact) for fact in group if fact.shared]
            if shared:
                lines.append(f"{source}：{'；'.join(shared)}")
        if self.as_of is not None:
            day = self.as_of.astimezone(COUNTY)
            lines.append(f"数据来自本村已报数据，截至{day.year}年{day.month}月{day.day}日。")
        return "\n".join(lines)

    @property
    def paper(self) -> list[tuple[str, list[list[Fact]]]]:
        """Groups in rows of three, so that the page fits A4."""
        groups = [("基础情况", self.basic), *self.others]
        return [
            (title, [group[n : n + 3] for n in range(0, len(group), 3)]) for title, group in groups if group
        ]

    def _words(self, fact: Fact) -> str:
        when = "" if fact.period == self.usual else f"（{fact.period}）"
        return f"{fact.name} {fact.text}{fact.unit}{when}"


def facts_of(unit: Unit, actor: Any) -> Facts:
    """Newest value of each 启用 indicator of a unit within the actor's reach; two statements."""
    rows = list(
        Value.objects.for_user(actor, VIEW)
        .filter(unit=unit, element__status=ElementStatus.ACTIVE, element__period_type__in=SETTLED)
        .exclude(origin=Origin.DERIVED)
        .order_by("element_id", "-period_start")
        .distinct("element_id")
        .select_related("element__source_unit")
    )
    words = {
        word.pk: word
        for word in ElementVersion.objects.filter(pk__in=[row.element_version_id for row in rows])
    }
    rows.sort(key=lambda row: (row.element.source_unit.order_no, row.element.code))
    facts = [(row, _fact(row, words[row.element_version_id])) for row in rows]
    others: dict[str, list[Fact]] = {}
    for _, fact in facts:
        if not fact.basic:
            others.setdefault(fact.source, []).append(fact)
    as_of = min(max(row.at for row in rows), clock.now()) if rows else None
    return Facts(unit, [fact for _, fact in facts if fact.basic], list(others.items()), as_of)


def _fact(row: Value, word: ElementVersion) -> Fact:
    if row.kind == ValueKind.NUMBER:
        text, unit = shown(row.number, word.decimals), word.unit
    else:
        text, unit = ("不适用" if row.kind == ValueKind.NOT_APPLICABLE else row.text), ""
    return Fact(
        name=row.element.name,
        text=text,
        unit=unit,
        period=parse(row.period).label,
        source=row.element.source_unit.name,
        basic=row.element.basic,
        shared=row.element.sensitivity == Sensitivity.SHARED,
        number=row.number,
    )
