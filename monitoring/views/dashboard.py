"""The dashboard, the rows behind each figure, and the quarterly table of departments."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import TemplateView

from core import clock, periods
from core.errors import NotAllowed
from core.figures import compute
from core.lists import Column, ScopedListView
from monitoring.figures import FIGURES
from monitoring.services import dashboard
from organization.views.access import Hidden
from reports.models import TallyRun
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
COLUMNS = {
    "reports.Assignment": (ASSIGNMENT_COLUMNS, ("unit__parent", "form__number")),
    "reports.Form": (FORM_COLUMNS, ("owner", "number")),
    "reports.UnitMonth": (MONTH_COLUMNS, ("unit__parent",)),
    "reports.FormRequest": (REQUEST_COLUMNS, ("form", "requester")),
}


class FigureRows(Watching, ScopedListView):
    """The rows that make a figure: the same queryset, listed and exported."""

    template_name = "monitoring/figure.html"
    empty_text = "没有对应的明细。"

    def rows(self) -> QuerySet[Any]:
        """Rows of the numerator, or with `?part=base` of the denominator."""
        definition = FIGURES.get(self.kwargs["code"])
        if definition is None:
            raise Http404
        part = (
            definition.base if self.request.GET.get("part") == "base" and definition.base else definition.rows
        )
        rows = part(self.request.user, month=self.month())
        township = self.request.GET.get("township", "")
        if township and hasattr(rows.model, "unit"):
            rows = (
                rows.filter(unit__parent_id=int(township))
                if township.isascii() and township.isdigit()
                else rows.none()
            )
        self.columns, related = COLUMNS[rows.model._meta.label]
        self.title = definition.label
        self.export_name = f"{definition.label}明细"
        return rows.select_related(*related)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figure itself above its rows."""
        definition = FIGURES.get(self.kwargs["code"])
        if definition is None:
            raise Http404
        month = self.month()
        figure = compute(definition, self.request.user, as_of=clock.now(), month=month)
        part = self.request.GET.get("part", "")
        return super().get_context_data(
            figure=figure,
            month=month,
            month_label=periods.parse(month).label,
            tabs=[
                {"label": "分子明细", "url": f"?month={month}", "current": part != "base"},
                {"label": "分母明细", "url": f"?month={month}&part=base", "current": part == "base"},
            ]
            if definition.base is not None and definition.base is not definition.rows
            else [],
            **kwargs,
        )


class Quarter(Watching, TemplateView):
    """每季通报底稿: departments' 减表成效, real cuts apart from 口径调整."""

    template_name = "monitoring/quarter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows in 机构序列, totals, whether published."""
        code = self.kwargs["quarter"]
        try:
            period = periods.parse(code)
        except ValueError as error:
            raise Http404 from error
        rows = dashboard.departments(self.request.user, code)
        user = self.request.user
        run = TallyRun.objects.for_user(user, "monitoring.publish_tallies").filter(
            kind="quarter", period=code, published_at__isnull=True
        )
        return super().get_context_data(
            label=period.label,
            rows=rows,
            totals=dashboard.quarter_totals(rows),
            published=dashboard.published(rows),
            may_publish=run.order_by("-revision").first() if period.end < clock.today() else None,
            **kwargs,
        )


class Publish(Watching):
    """Freeze a tally."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish and return to the quarter."""
        run = get_object_or_404(TallyRun.objects.for_user(request.user, "monitoring.view_tallies"), pk=pk)
        if not self.person.may_anywhere("monitoring.publish_tallies"):
            raise NotAllowed("您没有发布统计的权限。")
        tally.publish(pk=run.pk, actor=self.person)
        return redirect("monitoring:quarter", quarter=run.period)
