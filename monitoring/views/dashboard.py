"""The dashboard, the rows behind each figure, and the quarterly table of departments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from core import clock, periods
from core.errors import NotAllowed
from core.figures import Definition, compute
from core.lists import Column, ScopedListView
from monitoring.figures import FIGURES
from monitoring.quarter_rows import COLUMNS as QUARTER_COLUMNS
from monitoring.services import dashboard
from organization.models import Unit
from organization.views.access import Hidden
from reports.models import Assignment, FormRequest, TallyRun
from reports.services import tally


class Watching(Hidden):
    """Pages for those who may look at monitoring."""

    permissions = ("monitoring.view_dashboard",)

    def month(self) -> str:
        """The month asked for, else the present one; a malformed one is a 404."""
        asked = self.request.GET.get("month", "") or f"{clock.today():%Y-%m}"
        try:
            periods.parse(asked)
        except ValueError as error:
            raise Http404 from error
        if len(asked) != 7 or "-Q" in asked:
            raise Http404
        return asked


def quarter_of(month: str) -> str:
    """Quarter that holds a month."""
    return periods.containing("quarterly", periods.parse(month).start).code


class Dashboard(Watching, TemplateView):
    """全县（本乡镇、本部门）减负情况."""

    template_name = "monitoring/dashboard.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Figures, course, townships, departments, matters."""
        user, month = self.request.user, self.month()
        points = dashboard.course(user, month)
        quarter = quarter_of(month)
        departments = dashboard.departments(user, quarter)
        return super().get_context_data(
            month=month,
            month_label=periods.parse(month).label,
            months=dashboard.months_available(user),
            figures=dashboard.figures(user, month),
            course=dashboard.course_chart(points),
            townships=dashboard.townships(user, month),
            quarter=quarter,
            quarter_label=periods.parse(quarter).label,
            department_chart=dashboard.department_chart(departments, quarter),
            departments=departments,
            matters=dashboard.matters(user),
            **kwargs,
        )


ASSIGNMENT_COLUMNS = (
    Column("REF_AREA", "单位代码", "unit.code", code=True),
    Column("township", "乡镇（街道）", "unit.parent.name"),
    Column("unit", "村（社区）", "unit.name"),
    Column("form", "报表", "form.name", sort="form__name"),
    Column("number", "准入编号", lambda row: row.form.number.number if row.form.number else ""),
    Column("TIME_PERIOD", "期别", "period", sort="period", code=True),
    Column("due_on", "截止日期", "due_on", sort="due_on"),
    Column("submitted_at", "报送时间", "submitted_at", sort="submitted_at"),
    Column("state", "状态", "get_state_display"),
)
FORM_COLUMNS = (
    Column("code", "表号", "code", code=True),
    Column("name", "报表", "name", sort="name", url=lambda row: reverse("reports:form", args=[row.pk])),
    Column("owner", "制表单位", "owner.name", sort="owner__order_no"),
    Column("category", "类别", "get_category_display"),
    Column("number", "准入编号", lambda row: row.number.number if row.number else ""),
    Column("valid_until", "有效期至", "valid_until", sort="valid_until"),
    Column("temporary", "临时编号", "temporary"),
)
MONTH_COLUMNS = (
    Column("REF_AREA", "单位代码", "unit.code", code=True),
    Column("township", "乡镇（街道）", "unit.parent.name"),
    Column("unit", "村（社区）", "unit.name"),
    Column("forms", "报表数", "forms", "r"),
    Column("expected", "应报", "expected", "r"),
    Column("received", "已报", "received", "r"),
    Column("typed", "填写项", "typed", "r"),
    Column("checked", "核对项", "checked", "r"),
    Column("minutes", "用时（分钟）", "minutes", "r"),
    Column("people", "填报员", "people", "r"),
)
REQUEST_COLUMNS = (
    Column("form", "报表", "form.name", url=lambda row: reverse("reports:request", args=[row.pk])),
    Column("requester", "申请单位", "requester.name"),
    Column("superior_ref", "上级通知", "superior_ref"),
    Column("submitted_at", "编号时间", "submitted_at", sort="submitted_at"),
    Column("decide_by", "审核期限", "decide_by"),
    Column("state", "状态", "get_state_display"),
)
MINUTES = (Column("minutes", "用时（分钟）", "minutes", "r"),)
HOURS = (
    Column("hours_before", "变更前小时/年", "hours_before", "r"),
    Column("hours_after", "变更后小时/年", "hours_after", "r"),
)
COLUMNS = {
    "reports.Assignment": (ASSIGNMENT_COLUMNS, ("unit__parent", "form__number")),
    "reports.Form": (FORM_COLUMNS, ("owner", "number")),
    "reports.UnitMonth": (MONTH_COLUMNS, ("unit__parent",)),
    "reports.FormRequest": (REQUEST_COLUMNS, ("form", "requester")),
}


def in_township(asked: str) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    """Narrow rows that belong to units to one township; nothing for a malformed id."""

    def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
        if not asked or not hasattr(rows.model, "unit"):
            return rows
        return rows.filter(unit__parent_id=int(asked)) if asked.isascii() and asked.isdigit() else rows.none()

    return narrow


