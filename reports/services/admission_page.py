"""What the decision page says first: hours, what exists already, what the superior asked; and what-if, storing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.limits import Finding
from core.periods import PER_YEAR, Frequency
from organization.models import Unit
from reports.choices import Category, FormState, RequestKind, RequestState
from reports.models import Element, FormField, FormRequest, FormVersion
from reports.services import burden, duplicates
from reports.services.admission_asking import current_version
from reports.services.admission_deciding import duplicate_of, may_adjust
from reports.services.burden import Burden
from reports.services.duplicates import Holding, Overlap
from reports.services.timeline import Event, events_of


@dataclass(frozen=True)
class Comparison:
    """What the superior asks and what this request asks (F20)."""

    superior: int
    asked: int
    extra: tuple[FormField, ...]
    often: Decimal | None = None
    """How many times as often as the superior asks; None where either is not recurring or not said."""

    @property
    def over(self) -> bool:
        """Whether more is asked than from above, or more often."""
        return bool(self.extra) or (self.often is not None and self.often > 1)

    @property
    def more(self) -> str:
        """多 7 项，频次 ×7."""
        parts = [f"多 {len(self.extra)} 项"] if self.extra else []
        if self.often is not None and self.often > 1:
            parts.append(f"频次 ×{self.often.normalize():f}")
        return "，".join(parts)

    @property
    def too_often(self) -> bool:
        """Whether the form is asked more often than the superior asks."""
        return self.often is not None and self.often > 1


CALENDAR_TIMES = {**PER_YEAR, Frequency.DAILY: 364}
"""Times a calendar year, for comparing frequencies: a daily form is seven times a weekly one."""


def times_as_often(own: str, superior: str) -> Decimal | None:
    """Frequency over the superior's, to one decimal; None where either is blank or one-off."""
    recurring = set(CALENDAR_TIMES) - {Frequency.ONE_OFF}
    if not {own, superior} <= recurring:
        return None
    ratio = Decimal(CALENDAR_TIMES[Frequency(own)]) / CALENDAR_TIMES[Frequency(superior)]
    return ratio.quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Difference:
    """A version against the one before: what came, what went, what changed, and the hours."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]
    before: Burden
    after: Burden

    @property
    def minutes(self) -> Decimal:
        """Minutes a time, after less before."""
        return self.after.minutes - self.before.minutes

    @property
    def hours(self) -> Decimal:
        """Hours a year, after less before."""
        return self.after.hours_a_year - self.before.hours_a_year


@dataclass(frozen=True)
class Page:
    """All numbers of the decision page."""

    request: FormRequest
    fields: list[FormField]
    burden: Burden
    share: Decimal | None
    holdings: list[Holding]
    overlaps: list[Overlap]
    union: Fraction
    refusal: Finding | None
    comparison: Comparison | None
    difference: Difference | None
    taken: list[Holding]
    events: list[Event]

    @property
    def available(self) -> list[Holding]:
        """Indicators that can be taken from what exists."""
        return [one for one in self.holdings if one.available]

    @property
    def estimated(self) -> str:
        """When the shown hours were estimated, once they stand; empty while they are computed anew."""
        if self.request.decided_at is None:
            return ""
        passed = self.request.state in {RequestState.ADMITTED, RequestState.REGISTERED, RequestState.TAKEN}
        return "审结时估算" if passed else "送审时估算"

    @property
    def union_percent(self) -> float:
        """Share of the counted indicators that exist somewhere, in hundredths."""
        return round(float(self.union) * 100, 1)

    @property
    def avoided(self) -> int:
        """Responses that no village gives, because everything was taken (避免填报); none while villages still fill."""
        return self.request.respondents if self.request.taken_elements and not self.fields else 0


def page_of(request: FormRequest) -> Page:
    """Read everything the page of one (already scoped) request says."""
    version = request.form_version
    fields = list(version.fields.select_related("element").order_by("place", "pk"))
    ids = [field.element_id for field in fields]
    cost = burden.decided(request) if request.decided_at else burden.of_version(version)
    found = duplicates.overlaps(ids, without_form=request.form_id)
    taken = Element.objects.filter(pk__in=request.taken_elements).order_by("code")
    return Page(
        request,
        fields,
        cost,
        share_of(cost, request),
        duplicates.holdings([field.element for field in fields], without_form=request.form_id),
        found,
        duplicates.union(found, ids),
        duplicate_of(request),
        _comparison(request, fields),
        _difference(request),
        duplicates.holdings(taken, without_form=request.form_id),
        events_of("reports.FormRequest", request.pk),
    )


def share_of(cost: Burden, request: FormRequest) -> Decimal | None:
    """Share of the county's hours a year, this form included; None while the county has none."""
    county = burden.county_hours_a_year()
    counted = request.form.state == FormState.ACTIVE and request.kind != RequestKind.URGENT
    whole = max(county, cost.hours_a_year) if counted else county + cost.hours_a_year
    return cost.hours_a_year / whole if whole else None


