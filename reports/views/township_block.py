"""代填: a form's block of villages × indicators, typed, pasted or imported; checked first, then written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Invalid, Refused
from core.models import SheetCheck
from core.workflow import Step
from reports.exports_township import block_workbook, wrong_rows
from reports.forms.township import ConfirmForm, PasteForm, chosen
from reports.imports_township import table_of_file
from reports.models import Assignment
from reports.querysets import TO_DO
from reports.services.block import clipboard, planning, writing
from reports.services.block.grid import FILL_FOR, Grid, load_grid
from reports.services.block.matching import match
from reports.services.collection.submitting import submit
from reports.views.township_review import person, problems_of
from reports.workflow_assignment import SUBMIT_FOR

MOST_SHOWN = 300
NOT_SENT = "没有报送"


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Forms of the present months that one may fill for villages, with how many still wait."""
    if not person(request).may_anywhere(FILL_FOR):
        raise PermissionDenied
    rows = (
        Assignment.objects.for_user(person(request), FILL_FOR)
        .opened(clock.today())
        .values(
            "form_id", "form__name", "form__code", "form__owner__name", "period", "period_start", "due_on"
        )
        .annotate(villages=Count("pk"), waiting=Count("pk", filter=Q(state__in=TO_DO)))
        .filter(waiting__gt=0)
        .order_by("due_on", "form__code", "period_start")[:200]
    )
    return render(request, "reports/township/blocks.html", {"rows": list(rows), "today": clock.today()})


@login_required
@require_GET
def grid(request: HttpRequest, form: int, period: str) -> HttpResponse:
    """The block: every open cell is a field that is saved by itself."""
    return show_grid(request, load_grid(person(request), form, period))


def show_grid(
    request: HttpRequest,
    block: Grid,
    refused: Refused | None = None,
    *,
    pasted: str = "",
    title: str = "",
    ticked: Collection[int] = (),
) -> HttpResponse:
    """The block's page; what was pasted or ticked is kept after a refusal."""
    context = {
        "grid": block,
        "submittable": [line for line in block.lines if line.submittable],
        "problems": problems_of(refused),
        "problems_title": title,
        "ticked": ticked,
        "paste_form": PasteForm(initial={"pasted": pasted}),
        "pasted": pasted,
        "open_paste": bool(pasted) or request.GET.get("paste") == "1",
    }
    return render(request, "reports/township/grid.html", context, status=refused.status if refused else 200)


@login_required
@require_POST
def paste(request: HttpRequest, form: int, period: str) -> HttpResponse:
    """Check a pasted table; nothing is written."""
    block = load_grid(person(request), form, period)
    data = PasteForm(request.POST)
    try:
        if not data.is_valid():
            raise Invalid(str(next(iter(data.errors.values()))[0]), field="pasted")
        table = clipboard.read(data.cleaned_data["pasted_html"], data.cleaned_data["pasted"])
        return _checked(request, block, table, "粘贴的表格")
    except Refused as refused:
        return show_grid(request, block, refused, pasted=request.POST.get("pasted", "")[:20_000])


@login_required
@require_POST
def upload(request: HttpRequest, form: int, period: str) -> HttpResponse:
    """Check an xlsx, csv, xls or et; nothing is written."""
    block = load_grid(person(request), form, period)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Invalid("请选择文件。", field="file")
        name = file.name or "导入的文件"
        return _checked(request, block, table_of_file(file.read(), name, block.form.name), name)
    except Refused as refused:
        return show_grid(request, block, refused)


def _checked(request: HttpRequest, block: Grid, table: clipboard.Table, name: str) -> HttpResponse:
    matched = match(table, [line.row.unit for line in block.lines], block.elements)
    kept = planning.keep(
        planning.plan(block, matched), block, actor=person(request), name=name, table=table.rows
    )
    return redirect("reports:block_check", form=block.form.pk, period=block.period.code, check=kept.pk)


