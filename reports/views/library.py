"""指标库: list, one indicator, and the acts on it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView

from core import clock, periods
from core.errors import Refused
from core.lists import ScopedListView
from core.models import AuditEntry
from core.scope import permitted
from core.workflow import offers
from organization.views.access import Guarded
from reports import workflow_elements
from reports.choices import FormState, RequestState
from reports.filters_library import ElementFilter
from reports.forms.library import SettingsForm, WordsForm
from reports.models import Element, ElementVersion, Form, FormRequest, FormVersion
from reports.services import library
from reports.tables_library import COLUMNS, tone, with_words

VIEW = "reports.view_elements"
NEXT = {
    "activate": "可以用于报表了",
    "decline": "提出单位可以看到理由",
    "supersede": "现有报表可用到修订为止，新报表请用替代指标",
    "retire": "不再出现在选择列表中",
    "reactivate": "可以用于报表了",
}


class ElementList(Guarded, ScopedListView):
    """指标库."""

    permissions = (VIEW,)
    title = "指标库"
    template_name = "reports/library/list.html"
    columns = COLUMNS
    filterset_class = ElementFilter
    ordering = ("status", "code")
    export_name = "指标库"
    empty_text = "换一个名称、代码或拼音首字母试试。"

    def rows(self) -> Any:
        """All indicators, with the newest wording."""
        return with_words(Element.objects.for_user(self.person, VIEW))

    def row_url(self, row: Element) -> str:
        """The indicator's page."""
        return reverse("reports:element", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Doors to adding and importing for those who may."""
        user = self.person
        keeps, proposes = user.may_anywhere(library.MANAGE), user.may_anywhere(library.PROPOSE)
        return super().get_context_data(
            crumb_items=[("减报表", reverse("reports:home")), ("指标库", "")],
            subtitle="一个指标一个口径；报表只能选用启用的指标",
            import_url=reverse("reports:elements_import") if keeps else "",
            add_url=reverse("reports:element_add") if keeps or proposes else "",
            add_label="新增指标" if keeps else "提出指标",
            **kwargs,
        )


@dataclass(frozen=True)
class Part:
    """A piece of a text comparison: same, added or removed."""

    kind: str
    text: str


def compared(old: str, new: str) -> list[Part]:
    """Differences of two Chinese texts by characters."""
    parts = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Part("same", old[a:b]))
            continue
        parts += [Part("gone", old[a:b])] if b > a else []
        parts += [Part("new", new[c:d])] if d > c else []
    return parts


def _format(version: ElementVersion) -> str:
    low, high = (None if bound is None else f"{bound.normalize():f}" for bound in (version.low, version.high))
    places = f"{version.decimals} 位小数" if version.decimals else ""
    if low is not None and high is not None:
        limits = f"{low} 至 {high}"
    else:
        limits = f"不小于 {low}" if low is not None else f"不大于 {high}" if high is not None else ""
    return "，".join(
        text
        for text in (version.get_value_type_display(), places, "、".join(version.choices), limits)
        if text
    )


def wordings(element: Element) -> list[dict[str, Any]]:
    """Versions, newest first, each with its differences from the one before."""
    versions = list(element.versions.order_by("n"))
    rows = []
    for before, version in zip([None, *versions[:-1]], versions, strict=True):
        rows.append(
            {
                "version": version,
                "from_period": periods.containing(element.period_type, version.from_period).label,
                "definition": compared(
                    before.definition if before else version.definition, version.definition
                ),
                "format": _format(version),
                "format_changed": before is not None and _format(before) != _format(version),
                "name_before": before.name if before and before.name != version.name else "",
                "unit_before": before.unit if before and before.unit != version.unit else "",
            }
        )
    return rows[::-1]


def used_in(element: Element, user: Any) -> dict[str, Any]:
    """Forms and requests that hold the indicator, both ways of anchor-A27: forms, departments, cycles.

    Forms in force count apart from those that are over; both are listed.
    """
    forms = (
        Form.objects.for_user(user, "reports.view_forms")
        .filter(versions__fields__element=element)
        .exclude(state=FormState.DRAFT)
        .select_related("owner", "number")
        .prefetch_related(Prefetch("versions", FormVersion.objects.order_by("-in_force", "-n")))
        .distinct()
        .order_by("owner__order_no", "pk")
    )
    requests = (
        FormRequest.objects.for_user(user, "reports.view_requests")
        .filter(
            form_version__fields__element=element,
            state__in=(RequestState.SUBMITTED, RequestState.PROVISIONAL),
        )
        .select_related("form", "requester")
        .order_by("pk")
    )
    active = set(forms.in_force(clock.today()).values_list("pk", flat=True))
    return {
        "forms": [
            {
                "form": form,
                "version": next(iter(form.versions.all()), None),
                "state": form.get_state_display()
                if form.pk in active or form.state != FormState.ACTIVE
                else "不在有效期内",
            }
            for form in forms
        ],
        "active": len(active),
        "over": len(forms) - len(active),
        "requests": list(requests),
    }


def history(element: Element) -> list[dict[str, Any]]:
    """What happened to the indicator, from the trail, oldest first."""
    entries = AuditEntry.objects.filter(model="reports.Element", object_id=str(element.pk)).order_by("pk")
    return [
        {
            "at": entry.at,
            "who": f"{entry.unit} {entry.actor}".strip(),
            "what": entry.verb,
            "note": "；".join(
                text for text in (_changed(entry), entry.reason and f"理由：{entry.reason}") if text
            ),
        }
        for entry in entries
    ]


LABELS = {
    **{
        name: str(field.label)
        for name, field in {**WordsForm.base_fields, **SettingsForm.base_fields}.items()
    },
    "source_unit_id": "来源部门",
    "n": "版本",
}
QUIET = {"definition", "n", "from_period", "source_unit_id"}


def _changed(entry: AuditEntry) -> str:
    if not entry.before:
        return ""
    differing = [
        name for name, value in entry.after.items() if name in LABELS and entry.before.get(name) != value
    ]
    told = [
        f"{LABELS[name]}：{_said(entry.before.get(name))} → {_said(entry.after[name])}"
        for name in differing
        if name not in QUIET
    ]
    return "，".join([*told[:4], *(["口径有变，见历次版本"] if "definition" in differing else [])])


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "无"
    return "无" if value in (None, "") else str(value)


class ElementPage(Guarded, TemplateView):
    """One indicator: wording, versions, where used, history, steps."""

    permissions = (VIEW,)
    template_name = "reports/library/detail.html"
    refused: Refused | None = None
    typed_reason = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything of the page, and the refusal of a step where there was one."""
        user = self.person
        element = permitted(Element, user, VIEW, pk=self.kwargs["pk"])
        versions = wordings(element)
        today = periods.containing(element.period_type, clock.today()).start
        now = next((row for row in versions if row["version"].from_period <= today), versions[-1])
        uses = library.uses_of(element.pk)
        drawn = offers(
            workflow_elements.ELEMENT,
            element,
            user,
            lambda step: reverse("reports:element_step", args=[element.pk, step.name]),
        )
        for offer in drawn:
            if offer.step is workflow_elements.RETIRE and uses:
                offer.allowed, offer.why_not, offer.source = (
                    False,
                    f"仍用于{uses.sentence}，请先停用或修订这些报表。",
                    offer.step.source,
                )
        return super().get_context_data(
            element=element,
            tone=tone(element),
            now=now,
            coming=versions[0]
            if versions[0]["version"].from_period > today and versions[0] is not now
            else None,
            versions=versions,
            uses=used_in(element, user),
            events=history(element),
            offers=[offer for offer in drawn if offer.step is not workflow_elements.SUPERSEDE],
            supersede=next((offer for offer in drawn if offer.step is workflow_elements.SUPERSEDE), None),
            successors=Element.objects.for_user(user, VIEW).usable().exclude(pk=element.pk).order_by("code")
            if drawn
            else (),
            may_edit=library.may_keep(element, user),
            refused=self.refused,
            typed_reason=self.typed_reason,
            **kwargs,
        )


class ElementStep(ElementPage):
    """POST of a step; a refusal comes back on the same page."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Take the step, or say why not."""
        permitted(Element, request.user, VIEW, pk=pk)
        version, successor = request.POST.get("version", ""), request.POST.get("successor", "")
        self.typed_reason = request.POST.get("reason", "")[:500]
        try:
            element = library.move_element(
                step=step,
                pk=pk,
                version=int(version) if version.isdecimal() else None,
                actor=request.user,
                reason=self.typed_reason,
                successor_id=int(successor) if successor.isdecimal() else None,
            )
        except Refused as refused:
            self.refused = refused
            return self.render_to_response(self.get_context_data(), status=refused.status)
        messages.success(
            request, f"指标“{element.name}”已{workflow_elements.STEPS[step].label}，{NEXT[step]}。"
        )
        return redirect("reports:element", pk=pk)
