"""Filling: the bundle of the month or one form, a field at a time or a page at once, then check and send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from core import clock, errors, workflow
from core.errors import Invalid, Refused, RuleRefused, Stale
from core.periods import parse
from core.workflow import Step
from organization.models import Unit
from organization.signed_in import person_of
from reports.choices import AssignmentState
from reports.forms.village import SaveForm, ids, packed_versions, posted_fields, posted_versions
from reports.models import Assignment
from reports.querysets import TO_DO
from reports.services import values
from reports.services.collection import filling, submitting
from reports.services.collection.bundle import bundle_of, return_reasons
from reports.services.collection.filling import Sheet, actor_may, in_force, load_sheet, returned_with
from reports.services.submission import closed
from reports.views.village import own_unit
from reports.views.village_rows import changed_rows, confirmable, row_of, saved_clock, sections_of
from reports.workflow_assignment import ASSIGNMENT, SUBMIT, SUBMIT_FOR


@dataclass(frozen=True)
class Target:
    """What is filled on a page: which forms, in whose name, and where its pages are."""

    unit: Unit
    rows: list[Assignment]
    step: Step
    page_url: str
    check_url: str
    title: str
    single: Assignment | None = None


def bundle_target(request: HttpRequest) -> Target:
    """All open forms of the signed-in village's month."""
    unit = own_unit(request)
    today = clock.today()
    rows = bundle_of(unit, request.user, today)
    return Target(
        unit,
        rows,
        SUBMIT,
        reverse("reports:fill_bundle"),
        reverse("reports:check_bundle"),
        f"{today.month}月",
    )


def single_target(request: HttpRequest, row: Assignment, step: Step) -> Target:
    """One form; a returned one together with the other forms sent back for the same field."""
    rows = [row, *returned_with(row, request.user, step.permission)]
    return Target(
        row.unit,
        rows,
        step,
        reverse("reports:fill", args=[row.pk]),
        reverse("reports:check", args=[row.pk]),
        row.form.name,
        row,
    )


def _single(request: HttpRequest, pk: int) -> tuple[Assignment, Step | None]:
    """The form of a key and the step by which this person may send it (None: to look at only)."""
    for step in (SUBMIT, SUBMIT_FOR):
        if person_of(request).may_anywhere(step.permission):
            try:
                return actor_may(request.user, step.permission, pk), step
            except Http404:
                continue
    return actor_may(request.user, Assignment.VIEW_PERMISSION, pk), None


def _stopped(row: Assignment) -> bool:
    """Whether the form can no longer be filled."""
    return row.state == AssignmentState.STOPPED or (row.state in TO_DO and not in_force(row, clock.today()))


def _gone(request: HttpRequest, row: Assignment) -> HttpResponse:
    until = f"有效期至 {row.form.valid_until:%Y-%m-%d}，" if row.form.valid_until else ""
    number = row.form.number.number if row.form.number else "无准入编号"
    return errors.page(request, 410, f"《{row.form.name}》（{number}）{until}已停止填报，本村不需再报。")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fill_bundle(request: HttpRequest) -> HttpResponse:
    """核对并报送: every open form of the month on one page, each indicator once."""
    target = bundle_target(request)
    if not target.rows:
        messages.info(request, "本月没有待填的报表。")
        return redirect("reports:village_month")
    return _filled(request, target)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """One form: to fill, or as it was sent; 410 with the reason once it has stopped."""
    row, step = _single(request, pk)
    if _stopped(row):
        return _gone(request, row)
    if step is None or row.state not in TO_DO:
        return _sent(request, row)
    return _filled(request, single_target(request, row, step))


