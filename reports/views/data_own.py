"""What one delivered oneself, an indicator's values, and the history of one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from core import clock, periods
from core.lists import Column, ScopedListView, text_of
from core.periods import Frequency, Period
from core.scope import permitted
from organization.models import Unit
from organization.reach import reach
from organization.views.access import Guarded
from reports.filters_library import ValueFilter
from reports.models import Assignment, Element, Value, ValueChange
from reports.querysets import readable
from reports.services import data
from reports.tables_data import OF_ELEMENT, history_url, own_columns, shown
from reports.views.data import period_of


class MyData(Guarded, ScopedListView):
    """本单位数据: every value one delivered, with its source; the return of data to those who fill (数据回流)."""

    permissions = (data.VALUES,)
    title = "本单位数据"
    template_name = "reports/data/mine.html"
    filterset_class = ValueFilter
    ordering = ("-period_start", "unit__order_no", "element__code")
    export_name = "本单位数据"
    empty_text = "报送过的数值都会留在这里，随时可以下载。"

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # decided for each request, never written
        """Without the unit where there is only one."""
        reached = reach(self.person, data.VALUES)
        return own_columns(several=reached.county or bool(reached.paths) or len(reached.own) > 1)

    def rows(self) -> Any:
        """Values of the units in reach by tree or ownership."""
        user = self.person
        rows = Value.objects.for_user(user, data.VALUES).filter(reach(user, data.VALUES).units("unit"))
        return rows.select_related("unit", "element", "element_version")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tabs between the list and the twelve months."""
        return super().get_context_data(
            crumb_items=[("减报表", reverse("reports:home")), ("本单位数据", "")],
            subtitle="填过的每一项、来自哪里、什么时候改过，都可以查看和下载",
            tabs=tabs("list"),
            **kwargs,
        )


def tabs(current: str) -> list[dict[str, Any]]:
    """The two views of one's own data."""
    return [
        {"label": "全部数值", "url": reverse("reports:my_data"), "current": current == "list", "count": None},
        {
            "label": "近 12 个月",
            "url": reverse("reports:my_data_months"),
            "current": current == "months",
            "count": None,
        },
    ]


def last_months(count: int = 12) -> list[Period]:
    """The last months up to the present one, oldest first."""
    found = [periods.containing(Frequency.MONTHLY, clock.today())]
    while len(found) < count:
        found.insert(0, periods.previous(Frequency.MONTHLY, found[0]))
    return found


class MyMonths(Guarded, TemplateView):
    """Twelve months of one unit: monthly indicators by month, the others with their newest value."""

    permissions = (data.VALUES,)
    template_name = "reports/data/months.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One unit's values, two statements however many indicators."""
        user = self.person
        villages = list(Unit.objects.for_user(user, data.VALUES).villages())
        asked = self.request.GET.get("unit", "")
        unit = next(
            (village for village in villages if str(village.pk) == asked), villages[0] if villages else None
        )
        if asked and unit is not None and str(unit.pk) != asked:
            raise Http404
        months = last_months()
        return super().get_context_data(
            unit=unit,
            villages=villages,
            months=months,
            monthly=self.monthly(unit, months) if unit else [],
            others=self.others(unit) if unit else [],
            tabs=tabs("months"),
            **kwargs,
        )

    def monthly(self, unit: Unit, months: list[Period]) -> list[dict[str, Any]]:
        """Monthly indicators as rows of twelve cells."""
        values = (
            Value.objects.for_user(self.person, data.VALUES)
            .filter(unit=unit, element__period_type=Frequency.MONTHLY, period_start__gte=months[0].start)
            .select_related("element", "element_version")
            .order_by("element__code", "period_start")
        )
        rows: dict[int, dict[str, Any]] = {}
        for value in values:
            row = rows.setdefault(value.element_id, {"name": "", "unit": "", "held": {}})
            row["name"], row["unit"] = value.element_version.name, value.element_version.unit
            row["held"][value.period_start] = (text_of(shown(value)), history_url(value))
        for row in rows.values():
            row["cells"] = [row["held"].get(month.start, ("", "")) for month in months]
        return list(rows.values())

    def others(self, unit: Unit) -> list[dict[str, Any]]:
        """Indicators of other cycles with the newest value each."""
        values = (
            Value.objects.for_user(self.person, data.VALUES)
            .filter(unit=unit)
            .exclude(element__period_type=Frequency.MONTHLY)
            .select_related("element", "element_version")
            .order_by("element_id", "-period_start")
            .distinct("element_id")
        )
        return [
            {
                "name": value.element_version.name,
                "unit": value.element_version.unit,
                "cycle": value.element.get_period_type_display(),
                "period": periods.parse(value.period).label,
                "text": text_of(shown(value)),
                "url": history_url(value),
            }
            for value in values
        ]