def _comparison(request: FormRequest, fields: list[FormField]) -> Comparison | None:
    if request.form.category != Category.SUPERIOR and not request.superior_ref:
        return None
    asked = sum(1 for field in fields if field.by_superior)
    often = times_as_often(request.form_version.frequency, request.superior_frequency)
    return Comparison(asked, len(fields), tuple(field for field in fields if not field.by_superior), often)


def _difference(request: FormRequest) -> Difference | None:
    if request.kind != RequestKind.REVISE:
        return None
    old = FormVersion.objects.filter(form=request.form, n__lt=request.form_version.n).order_by("-n").first()
    return differences(old, request.form_version) if old else None


def differences(old: FormVersion, new: FormVersion) -> Difference:
    """Added, removed and changed, with minutes and hours of both (A28)."""
    before = {f.element_id: f for f in old.fields.select_related("element")}
    after = {f.element_id: f for f in new.fields.select_related("element")}
    changed = []
    if old.frequency != new.frequency:
        changed.append(("频次", old.get_frequency_display(), new.get_frequency_display()))
    costs = burden.of_version(old), burden.of_version(new)
    if costs[0].units != costs[1].units:
        changed.append(("填报单位", f"{costs[0].units} 个", f"{costs[1].units} 个"))
    if (old.due_kind, old.due_n) != (new.due_kind, new.due_n):
        changed.append(("截止", due_text(old), due_text(new)))
    return Difference(
        tuple(f.element.name for pk, f in after.items() if pk not in before),
        tuple(f.element.name for pk, f in before.items() if pk not in after),
        tuple(changed),
        *costs,
    )


def due_text(version: FormVersion) -> str:
    """每期第 28 日, 期满后 5 个工作日."""
    after = version.due_kind == "workdays_after"
    return f"期满后 {version.due_n} 个工作日" if after else f"期内第 {version.due_n} 日"


def scope_text(rule: dict[str, Any]) -> str:
    """Whom the form asks, in words."""
    kind, ids = rule.get("kind"), rule.get("ids") or []
    if kind == "all":
        return "全县各村（社区）"
    names = list(
        Unit.objects.filter(pk__in=ids).order_by("path", "order_no", "pk").values_list("name", flat=True)[:4]
    )
    more = len(ids) > len(names)
    if kind == "townships":
        return "、".join(names) + (f"等 {len(ids)} 个乡镇（街道）" if more else "") + "所属村（社区）"
    return "、".join(names) + f"{'等' if more else ''} {len(ids)} 个"


@dataclass(frozen=True)
class WhatIf:
    """The request as it stands and as it would be; nothing is stored."""

    now: Burden
    then: Burden
    frequency: str
    scope: str
    fields: int
    adjusts: bool = False
    """Whether the decision may carry the other frequency."""

    @property
    def opinion(self) -> str:
        """The sentence that goes into the decision's opinion."""
        return (
            f"建议调整为{Frequency(self.frequency).label}、{self._whom}、{self.fields} 项指标，"
            f"每年由 {self.now.hours_a_year:,.0f} 小时降为 {self.then.hours_a_year:,.0f} 小时。"
        )

    @property
    def _whom(self) -> str:
        return self.scope if self.scope.endswith("个") else f"{self.scope}（{self.then.units} 个单位）"

    @property
    def unit_minutes_a_month(self) -> Decimal:
        """Minutes a month of one unit."""
        return (self.then.minutes * self.then.times / 12).quantize(Decimal("0.1"))


def what_if(request: FormRequest, *, frequency: str, townships: list[int], drop: set[int]) -> WhatIf:
    """Burden at another frequency, for some townships only (none = as asked), without some indicators."""
    version = request.form_version
    fields = list(version.fields.select_related("element"))
    rule = {"kind": "townships", "ids": townships} if townships else version.respondent_rule
    wanted = set(burden.respondent_ids(version.respondent_rule))
    units = wanted & set(burden.respondent_ids(rule))
    chosen = frequency if frequency in PER_YEAR else version.frequency
    kept = [field.element for field in fields if field.element_id not in drop]
    adjusts = may_adjust(request) and chosen != version.frequency
    then = Burden(len(units), PER_YEAR[Frequency(chosen)] if kept else 0, burden.minutes_each(kept))
    return WhatIf(burden.of_version(version), then, chosen, scope_text(rule), len(kept), adjusts)


def current_burden(request: FormRequest) -> Burden | None:
    """Burden of the version in force of the request's form."""
    version = current_version(request.form)
    return burden.of_version(version) if version else None
