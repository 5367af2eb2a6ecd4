"""The page of one request: numbers first, what exists, the decision; steps and what-if."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from core.errors import Refused
from core.periods import Frequency
from core.scope import permitted
from core.uploads import path_of
from core.workflow import Step, offers
from organization.models import Unit
from organization.services.calendar import WorkCalendar
from organization.views.access import Guarded
from reports.choices import RequestKind, RequestState
from reports.models import Form, FormRequest
from reports.services import admission_asking, admission_changes, admission_deciding, admission_urgent
from reports.services.admission import workdays_left
from reports.services.admission_deciding import REJECTIONS
from reports.services.admission_page import (
    Page,
    WhatIf,
    page_of,
    scope_text,
    times_as_often,
    what_if,
)
from reports.views.gate_lists import to_decide
from reports.workflow import REQUEST

VIEW = FormRequest.VIEW_PERMISSION
KEYS = (("1", "同意"), ("2", "退回修改"), ("3", "并入"), ("4", "直接取用"), ("5", "登记"))
SIMPLE = ("withdraw",)
"""Steps drawn by the common component; the others have an opinion or more to choose."""


def find(pk: int, user: Any) -> FormRequest:
    """The request in scope with what the page reads; Http404 outside."""
    permitted(FormRequest, user, VIEW, pk=pk)
    related = ("form__owner", "form__number", "form_version", "requester", "merged_into", "review_of")
    return FormRequest.objects.select_related(*related).get(pk=pk)


class RequestPage(Guarded):
    """One request."""

    permissions = (VIEW,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Numbers, fields, decision, timeline."""
        return show(request, find(pk, self.person))


def show(
    request: HttpRequest,
    row: FormRequest,
    *,
    refused: Refused | None = None,
    status: int = 200,
    tried: WhatIf | None = None,
) -> HttpResponse:
    """The page, with a refusal and what was typed where there is one."""
    page = page_of(row)
    user = request.user
    drawn = {offer.name: offer for offer in _offers(row, user, page)}
    mine = FormRequest.objects.for_user(user, admission_asking.ASK).filter(pk=row.pk).exists()
    context = {
        "row": row,
        "page": page,
        "offers": [drawn[name] for name in SIMPLE if name in drawn],
        "with_opinion": [
            drawn[name] for name in ("admit", "register", "register_statutory") if name in drawn
        ],
        "reject": drawn.get("reject"),
        "send_back": drawn.get("return"),
        "keys": KEYS,
        "following": to_decide(user).exclude(pk=row.pk).order_by("decide_by", "pk").first(),
        "take": drawn.get("take"),
        "merge": drawn.get("merge"),
        "deciding": bool(drawn.keys() & {"admit", "register_statutory"}),
        "reject_codes": [(code, code.label) for code in REJECTIONS],
        "targets": _targets(page),
        "scope_text": scope_text(row.form_version.respondent_rule),
        "scope_counts": row.form_version.respondent_rule.get("kind") != "units",
        "frequencies": Frequency.choices,
        "townships": Unit.objects.for_user(user, "organization.view_units").townships(),
        "days_left": _days_left(row),
        "may_edit": mine and row.state in admission_asking.EDITABLE,
        "may_review": mine and row.state == RequestState.REJECTED and not row.review_of_id,
        "notice": admission_urgent.notice_of(row) if row.kind == RequestKind.URGENT else None,
        "refused": refused,
        "tried": tried,
        **_adjusted(request, row, tried),
        "tried_townships": [int(one) for one in request.GET.getlist("township") if one.isdigit()],
        "dropped": [int(one) for one in request.GET.getlist("drop") if one.isdigit()],
        "typed": request.POST,
        "taken_now": [int(pk) for pk in request.POST.getlist("take") if pk.isdigit()],
        "suggested": request.GET.get("opinion", "")[:500],
    }
    return render(request, "reports/gate/request.html", context, status=status)


def _adjusted(request: HttpRequest, row: FormRequest, tried: WhatIf | None) -> dict[str, Any]:
    """The frequency the decision carries (tried or posted, if not as asked) and how far it is above the superior's."""
    chosen = tried.frequency if tried else (request.POST or request.GET).get("frequency", "")
    asked = row.form_version.frequency
    fits = chosen in Frequency.values and chosen != asked and admission_deciding.may_adjust(row)
    often = times_as_often(chosen if fits else asked, row.superior_frequency)
    return {
        "adjusted": chosen if fits else "",
        "adjusted_label": Frequency(chosen).label if fits else "",
        "too_often": f"{often.normalize():f}" if often is not None and often > 1 else "",
    }


def _offers(row: FormRequest, user: Any, page: Page) -> list[Any]:
    refusals = {"admit": page.refusal} if page.refusal else {}

    def url(step: Step) -> str:
        return reverse("reports:request_step", args=[row.pk, step.name])

    return offers(REQUEST, row, user, url, refusals)


def _targets(page: Page) -> list[Form]:
    """Forms the request could be merged into: those in force that overlap, the most first."""
    return [one.form for one in page.overlaps if not one.pending][:10]


