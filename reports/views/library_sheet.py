"""指标库: the sheet in, in two presses: check, then confirm."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from core.downloads import watermark, workbook
from core.errors import Refused
from core.models import SheetCheck
from core.templatetags.ui import thousands
from organization.views.access import Guarded
from reports import imports_library
from reports.services import library
from reports.services.library_sheet import Change
from reports.views.library import LABELS, Part, compared

MOST_SHOWN = 200


class Importing(Guarded):
    """For the keeper of the library only."""

    permissions = (library.MANAGE,)

    def held(self, pk: int) -> SheetCheck:
        """One's own check."""
        found: SheetCheck = get_object_or_404(imports_library.checks_of(self.person), pk=pk)
        return found


class Upload(Importing):
    """Choose a file; it is checked, nothing is written."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, or the blank sheet."""
        if request.GET.get("template"):
            return workbook(imports_library.template(), "指标库-导入模板")
        return render(request, "reports/library/import.html")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check and go to what was found."""
        upload = request.FILES.get("file")
        if upload is None:
            return render(
                request, "reports/library/import.html", {"error": "请选择要导入的文件。"}, status=400
            )
        try:
            held = imports_library.check_file(content=upload.read(), name=str(upload.name), actor=self.person)
        except Refused as refused:
            return render(
                request, "reports/library/import.html", {"error": refused.message}, status=refused.status
            )
        return redirect("reports:elements_import_check", pk=held.pk)


class Checked(Importing):
    """What a file would change, or what is wrong with it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The check page, or the returned file with 「错误」."""
        held = self.held(pk)
        if request.GET.get("returned") and held.problems:
            mark = watermark(self.person.who())
            stem = held.uploaded_name.rsplit(".", 1)[0]
            return workbook(imports_library.returned(held, mark), f"{stem}-错误")
        return self.show(held)

    def show(self, held: SheetCheck, refused: Refused | None = None) -> HttpResponse:
        """The check page, with the refusal of the confirmation where there was one."""
        plan = None if held.problems else imports_library.plan_of(held)
        changes = [change for change in plan.changes if not change.idle] if plan else []
        context = {
            "held": held,
            "problems": held.problems[:MOST_SHOWN],
            "refused": refused,
            "total": len(plan.changes) if plan else 0,
            "changed": len(changes),
            "rows": [{"change": change, "told": told(change)} for change in changes[:MOST_SHOWN]],
        }
        return render(
            self.request, "reports/library/check.html", context, status=refused.status if refused else 200
        )


class Confirm(Checked):
    """POST: write the checked file."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All rows or none; the same file confirmed twice does nothing."""
        held = self.held(pk)
        try:
            _, changed = imports_library.confirm_file(pk=pk, actor=self.person)
        except Refused as refused:
            return self.show(held, refused)
        said = (
            f"已导入，{thousands(changed)} 个指标有变动；新增的待启用。"
            if changed
            else "文件内容与指标库一致，没有改动。"
        )
        messages.success(request, said)
        return redirect("reports:elements")


def told(change: Change) -> dict[str, Any]:
    """What a row changes: names of the fields, and the 口径 compared by characters."""
    if change.before is None:
        return {"fields": "", "definition": [Part("same", change.words.definition)]}
    before, now = asdict(change.before), asdict(change.words)
    fields = [LABELS.get(name, name) for name in now if name != "definition" and now[name] != before[name]]
    fields += [LABELS.get(name, name) for name in change.edits]
    reworded = change.before.definition != change.words.definition
    since = f"自 {change.from_period:%Y-%m-%d} 起" if change.revises else ""
    return {
        "since": since,
        "fields": "、".join(fields),
        "definition": compared(change.before.definition, change.words.definition) if reworded else [],
    }
