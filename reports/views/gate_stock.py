"""存量报表: the sheet of a unit's existing forms, both lists side by side, numbers in bulk."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.downloads import workbook
from core.errors import Invalid, Refused
from core.models import SheetCheck
from core.sheets import service, template
from core.sheets.errors import SheetRefused
from organization.views.access import Guarded
from reports.services import admission_stock as stock

ASK, DECIDE = "reports.request_forms", "reports.decide_requests"
LARGEST = 10 * 1024 * 1024


class Stock(Guarded):
    """Both lists; upload, check and confirm of one's own."""

    permissions: tuple[str, ...] = (ASK, DECIDE)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or the blank sheet."""
        if request.GET.get("template"):
            return workbook(template.blank_template(stock.SPEC), "存量报表")
        return self.show(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check an uploaded sheet, or confirm a checked one."""
        text = request.POST.get("check", "")
        try:
            if text.isdigit():
                return self._confirm(request, int(text))
            return self._check(request)
        except Refused as refused:
            return self.show(request, refused=refused.message, status=refused.status)
        except SheetRefused as refused:
            return self.show(request, refused=str(refused), status=400)

    def _check(self, request: HttpRequest) -> HttpResponse:
        upload = request.FILES.get("file")
        if upload is None:
            raise Invalid("请选择存量报表文件。", field="file")
        row, result = service.check_upload(
            content=upload.read(LARGEST + 1),
            name=upload.name or "",
            spec=stock.SPEC,
            lookups={},
            actor=self.person,
        )
        problems = [str(one) for one in result.problems] or stock.wrong_names(result.rows)
        return self.show(
            request, check=row, rows=result.rows, problems=problems, status=422 if problems else 200
        )

    def _confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        entered: list[int] = []
        service.confirm(
            pk=pk,
            spec=stock.SPEC,
            actor=self.person,
            apply=lambda rows: entered.append(stock.enter(rows, self.person)),
        )
        messages.success(request, f"已登记 {sum(entered)} 张存量报表，对方也列出后由县政数局批量编号。")
        return redirect("reports:stock")

    def show(
        self,
        request: HttpRequest,
        *,
        check: SheetCheck | None = None,
        rows: list[dict[str, Any]] | None = None,
        problems: list[str] | None = None,
        refused: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """The page with what was found in the sheet."""
        found = stock.listed(self.person)
        context = {
            "listed": [(one, stock.hours_of(one)) for one in found],
            "ready": sum(1 for one in found if one.ready),
            "may_list": self.person.may_anywhere(ASK),
            "may_number": self.person.may_anywhere(DECIDE),
            "check": check,
            "rows": rows,
            "problems": [("id_file", text) for text in [*(problems or []), *([refused] if refused else [])]],
            "picked": request.POST.getlist("pk"),
        }
        return render(request, "reports/gate/stock.html", context, status=status)


class StockNumber(Stock):
    """Numbers for the ticked agreed forms, all or none."""

    permissions = (DECIDE,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Nothing to look at here."""
        return redirect("reports:stock")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Number them."""
        pks = [int(pk) for pk in request.POST.getlist("pk") if pk.isdigit()]
        try:
            forms = stock.number_agreed(pks, actor=self.person)
        except Refused as refused:
            return self.show(request, refused=refused.message, status=refused.status)
        messages.success(
            request,
            f"已为 {len(forms)} 张存量报表编号：{forms[0].number} 起。请在报表目录核对后导出清单印发。",
        )
        return redirect("reports:stock")