def _sent(request: HttpRequest, row: Assignment) -> HttpResponse:
    sheet = load_sheet(row.unit, [row])
    drawn = workflow.offers(
        ASSIGNMENT,
        row,
        person_of(request),
        lambda step: (
            reverse("reports:village_step", args=[row.pk, step.name])
            if step.name in {"recall", "refuse"}
            else ""
        ),
    )
    offers = [offer for offer in drawn if offer.name in {"recall", "refuse"}]
    hidden = closed(person_of(request), [one.held.element_id for one in sheet.fields], row.unit_id)
    rows = [
        {**row_of(one, {}, {}), "flag": one.hint} for one in sheet.fields if one.held.element_id not in hidden
    ]
    context = {
        "row": row,
        "rows": rows,
        "hidden": len(hidden),
        "offers": offers,
        "unit": row.unit,
        "period": parse(row.period).label,
    }
    return render(request, "reports/village/sent.html", context)


def _filled(request: HttpRequest, target: Target) -> HttpResponse:
    if request.method == "POST":
        return _saved_page(request, target)
    return show_page(request, target, load_sheet(target.unit, target.rows))


def show_page(
    request: HttpRequest,
    target: Target,
    sheet: Sheet,
    *,
    mistakes: dict[int, str] | None = None,
    typed: dict[int, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The fill page, with what was typed kept where something could not be saved."""
    wrong, kept = mistakes or {}, typed or {}
    names = {one.held.element_id: one.held.name for one in sheet.fields}
    broken = [(f"v{one.elements[0]}", one.message) for one in sheet.broken]
    problems = [(f"v{key}", f"{names[key]}：{text}") for key, text in wrong.items()]
    if request.GET.get("check"):
        problems += broken
    context: dict[str, Any] = {
        "target": target,
        "sheet": sheet,
        "unit": target.unit,
        "rows": [row_of(one, wrong, kept) for one in sheet.to_check],
        "sections": sections_of(sheet, wrong, kept),
        "confirm": confirmable(sheet.to_check),
        "versions": packed_versions(sheet.fields),
        "problems": problems,
        "broken": broken,
        "comment": return_reasons([target.single]).get(target.single.pk)
        if _whole_return(target, sheet) and target.single
        else None,
        "saved_at": max(_typed_at(sheet), default=None),
    }
    return render(request, "reports/village/fill.html", context, status=status)


def _typed_at(sheet: Sheet) -> list[dt.datetime]:
    return [
        one.held.current.at
        for one in sheet.fields
        if one.held.by_a_person and one.held.current and one.held.current.at
    ]


def _whole_return(target: Target, sheet: Sheet) -> bool:
    row = target.single
    return (
        row is not None
        and row.state == AssignmentState.RETURNED
        and not any(one.held.comment for one in sheet.fields)
    )


def _saved_page(request: HttpRequest, target: Target) -> HttpResponse:
    """A page sent as a whole: save what differs, then go where the pressed button leads."""
    sheet = load_sheet(target.unit, target.rows)
    wrong: dict[int, str] = {}
    typed: dict[int, tuple[str, str]] = {}
    status = 200
    with transaction.atomic():
        for one in posted_fields(request.POST, sheet.fields):
            try:
                _save_posted(request, one)
            except Refused as refused:
                wrong[one.field.held.element_id] = refused.message
                typed[one.field.held.element_id] = (one.typed, one.reason)
                status = max(status, refused.status)
    if wrong:
        return show_page(
            request, target, load_sheet(target.unit, target.rows), mistakes=wrong, typed=typed, status=status
        )
    if "confirm" in request.POST:
        count = filling.confirm_fields(
            pks=[row.pk for row in target.rows], elements=ids(request.POST["confirm"]), actor=request.user
        )
        messages.success(request, f"{count} 项已核对无误。")
        return redirect(f"{target.page_url}#fields")
    return redirect(target.page_url if request.POST.get("go") == "save" else target.check_url)


def _save_posted(request: HttpRequest, posted: Any) -> None:
    held = posted.field.held
    current = held.current
    reading = values.read_text(posted.typed, held)
    stands = held.stands
    same = (
        reading.empty
        if stands is None
        else (reading.kind, reading.number, reading.text) == (stands.kind, stands.number, stands.text)
    )
    if same and posted.reason.strip() == (current.reason if current else ""):
        return
    filling.save_value(
        assignment_pk=posted.field.assignments[0],
        element_pk=held.element_id,
        actor=request.user,
        typed=posted.typed,
        version=posted.version,
        reason=posted.reason,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_bundle(request: HttpRequest) -> HttpResponse:
    """Check before sending: only what changed against the last period; POST sends."""
    target = bundle_target(request)
    if not target.rows and request.method != "POST":
        return redirect("reports:village_month")
    return _checked(request, target, lambda: redirect("reports:village_month"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Check and send one form."""
    row, step = _single(request, pk)
    if _stopped(row):
        return _gone(request, row)
    if step is None or row.state not in TO_DO:
        return redirect("reports:fill", pk=pk)
    target = single_target(request, row, step)
    after = "reports:village_month" if step is SUBMIT else "reports:fill"
    return _checked(request, target, lambda: redirect(after) if step is SUBMIT else redirect(after, pk=pk))


def _checked(request: HttpRequest, target: Target, after: Callable[[], HttpResponse]) -> HttpResponse:
    if request.method != "POST":
        return show_check(request, target)
    versions = posted_versions(request.POST) or {row.pk: row.version for row in target.rows}
    try:
        outcome = submitting.submit(pks=versions, actor=request.user, step=target.step, versions=versions)
    except Refused as refused:
        return show_check(request, target, refused)
    messages.success(request, _sentence(outcome, target))
    return after()


def _sentence(outcome: submitting.Outcome, target: Target) -> str:
    township = target.unit.parent.name if target.unit.parent else "乡镇"
    count = len(outcome.sent)
    sent = f"《{outcome.sent[0].form.name}》" if count == 1 else f"{count} 张表"
    text = f"{sent}已报送{township}审核；审核前可以撤回修改。"
    if outcome.left:
        text += "未报送：" + "，".join(f"《{one.assignment.form.name}》" for one in outcome.left) + "。"
    return text


def show_check(request: HttpRequest, target: Target, refused: Refused | None = None) -> HttpResponse:
    """The check page, with a refusal and its sources where sending was refused."""
    sheet = load_sheet(target.unit, target.rows) if target.rows else None
    today = clock.today()
    left = (
        [(row, found) for row in sheet.assignments if (found := submitting.gaps(sheet, row, today))]
        if sheet
        else []
    )
    waiting = {row.pk for row, _ in left}
    ready = [row for row in sheet.assignments if row.pk not in waiting] if sheet else []
    context = {
        "target": target,
        "unit": target.unit,
        "ready": ready,
        "left": [
            {"row": row, "reasons": [(f"v{key}" if key else "", text) for key, text in found]}
            for row, found in left
        ],
        "changed": changed_rows(sheet) if sheet else [],
        "kept": sum(1 for one in sheet.fields if not one.held.by_a_person) if sheet else 0,
        "problems": [("", refused.message)] if refused else [],
        "findings": refused.findings if isinstance(refused, RuleRefused) else [],
    }
    return render(request, "reports/village/check.html", context, status=refused.status if refused else 200)


@require_POST
def save_value(request: HttpRequest, assignment: int, element: int) -> HttpResponseBase:
    """Autosave of one field: JSON with the version, what was understood, and a hint."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "登录已过期。", "code": "not_signed_in"}, status=401)
    form = SaveForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(str(next(iter(form.errors.values()))[0]))
        saved = filling.save_value(
            assignment_pk=assignment,
            element_pk=element,
            actor=request.user,
            typed=form.cleaned_data["value"],
            version=form.cleaned_data["version"] or 0,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refused:
        return JsonResponse(_refusal(refused), status=refused.status)
    return JsonResponse(
        {
            "saved_at": saved_clock(saved.saved_at),
            "version": saved.version,
            "shown": saved.shown,
            "error": "",
            "hint": saved.hint,
            "used_in": saved.used_in if saved.used_in > 1 else 0,
            "change_text": saved.change_text,
        }
    )


def _refusal(refused: Refused) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": refused.message, "detail": refused.message, "code": refused.code}
    if isinstance(refused, Stale):
        answer["current"] = refused.current.get("value", "")
        answer["version"] = int(refused.current.get("version", "0"))
    return answer
