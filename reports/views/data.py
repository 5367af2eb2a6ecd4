"""A form's data of a period: table, exports, delivery, and the department's own workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic.base import ContextMixin, TemplateResponseMixin

from core import clock, periods
from core.downloads import workbook
from core.errors import Refused
from core.periods import Period
from core.scope import permitted
from organization.models import Unit
from organization.reach import reach
from organization.views.access import Guarded
from reports import exports_data
from reports.models import Form
from reports.services import data, paper_forms

FORMS = "reports.view_forms"
RECEIVE = "reports.receive"
MANAGE = "reports.manage_forms"
STATE_TONES = {
    "township_approved": "green",
    "accepted": "green",
    "submitted": "blue",
    "returned": "amber",
    "refused": "red",
}


def period_of(code: str) -> Period:
    """The period of a query; 404 where it is none."""
    try:
        return periods.parse(code)
    except ValueError as error:
        raise Http404 from error


@dataclass(frozen=True)
class Line:
    """A row of the table as the page draws it."""

    row: data.Row
    state: str
    tone: str
    fields: Sequence[data.Field]
    period: str

    @property
    def cells(self) -> list[tuple[data.Cell, str]]:
        """Cells with the address of each stored value's history."""
        unit_id = self.row.unit.pk
        return [
            (
                cell,
                ""
                if item.derived or cell.value is None
                else reverse("reports:value_changes", args=[item.element_id, unit_id, item.period]),
            )
            for item, cell in zip(self.fields, self.row.cells, strict=True)
        ]


class FormData(Guarded, TemplateResponseMixin, ContextMixin):
    """Units × indicators of a form and period; the owner department takes delivery here."""

    permissions = (data.VALUES,)
    template_name = "reports/data/form.html"
    refused: Refused | None = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Page, or export of the same table."""
        form = self.form()
        kind = request.GET.get("export", "")
        if kind in {"xlsx", "csv", "json"}:
            return self.export(form, kind)
        return self.render_to_response(self.get_context_data(**kwargs))

    def form(self) -> Form:
        """The form inside the person's reach."""
        form: Form = permitted(Form, self.person, FORMS, pk=self.kwargs["pk"])
        return form

    def export(self, form: Form, kind: str) -> HttpResponseBase:
        """The table as it is seen, as a file."""
        table = self.table(form, data.opened_periods(form))
        if table is None:
            raise Http404
        if kind == "xlsx":
            return exports_data.as_xlsx(table, self.person)
        return exports_data.as_csv(table) if kind == "csv" else exports_data.as_json(table)

    def township(self) -> Unit | None:
        """The township asked for, if any."""
        pk = self.request.GET.get("township", "")
        return (
            Unit.objects.for_user(self.person, "organization.view_units").townships().filter(pk=pk).first()
            if pk.isdecimal()
            else None
        )

    def table(self, form: Form, opened: list[tuple[str, Any]]) -> data.Table | None:
        """The table of the period asked for, or of the newest one."""
        asked = self.request.GET.get("period", "") or self.request.POST.get("period", "")
        code = asked or (opened[0][0] if opened else "")
        return data.table_of(form, period_of(code), self.person, self.township()) if code else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Table, periods, counts, and what the person may do."""
        user, form = self.person, self.form()
        opened = data.opened_periods(form)
        table = self.table(form, opened)
        reached = reach(user, data.VALUES)
        states = not reached.departments or form.owner_id in reached.departments
        owns = Form.objects.for_user(user, MANAGE).filter(pk=form.pk).exists()
        receives = Form.objects.for_user(user, RECEIVE).filter(pk=form.pk).exists()
        today = clock.today()
        return super().get_context_data(
            form=form,
            form_number=paper_forms.head_of(form),
            table=table,
            lines=[self.line(row, table, today, states=states) for row in table.rows] if table else [],
            opened=[(code, periods.parse(code).label) for code, _ in opened],
            townships=self.townships(reached),
            township=self.township(),
            states=states,
            owns=owns,
            template=paper_forms.template_of(form) if owns else None,
            may_accept=bool(receives and table and table.to_accept),
            query=f"period={table.period.code}" if table else "",
            refused=self.refused,
            **kwargs,
        )

    def townships(self, reached: Any) -> Any:
        """Townships to narrow the table to, where more than one is in reach."""
        if not (reached.county or reached.departments):
            return ()
        return Unit.objects.for_user(self.person, "organization.view_units").townships()

    @staticmethod
    def line(row: data.Row, table: data.Table, today: Any, *, states: bool) -> Line:
        """State word of one unit: 填报中 n/N and 逾期 are seen, not stored."""
        assignment = row.assignment
        label, tone = "", ""
        if states and assignment is not None:
            label, tone = assignment.get_state_display(), STATE_TONES.get(assignment.state, "")
            if assignment.state == "open" and row.filled:
                label = f"填报中 {row.filled}/{len(row.cells)}"
            if assignment.state in {"open", "returned"} and assignment.due_on < today:
                label, tone = f"{label}（逾期）", "red"
        return Line(row, label, tone, table.fields, table.period.code)


class FormDataAccept(FormData):
    """POST: take delivery of a period in one press."""

    permissions = (RECEIVE,)
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept what townships approved."""
        form = self.form()
        period = period_of(request.POST.get("period", ""))
        try:
            count = data.accept_period(form_pk=pk, period=period.code, actor=self.person)
        except Refused as refused:
            self.refused = refused
            return self.render_to_response(self.get_context_data(), status=refused.status)
        messages.success(
            request, f"已接收“{form.name}”{period.label} {count} 份数据，可以导出或按原表样下载。"
        )
        return redirect(f"{reverse('reports:form_data', args=[pk])}?period={period.code}")


