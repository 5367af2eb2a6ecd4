"""Burden of a form: responses × minutes (D × E × G = hours a year). Source: 44 U.S.C. 3501 ff.; factors in the RuleSet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from core.limits import in_force
from core.periods import PER_YEAR, Frequency
from organization.models import Unit
from reports.choices import Carry, FormState
from reports.models import Element, FormField, FormRequest, FormVersion


@dataclass(frozen=True)
class Burden:
    """D units × E times a year × G minutes each."""

    units: int
    times: int
    minutes: Decimal

    @property
    def hours_a_year(self) -> Decimal:
        """Hours a year over all units."""
        return (self.minutes * self.units * self.times / 60).quantize(Decimal("0.01"))

    @property
    def hours_a_month(self) -> Decimal:
        """Hours of an average month."""
        return (self.hours_a_year / 12).quantize(Decimal("0.01"))


def factors() -> tuple[Decimal, Decimal, Decimal]:
    """Minutes fixed per response, per typed field, per checked field, from the rule in force."""
    value = in_force("reports.minutes").value
    return Decimal(str(value["fixed"])), Decimal(str(value["typed"])), Decimal(str(value["checked"]))


def typed(element: Element) -> bool:
    """Whether a field is expected to be typed: asked anew, or likely to change."""
    return element.carry == Carry.ANEW or (element.likely_to_change and element.carry != Carry.SOURCE)


def minutes_each(elements: Iterable[Element], *, fixed: Decimal | None = None) -> Decimal:
    """t_fixed + n_typed × t_type + n_prefilled × t_check (`domain.md` 3.3)."""
    base, per_typed, per_checked = factors()
    return (base if fixed is None else fixed) + sum(
        (per_typed if typed(e) else per_checked for e in elements), start=Decimal(0)
    )


def respondent_ids(rule: dict[str, Any]) -> list[int]:
    """Units of a respondent rule as they are today: all, townships' villages, or a list."""
    villages = Unit.objects.villages()
    if rule.get("kind") == "all":
        return list(villages.values_list("pk", flat=True))
    ids = [int(str(i)) for i in rule.get("ids") or []]
    if rule.get("kind") == "townships":
        return list(villages.filter(parent_id__in=ids).values_list("pk", flat=True))
    return list(Unit.objects.present().filter(pk__in=ids).values_list("pk", flat=True))


def of_version(version: FormVersion) -> Burden:
    """Burden of a form version as designed."""
    fields = FormField.objects.filter(form_version=version).select_related("element")
    return Burden(
        len(respondent_ids(version.respondent_rule)),
        PER_YEAR[Frequency(version.frequency)],
        minutes_each(field.element for field in fields),
    )


def of_versions(version_ids: Iterable[int]) -> dict[int, Burden]:
    """Burdens of many form versions by key, as designed and of units as they are today. Four queries."""
    versions = FormVersion.objects.in_bulk(list(version_ids))
    elements: dict[int, list[Element]] = {pk: [] for pk in versions}
    fields = FormField.objects.filter(form_version__in=versions).select_related("element")
    for field in fields:
        elements[field.form_version_id].append(field.element)
    present = set(Unit.objects.present().values_list("pk", flat=True))
    parents = dict(Unit.objects.villages().values_list("pk", "parent_id"))
    return {
        pk: Burden(
            _how_many(version.respondent_rule, present, parents),
            PER_YEAR[Frequency(version.frequency)],
            minutes_each(elements[pk]),
        )
        for pk, version in versions.items()
    }


def _how_many(rule: dict[str, Any], present: set[int], parents: Mapping[int, int | None]) -> int:
    if rule.get("kind") == "all":
        return len(parents)
    ids = {int(one) for one in rule.get("ids") or []}
    if rule.get("kind") == "townships":
        return sum(parent in ids for parent in parents.values())
    return len(ids & present)


def decided(request: FormRequest) -> Burden:
    """Burden of a decided request as it was estimated then."""
    return Burden(request.respondents, request.times_a_year, request.minutes_each)


def county_hours_a_year() -> Decimal:
    """Hours a year of all forms in force, by their newest decided request: the whole that a share is of."""
    rows = FormRequest.objects.filter(
        form__state=FormState.ACTIVE,
        state__in=["admitted", "registered", "taken"],
        kind__in=["new", "existing", "revise"],
    )
    newest = rows.order_by("form_id", "-pk").distinct("form_id").values("pk")
    return Decimal(
        FormRequest.objects.filter(pk__in=newest).aggregate(total=Sum("hours_after"))["total"] or 0
    )