def _days_left(row: FormRequest) -> int | None:
    """Working days until the decision is due."""
    if row.decide_by is None or row.decided_at is not None:
        return None
    today = clock.today()
    return workdays_left(WorkCalendar.load(today, max(today, row.decide_by)), row.decide_by)


def _steps(row: FormRequest, request: HttpRequest, user: Any) -> dict[str, Callable[[], FormRequest]]:
    """What each step does with what was posted."""
    posted = request.POST
    text = posted.get("version", "")
    common: dict[str, Any] = {"version": int(text) if text.isdigit() else None, "actor": user}
    opinion, reason = posted.get("opinion", "")[:2000], posted.get("reason", "")[:500]
    pk = row.pk
    into = posted.get("into", "")
    chosen = [int(one) for one in posted.getlist("take") if one.isdigit()]
    adjusted = posted.get("frequency", "")[:12]
    deciding = admission_deciding
    return {
        "withdraw": lambda: admission_asking.withdraw(pk, **common),
        "admit": lambda: deciding.admit(pk, opinion=opinion, frequency=adjusted, **common),
        "register": lambda: deciding.register(pk, opinion=opinion, frequency=adjusted, **common),
        "register_statutory": lambda: deciding.register_statutory(pk, opinion=opinion, **common),
        "take": lambda: deciding.take_existing(
            pk, element_ids=chosen, opinion=opinion, frequency=adjusted, **common
        ),
        "merge": lambda: deciding.merge(
            pk, into=int(into) if into.isdigit() else 0, opinion=opinion, **common
        ),
        "return": lambda: deciding.send_back(pk, reason=reason, **common),
        "reject": lambda: deciding.reject(pk, reason=reason, code=posted.get("reason_code", ""), **common),
    }


class RequestStep(Guarded):
    """One press on one request."""

    permissions = (VIEW,)

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Take the step; a refusal shows the page again with what was typed."""
        row = find(pk, self.person)
        if step == "review":
            return self._review(request, row)
        steps = _steps(row, request, self.person)
        if step not in steps:
            raise Http404
        try:
            done = steps[step]()
        except Refused as refused:
            return show(request, find(pk, self.person), refused=refused, status=refused.status)
        done.form.refresh_from_db()
        messages.success(request, _said(done))
        return redirect("reports:request", pk=pk)

    def _review(self, request: HttpRequest, row: FormRequest) -> HttpResponse:
        try:
            again = admission_changes.ask_review(row.pk, actor=self.person)
        except Refused as refused:
            return show(request, row, refused=refused, status=refused.status)
        messages.success(request, f"《{row.form.name}》复核申请已建立，补充说明后送审；复核只有一次。")
        return redirect("reports:request_edit", pk=again.pk)


def _said(row: FormRequest) -> str:
    """The sentence that names the thing and what comes next."""
    name, form = f"《{row.form.name}》", row.form
    match row.state:
        case RequestState.ADMITTED | RequestState.REGISTERED:
            return f"{name}已{row.get_state_display()}，编号 {form.number}，有效期至 {form.valid_until:%Y-%m-%d}；制表单位已收到通知。"
        case RequestState.TAKEN:
            taken, kept = len(row.taken_elements), row.form_version.fields.count()
            if not kept:
                return f"{name}{taken} 项全部直接取用，不再新增报表。"
            return f"{name}{taken} 项不再向村要，其余 {kept} 项准入，编号 {form.number}。"
        case RequestState.MERGED:
            return f"{name}已并入《{row.merged_into}》，双方已收到通知。"
        case RequestState.RETURNED:
            return f"{name}已退回修改，等待申请单位重新送审。"
        case RequestState.REJECTED:
            return f"{name}已驳回，申请单位可申请复核一次。"
    return f"{name}申请已撤回。"


class RequestWhatIf(Guarded):
    """The hours at another frequency, for fewer villages, with fewer indicators; nothing is stored."""

    permissions = (VIEW,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The line for htmx, or the whole page with the line in it."""
        row = find(pk, self.person)
        tried = what_if(
            row,
            frequency=request.GET.get("frequency", ""),
            townships=[int(one) for one in request.GET.getlist("township") if one.isdigit()],
            drop={int(one) for one in request.GET.getlist("drop") if one.isdigit()},
        )
        if getattr(request, "htmx", False):
            context = {"row": row, "tried": tried, "swapped": True, **_adjusted(request, row, tried)}
            return render(request, "reports/gate/what_if.html", context)
        return show(request, row, tried=tried)


class RequestNotice(Guarded):
    """The superior's notice as a download."""

    permissions = (VIEW,)

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """The stored file under its own name."""
        kept = admission_urgent.notice_of(find(pk, self.person))
        if kept is None or kept.scan == "infected":
            raise Http404
        return FileResponse(
            default_storage.open(path_of(kept.hash)),
            as_attachment=True,
            filename=kept.name,
            content_type=kept.type,
        )