ON_PAPER = 7
"""Indicators side by side on A4."""


class FormDataPrint(FormData):
    """The table on A4: at most seven indicators side by side, each part with its units, so that no cell is cut."""

    template_name = "reports/data/print.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table in parts; 404 where no period was opened."""
        context = super().get_context_data(**kwargs)
        table = context["table"]
        if table is None:
            raise Http404
        starts = range(0, len(table.fields), ON_PAPER)
        context["parts"] = [
            {
                "fields": table.fields[start : start + ON_PAPER],
                "rows": [(row.unit, row.cells[start : start + ON_PAPER]) for row in table.rows],
                "totals": table.totals[start : start + ON_PAPER],
            }
            for start in starts
        ]
        return context


class PaperTemplate(FormData):
    """POST: keep the department's own workbook; GET with `filled`: the same workbook filled in."""

    permissions = (MANAGE,)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The department's workbook, filled in with the period."""
        form = self._own_form()
        table = self.table(form, data.opened_periods(form))
        template = paper_forms.template_of(form)
        if table is None or template is None:
            raise Http404
        try:
            content = paper_forms.filled(template, table)
        except Refused as refused:
            self.refused = refused
            return self.render_to_response(self.get_context_data(), status=refused.status)
        stem = template.name.rsplit(".", 1)[0]
        return workbook(content, f"{stem}-{table.period.code}")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep an uploaded workbook as the form's 原表样."""
        form = self._own_form()
        upload = request.FILES.get("file")
        try:
            paper_forms.keep_template(
                form=form,
                name=str(upload.name) if upload else "",
                content=upload.read() if upload else b"",
                actor=self.person,
            )
        except Refused as refused:
            self.refused = refused
            return self.render_to_response(self.get_context_data(), status=refused.status)
        messages.success(request, f"“{form.name}”的原表样已保存，可以按原表样导出了。")
        period = request.POST.get("period", "")
        return redirect(reverse("reports:form_data", args=[pk]) + (f"?period={period}" if period else ""))

    def _own_form(self) -> Form:
        form: Form = permitted(Form, self.person, MANAGE, pk=self.kwargs["pk"])
        return form