class FigureRows(Watching, ScopedListView):
    """The rows that make a figure: the same queryset, listed and exported."""

    template_name = "monitoring/figure.html"
    empty_text = "没有对应的明细。"

    def figure(self) -> Definition:
        """The definition asked for; 404 where there is none."""
        definition = FIGURES.get(self.kwargs["code"])
        if definition is None:
            raise Http404
        return definition

    def narrow(self) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
        """To the township asked for."""
        return in_township(self.request.GET.get("township", ""))

    def rows(self) -> QuerySet[Any]:
        """Rows of the numerator, or with `?part=base` of the denominator."""
        definition = self.figure()
        base = definition.base if self.request.GET.get("part") == "base" else None
        rows = self.narrow()((base or definition.rows)(self.request.user, month=self.month()))
        self.columns, related = COLUMNS[rows.model._meta.label]
        self.title = definition.label
        self.export_name = f"{definition.label}明细"
        return rows.select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figure itself (of the township asked for) above its rows."""
        definition, month = self.figure(), self.month()
        figure = compute(definition, self.request.user, as_of=clock.now(), narrow=self.narrow(), month=month)
        part, township = self.request.GET.get("part", ""), self.request.GET.get("township", "")
        seen = Unit.objects.for_user(self.person, "organization.view_units").townships()
        known = township.isascii() and township.isdigit()
        place = seen.filter(pk=int(township)).first() if known else None
        address = f"?month={month}" + (f"&township={place.pk}" if place else "")
        return super().get_context_data(
            figure=figure,
            place=place,
            month=month,
            month_label=periods.parse(month).label,
            tabs=[
                {"label": "分子明细", "url": address, "current": part != "base"},
                {"label": "分母明细", "url": f"{address}&part=base", "current": part == "base"},
            ]
            if definition.base is not None and definition.base is not definition.rows
            else [],
            **kwargs,
        )


def quarter(code: str) -> periods.Period:
    """The quarter of a code; 404 for anything else."""
    try:
        found = periods.parse(code)
    except ValueError as error:
        raise Http404 from error
    if "-Q" not in code:
        raise Http404
    return found


class Quarter(Watching, TemplateView):
    """每季通报底稿: departments' 减表成效, real cuts apart from 口径调整. Each number opens into its rows."""

    template_name = "monitoring/quarter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows in 机构序列, totals, whether published, the quarters before and after."""
        period = quarter(self.kwargs["quarter"])
        rows = dashboard.departments(self.request.user, period.code)
        run = TallyRun.objects.for_user(self.request.user, "monitoring.publish_tallies").filter(
            kind="quarter", period=period.code, published_at__isnull=True
        )
        ended = period.end < clock.today()
        return super().get_context_data(
            label=period.label,
            code=period.code,
            columns=[(name, column.label) for name, column in QUARTER_COLUMNS.items()],
            rows=[(row, [(name, getattr(row, name)) for name in QUARTER_COLUMNS]) for row in rows],
            totals=dashboard.quarter_totals(rows),
            published_at=dashboard.published_at(rows),
            as_of=max((row.run.as_of for row in rows), default=None),
            may_publish=run.order_by("-revision").first() if ended else None,
            ended=ended,
            before=periods.previous(periods.Frequency.QUARTERLY, period),
            after=periods.following(periods.Frequency.QUARTERLY, period) if ended else None,
            **kwargs,
        )


class QuarterRows(Watching, ScopedListView):
    """The forms, requests or assignments behind one number of the quarterly table."""

    template_name = "monitoring/quarter_rows.html"
    empty_text = "没有对应的明细。"

    def rows(self) -> QuerySet[Any]:
        """What the tally counted for the department and column."""
        column = QUARTER_COLUMNS.get(self.kwargs["column"])
        if column is None:
            raise Http404
        self.department = get_object_or_404(
            Unit.objects.for_user(self.request.user, "organization.view_units"), pk=self.kwargs["unit"]
        )
        rows = column.rows(self.request.user, self.department.pk, quarter(self.kwargs["quarter"]))
        columns, related = COLUMNS[rows.model._meta.label]
        extra = MINUTES if rows.model is Assignment else HOURS if rows.model is FormRequest else ()
        self.columns = (*columns, *extra)
        self.title = column.label
        self.export_name = f"{self.department.name}{column.label}"
        return rows.select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Department, quarter and label."""
        return super().get_context_data(
            label=quarter(self.kwargs["quarter"]).label,
            code=self.kwargs["quarter"],
            **kwargs,
        ) | {"department": self.department}


class Publish(Watching):
    """Freeze a tally."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish, say so, and return to the quarter."""
        run = get_object_or_404(TallyRun.objects.for_user(request.user, "monitoring.view_tallies"), pk=pk)
        if not self.person.may_anywhere("monitoring.publish_tallies"):
            raise NotAllowed("您没有发布统计的权限。")
        tally.publish(pk=run.pk, actor=self.person)
        label = periods.parse(run.period).label
        messages.success(request, f"{label}减表成效已锁定发布；之后的变动另记修订，不改已发布的数。")
        return redirect("monitoring:quarter", quarter=run.period)