class ElementValues(Guarded, ScopedListView):
    """直接取用: an indicator's values of a period with source, date and coverage, instead of asking again (F12)."""

    permissions = (data.VALUES,)
    template_name = "reports/data/element.html"
    columns = OF_ELEMENT
    ordering = ("unit__parent__order_no", "unit__order_no")
    empty_text = "这一期还没有数值。"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the indicator once."""
        if request.user.is_authenticated:
            self.element: Element = permitted(Element, request.user, "reports.view_elements", pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def opened(self) -> list[str]:
        """Periods that have values in reach, newest first, twelve at most; asked once a request."""
        rows = self.visible().order_by("-period_start").values_list("period", flat=True).distinct()
        return list(rows[:12])

    def visible(self) -> Any:
        """All values of the indicator within reach."""
        return Value.objects.for_user(self.person, data.VALUES).filter(element=self.element)

    def period(self) -> str:
        """The period asked for, or the newest that has values."""
        asked = self.request.GET.get("period", "")
        if asked:
            return period_of(asked).code
        return next(iter(self.opened), periods.containing(self.element.period_type, clock.today()).code)

    def rows(self) -> Any:
        """Values of the period."""
        return (
            self.visible()
            .filter(period=self.period())
            .select_related("unit__parent", "element", "element_version")
        )

    @property
    def export_name(self) -> str:  # type: ignore[override]  # decided for each request, never written
        """Name and period of the file."""
        return f"{self.element.name}-{self.period()}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Coverage n/N, as-of moment, source, and the periods to choose from."""
        rows, period = self.rows(), self.period()
        return super().get_context_data(
            element=self.element,
            words=self.element.versions.order_by("-n").first(),
            coverage=data.coverage_of(rows, self.person),
            period=period,
            period_label=periods.parse(period).label,
            opened=[(code, periods.parse(code).label) for code in self.opened],
            hidden=self.hidden(),
            **kwargs,
        )

    def hidden(self) -> bool:
        """Whether the values stay closed to this county reader or department (`readable`)."""
        reached = reach(self.person, data.VALUES)
        if not (reached.county or reached.departments):
            return False
        open_ones = Element.objects.for_user(self.person, "reports.view_elements").filter(readable(reached))
        return not open_ones.filter(pk=self.element.pk).exists()


class ValueHistory(Guarded, TemplateView):
    """Who set a value, when, old and new."""

    permissions = (data.VALUES,)
    template_name = "reports/data/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Changes of one value, oldest first; 404 outside the person's reach."""
        element_id, unit_id, period = (
            self.kwargs["element"],
            self.kwargs["unit"],
            period_of(self.kwargs["period"]),
        )
        value = (
            Value.objects.for_user(self.person, data.VALUES)
            .filter(element_id=element_id, unit_id=unit_id, period=period.code)
            .select_related("element", "element_version", "unit__parent")
            .first()
        )
        if value is None:
            raise Http404
        changes = ValueChange.objects.filter(
            element_id=element_id, unit_id=unit_id, period_start=value.period_start
        ).order_by("pk")
        return super().get_context_data(
            value=value,
            text=text_of(shown(value)),
            when=period.label,
            assignment=self.first_use(value),
            events=[
                {
                    "at": change.at,
                    "who": change.actor,
                    "what": f"{change.old or '（空）'} → {change.new or '（空）'}",
                    "note": change.get_origin_display(),
                }
                for change in changes
            ],
            **kwargs,
        )

    def first_use(self, value: Value) -> Assignment | None:
        """The form in which the value was given first."""
        rows = Assignment.objects.for_user(self.person, data.ASSIGNMENTS).filter(
            pk=value.first_assignment_id or 0
        )
        found: Assignment | None = rows.select_related("form").first()
        return found
