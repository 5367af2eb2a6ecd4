"""The village's month: one list of what is due, taking back, 无编号依规不报, and 本村基本情况."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Refused
from core.scope import permitted
from organization.models import Unit
from organization.signed_in import person_of
from reports.forms.village import StepForm, posted_versions
from reports.models import Assignment
from reports.services.collection import submitting
from reports.services.collection.bundle import month_of
from reports.services.collection.facts import VIEW, facts_of
from reports.services.collection.filling import FILL


def own_unit(request: HttpRequest, permission: str = FILL) -> Unit:
    """The unit the signed-in person fills for; Http404 for everybody else."""
    unit = Unit.objects.for_user(request.user, permission).select_related("parent").order_by("pk").first()
    if unit is None or not person_of(request).may_anywhere(FILL):
        raise Http404
    return unit


@login_required
def month(request: HttpRequest) -> HttpResponse:
    """本月待报: bundle card and one list in groups. GET only; also the workbench of the village."""
    return show_month(request)


def show_month(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    """The month page, with a refusal where a step was refused."""
    unit = own_unit(request)
    page = month_of(unit, request.user, clock.today())
    bundle = page.bundle
    context: dict[str, Any] = {
        "page": page,
        "unit": unit,
        "bundle": bundle,
        "total": len(bundle.fields) if bundle else 0,
        "to_check": len(bundle.to_check) if bundle else 0,
        "carried": len(bundle.carried) if bundle else 0,
        "problems": [("", refused.message)] if refused else [],
        "recall_act": page.recall_act,
    }
    return render(request, "reports/village/month.html", context, status=refused.status if refused else 200)


@login_required
@require_POST
def recall(request: HttpRequest) -> HttpResponse:
    """撤回修改 for the forms of one press together."""
    versions = posted_versions(request.POST)
    if not versions:
        raise Http404
    try:
        rows = submitting.recall(pks=versions, actor=request.user, versions=versions)
    except Refused as refused:
        return show_month(request, refused)
    messages.success(request, f"已撤回 {len(rows)} 张表，修改后请重新报送。")
    return redirect("reports:village_month")


@login_required
@require_POST
def step(request: HttpRequest, pk: str, name: str) -> HttpResponse:
    """撤回修改, or 无编号依规不报, of one form."""
    row = permitted(Assignment, request.user, Assignment.VIEW_PERMISSION, pk=pk)
    form = StepForm(request.POST)
    form.is_valid()
    version = form.cleaned_data.get("version")
    try:
        if name == "recall":
            submitting.recall(
                pks=[int(pk)],
                actor=request.user,
                versions={int(pk): version} if version is not None else None,
            )
            messages.success(request, f"《{row.form.name}》已撤回，修改后请重新报送。")
            return redirect("reports:fill", pk=int(pk))
        submitting.refuse(pk=int(pk), actor=request.user, version=version)
    except Refused as refused:
        return show_month(request, refused)
    messages.success(request, f"《{row.form.name}》无有效编号，已登记“依规不报”。")
    return redirect("reports:village_month")


@login_required
@require_GET
def facts(request: HttpRequest) -> HttpResponse:
    """本村基本情况 from the village's own data: page, A4, text to copy."""
    unit = own_unit(request, VIEW)
    template = (
        "reports/village/facts_print.html" if request.GET.get("print") else "reports/village/facts.html"
    )
    return render(request, template, {"facts": facts_of(unit, request.user), "unit": unit})
