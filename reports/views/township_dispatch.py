"""分派: the township hands forms to its offices and people; an office sees what it was handed and hands it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core import clock
from core.errors import Invalid, Refused
from reports.forms.township import DispatchForm, StepForm, chosen
from reports.models import Assignment
from reports.services import dispatching
from reports.views.township_review import person, problems_of

DISPATCH = "reports.dispatch"
FILL_FOR = "reports.fill_for"
MOST_GROUPS = 100


@login_required
def dispatch(request: HttpRequest) -> HttpResponse:
    """Forms not handed in, by form; tick, choose an office or person, hand over."""
    if not person(request).may_anywhere(DISPATCH):
        raise PermissionDenied
    refused: Refused | None = None
    if request.method == "POST":
        form = DispatchForm(request.POST)
        try:
            if not form.is_valid():
                raise Invalid("请选择站所或人员。", field="target")
            actor = person(request)
            number = dispatching.dispatch(pks=_picked(request), actor=actor, key=form.cleaned_data["target"])
        except Refused as error:
            refused = error
        else:
            messages.success(request, f"已分派 {number} 份，对方在“站所待办”中可见。")
            return redirect("reports:dispatch")
    return _show_dispatch(request, refused)


def _picked(request: HttpRequest) -> list[int]:
    """Ticked villages, and all villages of the ticked forms."""
    picked = set(chosen(request.POST))
    for form, _, period in (text.partition(":") for text in request.POST.getlist("group")[:MOST_GROUPS]):
        if form.isascii() and form.isdigit() and len(form) < 19:
            rows = Assignment.objects.for_user(request.user, DISPATCH).to_do().opened(clock.today())
            picked.update(rows.filter(form_id=int(form), period=period).values_list("pk", flat=True))
    return sorted(picked)


def _show_dispatch(request: HttpRequest, refused: Refused | None) -> HttpResponse:
    rows = list(
        Assignment.objects.for_user(person(request), DISPATCH)
        .to_do()
        .opened(clock.today())
        .select_related("form", "unit")
        .order_by("due_on", "form__code", "unit__order_no", "pk")[:1000]
    )
    handed = dispatching.hand_overs(row.pk for row in rows)
    groups: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            (row.form_id, row.period),
            {"form": row.form, "period": row.period, "due_on": row.due_on, "rows": []},
        )
        group["rows"].append((row, handed.get(row.pk)))
    context = {
        "groups": list(groups.values()),
        "targets": dispatching.targets(person(request)),
        "ticked": set(chosen(request.POST)),
        "problems": problems_of(refused),
    }
    return render(
        request, "reports/township/dispatch.html", context, status=refused.status if refused else 200
    )


@login_required
@require_GET
def station(request: HttpRequest) -> HttpResponse:
    """站所待办: what was handed to one's office (本单位) or to oneself (我的), nothing else."""
    return show_station(request)


def show_station(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    """The page of an office, with a refusal where handing back was refused."""
    if not person(request).may_anywhere(FILL_FOR):
        raise PermissionDenied
    mine = request.GET.get("tab") == "mine"
    user = person(request)
    found = dispatching.dispatched_to(user, mine=mine).select_related("form__owner", "form__number", "unit")
    rows = list(found.order_by("due_on", "form__code", "unit__order_no", "pk")[:1000])
    groups: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            (row.form_id, row.period),
            {"form": row.form, "period": row.period, "due_on": row.due_on, "rows": [], "waiting": 0},
        )
        group["rows"].append(row)
        group["waiting"] += row.state in dispatching.UNDONE
    url = reverse("reports:station")
    tabs = [
        {"label": "本单位", "url": url, "current": not mine},
        {"label": "我的", "url": f"{url}?tab=mine", "current": mine},
    ]
    context = {
        "groups": list(groups.values()),
        "tabs": tabs,
        "today": clock.today(),
        "problems": problems_of(refused),
    }
    return render(
        request, "reports/township/station.html", context, status=refused.status if refused else 200
    )


@login_required
@require_POST
def hand_back(request: HttpRequest) -> HttpResponse:
    """交回乡镇 with a reason."""
    form = StepForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid("理由最多 200 个字。", field="reason")
        actor = person(request)
        number = dispatching.hand_back(
            pks=chosen(request.POST), actor=actor, reason=form.cleaned_data["reason"]
        )
    except Refused as refused:
        return show_station(request, refused)
    messages.success(request, f"已交回乡镇 {number} 份。")
    return redirect("reports:station")
