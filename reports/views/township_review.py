"""乡镇审核: one page for a month, decisions by exception, who is missing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Invalid, Refused, RuleRefused
from core.workflow import Step, offers
from reports.exports_township import month_workbook
from reports.forms.township import MonthForm, StepForm, VersionsForm
from reports.models import Assignment
from reports.services import reminding, review
from reports.services.collection.submitting import submit
from reports.services.submission import history_of, submission_of
from reports.services.township_month import (
    REVIEW,
    TownshipMonth,
    month_holding,
    month_of,
    months,
    officers,
    townships,
)
from reports.workflow_assignment import APPROVE, ASSIGNMENT, RETURN, SUBMIT_FOR

if TYPE_CHECKING:
    from organization.models import User

PER_PAGE = 100
OFFERED = {APPROVE.name, RETURN.name, SUBMIT_FOR.name}
TABS = (("look", "待办"), ("done", "已办"), ("missing", "未报"), ("all", "全部"))


def person(request: HttpRequest) -> User:
    """The signed-in person of a view that asks for sign-in."""
    return cast("User", request.user)


def _require_reviewer(request: HttpRequest) -> None:
    if not person(request).may_anywhere(REVIEW):
        raise PermissionDenied


@login_required
@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """The review page of a month."""
    _require_reviewer(request)
    return show_month(request, request.GET)


def show_month(request: HttpRequest, query: Any, refused: Refused | None = None) -> HttpResponse:
    """The page as `query` asks (month, tab, officer), with a refusal where an act was refused."""
    form = MonthForm(query)
    form.is_valid()
    asked = form.cleaned_data
    month_code = asked.get("month") or _month(request, asked.get("period"))
    carers = officers(person(request))
    officer = next((one for one in carers if one.pk == asked.get("officer")), None)
    page = month_of(person(request), month_code, villages=officer.villages if officer else None)
    tab = asked.get("tab") or ("look" if page.looks or page.clean or not page.missing else "missing")
    places = townships(person(request))
    heading = "、".join(unit.name for unit in places[:3])
    keep = {"month": month_code, **({"officer": officer.pk} if officer else {})}
    context = {
        "page": page,
        "place": heading,
        "tab": tab,
        "tabs": _tabs(page, tab, keep),
        "months": months(person(request)),
        "officers": carers,
        "officer": officer,
        "here": urlencode({**keep, "tab": tab}),
        "rows": _rows(page, tab, query),
        "group_text": reminding.text_to_copy(
            page.missing, heading=f"{heading}{page.label}", today=page.today
        ),
        "missing": [(one, one.due_text(page.today), one.late_by(page.today)) for one in page.missing],
        "keys": (("1", "同意"), ("2", "退回这一项")),
        "stock": RETURN.stock_reasons,
        "problems": problems_of(refused),
    }
    return render(request, "reports/township/month.html", context, status=refused.status if refused else 200)


def _month(request: HttpRequest, period: str | None) -> str:
    """The month to show when none is asked for: that of a period, or the present one."""
    return (month_holding(person(request), period) if period else "") or f"{clock.today():%Y-%m}"


def problems_of(refused: Refused | None) -> list[tuple[str, str]]:
    """Rows of the error summary: the sentence, and for a rule its source."""
    if refused is None:
        return []
    if isinstance(refused, RuleRefused):
        return [("", f"{one.message}（{one.source}）") for one in refused.findings]
    return [("", refused.message)]


def _tabs(page: TownshipMonth, tab: str, keep: dict[str, Any]) -> list[dict[str, Any]]:
    counts = {
        "look": len(page.looks),
        "done": len(page.done),
        "missing": f"{len(page.missing)} 村",
        "all": len(page.counted),
    }
    url = reverse("reports:township_review")
    return [
        {
            "label": label,
            "count": counts[key],
            "current": key == tab,
            "url": f"{url}?{urlencode({**keep, 'tab': key})}",
        }
        for key, label in TABS
    ]


def _rows(page: TownshipMonth, tab: str, query: Any) -> Any:
    found = {"done": page.done, "missing": page.waiting, "all": page.rows}.get(tab, [])
    return Paginator(found, PER_PAGE).get_page(query.get("page"))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    here = reverse("reports:township_review")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, {request.get_host()}):
        return asked
    return f"{here}?{asked}" if asked and not asked.startswith("/") else here


def _query(request: HttpRequest) -> Any:
    from django.http import QueryDict

    return QueryDict(
        request.POST.get("next", "").removeprefix(reverse("reports:township_review")).lstrip("?")
    )


def _undo_tag(act: uuid.UUID | None) -> str:
    return f"undo:{reverse('reports:township_undo', args=[act])}" if act else ""


@login_required
@require_POST
def approve_clean(request: HttpRequest) -> HttpResponse:
    """无异常的一并同意: exactly what was shown, less what has changed since."""
    _require_reviewer(request)
    form = VersionsForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid("页面已过期，请刷新后重试。")
        rows, left = review.approve_clean(versions=form.cleaned_data["rows"], actor=person(request))
    except Refused as refused:
        return show_month(request, _query(request), refused)
    text = f"已同意 {len(rows)} 份" + (f"，另有 {left} 份刚刚变动，没有同意，请再看一遍。" if left else "。")
    messages.success(request, text, extra_tags=_undo_tag(rows[0].act))
    return redirect(_back(request))


@login_required
@require_POST
def undo(request: HttpRequest, act: uuid.UUID) -> HttpResponse:
    """撤销 within ten seconds."""
    _require_reviewer(request)
    try:
        rows = review.undo_approval(act=act, actor=person(request))
    except Refused as refused:
        return show_month(request, {}, refused)
    messages.success(request, f"已撤销 {len(rows)} 份的同意，回到待审。")
    return redirect(f"{reverse('reports:township_review')}?{urlencode({'month': rows[0].burden_month})}")


@login_required
@require_POST
def step(request: HttpRequest, pk: str, name: str) -> HttpResponse:
    """同意, 退回修改 (whole, or the single field `element`), 代填报送 of one submission."""
    row = get_object_or_404(
        Assignment.objects.for_user(person(request), Assignment.VIEW_PERMISSION).select_related(
            "form", "unit"
        ),
        pk=pk,
    )
    form = StepForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(
                "意见最多 200 个字。" if "reason" in form.errors else "页面已过期，请刷新后重试。",
                field="reason",
            )
        _take(request, row, name, form.cleaned_data)
    except Refused as refused:
        if request.POST.get("from") == "detail":
            return show_assignment(request, row.pk, refused)
        return show_month(request, _query(request), refused)
    return redirect(_back(request))


def _take(request: HttpRequest, row: Assignment, name: str, data: dict[str, Any]) -> None:
    actor = person(request)
    label = f"{row.unit.name}《{row.form.name}》"
    version = data.get("version")
    if name == APPROVE.name:
        done = review.approve(pk=row.pk, actor=actor, version=version)
        messages.success(request, f"已同意{label}。", extra_tags=_undo_tag(done.act))
    elif name == SUBMIT_FOR.name:
        submit(
            pks=[row.pk],
            actor=actor,
            step=SUBMIT_FOR,
            versions={row.pk: version} if version is not None else None,
        )
        messages.success(request, f"已代{label}报送，标注“代填”，请继续审核。")
    elif data.get("element"):
        rows = review.return_field(
            pk=row.pk, element_id=data["element"], actor=actor, comment=data["reason"], version=version
        )
        more = f"，同一数值用于 {len(rows)} 张表，一并重新打开" if len(rows) > 1 else ""
        messages.success(request, f"已退回{label}的这一项{more}；其余各项不变，等村里改后重新报送。")
    else:
        review.return_whole(pk=row.pk, actor=actor, reason=data["reason"], version=version)
        messages.success(request, f"已退回{label}，等村里改后重新报送。")


@login_required
@require_GET
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """One submission: values beside the last ones, marks, what was sent back and changed, what may be done."""
    return show_assignment(request, pk)


def show_assignment(request: HttpRequest, pk: int, refused: Refused | None = None) -> HttpResponse:
    """The page of one submission, with a refusal where a step was refused."""
    page = submission_of(person(request), pk)
    finding = review.approval_refusal(page.broken)

    def url(step_: Step) -> str:
        return reverse("reports:township_step", args=[pk, step_.name]) if step_.name in OFFERED else ""

    drawn = offers(ASSIGNMENT, page.row, person(request), url, {APPROVE.name: finding} if finding else {})
    context = {
        "page": page,
        "offers": [offer for offer in drawn if offer.name in OFFERED],
        "may_return": page.returning or any(offer.name == RETURN.name for offer in drawn),
        "stock": RETURN.stock_reasons,
        "problems": problems_of(refused),
        "back": f"{reverse('reports:township_review')}?{urlencode({'month': page.row.burden_month})}",
    }
    return render(
        request, "reports/township/assignment.html", context, status=refused.status if refused else 200
    )


@login_required
@require_GET
def history(request: HttpRequest, pk: int, element: int) -> HttpResponse:
    """Who changed one value, when, from what to what (features.md A21); a fragment for htmx, a page otherwise."""
    page = history_of(person(request), pk, element)
    if page is None:
        raise Http404
    htmx = getattr(request, "htmx", None)
    template = "reports/township/history_card.html" if htmx else "reports/township/history.html"
    return render(request, template, {"page": page})


@login_required
@require_POST
def urge(request: HttpRequest) -> HttpResponse:
    """催办: tell those who are missing, nobody else."""
    _require_reviewer(request)
    form = MonthForm({"month": request.POST.get("month", "")})
    try:
        if not form.is_valid() or not form.cleaned_data["month"]:
            raise Invalid("请选择月份。")
        told = reminding.urge(actor=person(request), month=form.cleaned_data["month"])
    except Refused as refused:
        return show_month(request, _query(request), refused)
    messages.success(request, f"已提醒 {told} 个未报送的村（社区），已报送的不受打扰。")
    return redirect(_back(request))


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The month as a workbook: one sheet a form, villages by indicators, codes as text."""
    _require_reviewer(request)
    form = MonthForm(request.GET)
    form.is_valid()
    month_code = form.cleaned_data.get("month") or f"{clock.today():%Y-%m}"
    return month_workbook(person(request), month_code)