def _own_check(request: HttpRequest, block: Grid, pk: int) -> SheetCheck:
    found = SheetCheck.objects.filter(
        pk=pk, kind=planning.KIND, actor_id=person(request).pk, target=planning.target_of(block)
    ).first()
    if found is None:
        raise Http404
    return found


@login_required
def check(request: HttpRequest, form: int, period: str, check: int) -> HttpResponse:
    """The preview of a table, and its confirmation: all or none, once."""
    block = load_grid(person(request), form, period)
    kept = _own_check(request, block, check)
    refused: Refused | None = None
    if request.method == "POST":
        data = ConfirmForm(request.POST)
        data.is_valid()
        try:
            written = writing.confirm(
                check_pk=check,
                form_pk=form,
                period=period,
                actor=person(request),
                overwrite=data.cleaned_data["overwrite"],
            )
        except Refused as error:
            refused = error
        else:
            left = f"，村里已填的 {written.left} 项没有改动" if written.left else ""
            messages.success(
                request,
                f"已写入 {written.villages} 个村 {written.cells} 项，标注“代填”{left}。可以继续核对后代填报送。",
            )
            return redirect("reports:fill_for_grid", form=form, period=period)
    return _show_check(request, block, kept, refused)


def _show_check(request: HttpRequest, block: Grid, kept: SheetCheck, refused: Refused | None) -> HttpResponse:
    plan = planning.kept_plan(kept)
    context = {
        "grid": block,
        "check": kept,
        "plan": plan,
        "writes": plan.writes[:MOST_SHOWN],
        "conflicts": plan.conflicts[:MOST_SHOWN],
        "locked": plan.locked[:MOST_SHOWN],
        "done": kept.state == SheetCheck.State.CONFIRMED,
        "problems": problems_of(refused),
    }
    return render(request, "reports/township/check.html", context, status=refused.status if refused else 200)


@login_required
@require_GET
def wrong(request: HttpRequest, form: int, period: str, check: int) -> HttpResponse:
    """The wrong rows of a table with an extra column 「错误」."""
    block = load_grid(person(request), form, period)
    return wrong_rows(_own_check(request, block, check), person(request))


@login_required
@require_GET
def export(request: HttpRequest, form: int, period: str) -> HttpResponse:
    """The block as xlsx, to be filled in and imported again: importing it unchanged changes nothing."""
    return block_workbook(load_grid(person(request), form, period), person(request))


@login_required
@require_POST
def hand_in(request: HttpRequest, form: int, period: str) -> HttpResponse:
    """代填报送 for the ticked villages, each complete one; the rest is named."""
    block = load_grid(person(request), form, period)
    wanted = set(chosen(request.POST))
    lines = [line for line in block.lines if line.row.pk in wanted]
    if not lines:
        return show_grid(request, block, Invalid("请先勾选要报送的村。", field="pk"), title=NOT_SENT)
    sent, left = _hand_in(request, lines, SUBMIT_FOR)
    if not sent:
        return show_grid(request, block, Invalid("；".join(left) + "。"), title=NOT_SENT, ticked=wanted)
    messages.success(
        request, f"已代 {len(sent)} 个村报送《{block.form.name}》，标注“代填”，请到乡镇审核中审核。"
    )
    if left:
        messages.warning(request, f"{len(left)} 个村没有报送：{'；'.join(left)}。")
    return redirect("reports:fill_for_grid", form=form, period=period)


def _hand_in(request: HttpRequest, lines: list[Any], step: Step) -> tuple[list[str], list[str]]:
    sent: list[str] = []
    left: list[str] = []
    for line in lines:
        name = line.row.unit.name
        try:
            submit(
                pks=[line.row.pk], actor=person(request), step=step, versions={line.row.pk: line.row.version}
            )
        except Refused as refused:
            left.append(f"{name}：{refused.message.rstrip('。')}")
        else:
            sent.append(name)
    return sent, left
