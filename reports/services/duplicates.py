"""Which forms already collect the same indicators: containment |A∩B|/|A| and Jaccard |A∩B|/|A∪B| over indicator ids.

Basic indicators (户数、人口、耕地) are left out. Each form in force or pending is compared singly; the union over all
of them is shown, soft (`domain.md` 3.3, users' ruling on 直接取用).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Max, Q

from core import clock
from core.limits import Door, Finding, finding, in_force
from organization.models import Unit
from reports.choices import FormState, Sensitivity
from reports.models import Element, Form, FormField, FormRequest, Value
from reports.querysets import PENDING_REQUESTS

DOORS = (
    Door("直接取用已有数据"),
    Door("并入已有报表"),
    Door("登记（上级统一部署）"),
    Door("驳回后可申请复核一次"),
)


@dataclass(frozen=True)
class Overlap:
    """A form that shares indicators with the proposed one."""

    form: Form
    shared: tuple[str, ...]
    containment: Fraction
    jaccard: Fraction
    pending: bool

    @property
    def percent(self) -> float:
        """Containment in hundredths, one decimal."""
        return round(float(self.containment) * 100, 1)


def counted(element_ids: Iterable[int]) -> set[int]:
    """Indicators that count for duplication: without the basic ones."""
    return set(Element.objects.filter(pk__in=list(element_ids), basic=False).values_list("pk", flat=True))


def _earlier(request: FormRequest | None) -> Q:
    if request is None or request.submitted_at is None:
        return Q()
    return Q(submitted_at__lt=request.submitted_at) | Q(submitted_at=request.submitted_at, pk__lt=request.pk)


def overlaps(
    element_ids: Iterable[int], *, without_form: int | None = None, earlier_than: FormRequest | None = None
) -> list[Overlap]:
    """Forms in force or pending that share indicators, the most contained first."""
    proposed = counted(element_ids)
    if not proposed:
        return []
    now = clock.today()
    pending = FormRequest.objects.filter(_earlier(earlier_than), state__in=PENDING_REQUESTS).values(
        "form_version"
    )
    versions = Q(form_version__in_force=True, form_version__form__in=Form.objects.in_force(now)) | Q(
        form_version__in=pending
    )
    rows = FormField.objects.filter(versions, element__basic=False).exclude(form_version__form=without_form)
    by_form: dict[int, set[int]] = defaultdict(set)
    for form_id, element_id in rows.values_list("form_version__form_id", "element_id"):
        by_form[form_id].add(element_id)
    sharing = {form_id: ids & proposed for form_id, ids in by_form.items() if ids & proposed}
    forms = Form.objects.select_related("owner", "number").in_bulk(sharing)
    names = dict(Element.objects.filter(pk__in=proposed).values_list("pk", "name"))
    found = [
        Overlap(
            forms[form_id],
            tuple(sorted(names[i] for i in shared)),
            Fraction(len(shared), len(proposed)),
            Fraction(len(shared), len(proposed | by_form[form_id])),
            forms[form_id].state != FormState.ACTIVE,
        )
        for form_id, shared in sharing.items()
    ]
    return sorted(found, key=lambda o: (-o.containment, -o.jaccard, o.form.pk))


def threshold() -> Fraction:
    """Containment from which a form is a duplicate, from the rule in force."""
    return Fraction(str(in_force("reports.duplicate").value["threshold"]))


def union(found: Iterable[Overlap], element_ids: Iterable[int]) -> Fraction:
    """Share of the proposed indicators that all compared forms together hold; shown, never refused."""
    proposed = counted(element_ids)
    names = {name for overlap in found for name in overlap.shared}
    return Fraction(len(names), len(proposed)) if proposed else Fraction(0)


def refusal(
    element_ids: Iterable[int], *, without_form: int | None = None, earlier_than: FormRequest | None = None
) -> Finding | None:
    """The hard finding `reports.duplicate` when some form contains the threshold or more of the proposed indicators.

    Of pending requests only those sent in before `earlier_than` count, so that of two alike the first may pass.
    """
    limit = threshold()
    found = [
        overlap
        for overlap in overlaps(element_ids, without_form=without_form, earlier_than=earlier_than)
        if overlap.containment >= limit
    ]
    if not found:
        return None
    worst = found[0]
    return finding(
        "reports.duplicate",
        f"与《{worst.form.name}》重复 {worst.percent:g}%，达到 {float(limit) * 100:g}%，不能准入。可直接取用、并入或驳回。",
        actual=f"{worst.percent:g}%",
        allowed=f"低于 {float(limit) * 100:g}%",
        doors=DOORS,
    )


@dataclass(frozen=True)
class Holding:
    """What exists already of one wanted indicator: who collects it, how many villages, how new."""

    element: Element
    forms: tuple[Form, ...]
    units: int
    all_units: int
    period: str

    @property
    def open(self) -> bool:
        """Whether the county shares the indicator; others need their source department's consent."""
        return self.element.sensitivity == Sensitivity.SHARED

    @property
    def available(self) -> bool:
        """Whether values exist to be taken directly."""
        return self.open and self.units > 0 and bool(self.forms)


def holdings(elements: Iterable[Element], *, without_form: int | None = None) -> list[Holding]:
    """For each wanted indicator what exists: forms in force that collect it, coverage and newest period. Four queries."""
    wanted = list(elements)
    ids = [element.pk for element in wanted]
    villages = Unit.objects.villages()
    total = villages.count()
    fields = FormField.objects.filter(
        element_id__in=ids, form_version__in_force=True, form_version__form__state=FormState.ACTIVE
    )
    fields = fields.exclude(form_version__form=without_form).select_related(
        "form_version__form__owner", "form_version__form__number"
    )
    forms: dict[int, list[Form]] = defaultdict(list)
    for field in fields.order_by("form_version__form__owner__order_no", "pk"):
        forms[field.element_id].append(field.form_version.form)
    newest = dict(
        Value.objects.filter(element_id__in=ids).values_list("element_id").annotate(Max("period_start"))
    )
    wanted_periods = Q(pk__in=[])
    for element_id, start in newest.items():
        wanted_periods |= Q(element_id=element_id, period_start=start)
    rows = (
        Value.objects.filter(wanted_periods, unit__in=villages)
        .values("element_id", "period")
        .annotate(n=Count("unit"))
    )
    coverage = {row["element_id"]: (row["n"], row["period"]) for row in rows}
    return [
        Holding(
            element,
            tuple(forms[element.pk]),
            *(coverage.get(element.pk, (0, ""))[:1]),
            total,
            coverage.get(element.pk, (0, ""))[1],
        )
        for element in wanted
    ]
