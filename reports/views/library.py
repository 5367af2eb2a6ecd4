"""指标库: list, one indicator, and the acts on it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import TemplateView, View

from core import clock, periods
from core.errors import Invalid, Refused, Stale
from core.lists import ScopedListView
from core.models import AuditEntry
from core.scope import permitted
from core.workflow import offers
from reports import workflow_elements
from reports.choices import FormState, RequestState
from reports.filters_library import ElementFilter
from reports.forms.library import EditForm, ElementForm, ReviseForm, SettingsForm, WordsForm
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


class Guarded(View):
    """Signed in, and holding one of the permissions in some posting; rows are scoped further down."""

    permissions: tuple[str, ...] = (VIEW,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign-in page, 403, or the view."""
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not any(user.may_anywhere(permission) for permission in self.permissions):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ElementList(Guarded, ScopedListView):
    """指标库."""

    title = "指标库"
    template_name = "reports/library/list.html"
    columns = COLUMNS
    filterset_class = ElementFilter
    ordering = ("status", "code")
    export_name = "指标库"
    empty_text = "换一个名称、代码或拼音首字母试试。"

    def rows(self) -> Any:
        """All indicators, with the newest wording."""
        return with_words(Element.objects.for_user(self.request.user, VIEW))

    def row_url(self, row: Element) -> str:
        """The indicator's page."""
        return reverse("reports:element", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Doors to adding and importing for those who may."""
        user = self.request.user
        keeps, proposes = user.may_anywhere(library.MANAGE), user.may_anywhere(library.PROPOSE)
        return super().get_context_data(
            crumb_items=[("减报表", reverse("reports:home")), ("指标库", "")],
            subtitle="一个指标一个口径；报表只能选用启用的指标",
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
    bounds = [
        f"{bound.normalize():f}" if bound is not None else "不限" for bound in (version.low, version.high)
    ]
    places = f"，{version.decimals} 位小数" if version.decimals else ""
    limits = "" if bounds == ["不限", "不限"] else f"，{bounds[0]} 至 {bounds[1]}"
    options = f"，{'、'.join(version.choices)}" if version.choices else ""
    return f"{version.get_value_type_display()}{places}{options}{limits}"


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
    """Forms and requests that hold the indicator, both ways of anchor-A27: forms, departments, cycles."""
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
    return {
        "forms": [{"form": form, "version": next(iter(form.versions.all()), None)} for form in forms],
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
QUIET = {"version", "pinyin", "initials", "source_unit_id", "superseded_by_id", "id", "status"}


def _changed(entry: AuditEntry) -> str:
    names = [
        name
        for name in entry.after
        if name not in QUIET and name in LABELS and entry.before.get(name) != entry.after[name]
    ]
    if not entry.before:
        return ""
    return "，".join(
        f"{LABELS[name]}：{_said(entry.before.get(name))} → {_said(entry.after[name])}" for name in names[:4]
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "无"
    return "无" if value in (None, "") else str(value)


class ElementPage(Guarded, TemplateView):
    """One indicator: wording, versions, where used, history, steps."""

    template_name = "reports/library/detail.html"
    refused: Refused | None = None
    typed_reason = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything of the page, and the refusal of a step where there was one."""
        user = self.request.user
        element = permitted(Element, user, VIEW, pk=self.kwargs["pk"])
        versions = wordings(element)
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
            now=versions[0],
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


class Writing(Guarded):
    """A page with one form that a service takes; whatever is refused keeps what was typed."""

    permissions = (library.MANAGE, library.PROPOSE)
    template_name = "reports/library/form.html"
    title = ""
    button = "保存"

    def show(self, request: HttpRequest, form: Any, status: int = 200, **context: Any) -> HttpResponse:
        """The page with the form."""
        return render(
            request,
            self.template_name,
            {"form": form, "title": self.title, "button": self.button, **context},
            status=status,
        )

    def refuse(self, request: HttpRequest, form: Any, refused: Refused, **context: Any) -> HttpResponse:
        """The sentence of the service on the field it belongs to."""
        errors = refused.errors if isinstance(refused, Invalid) and refused.errors else {"": refused.message}
        for name, text in errors.items():
            shown = "source_unit" if name == "source_unit_id" else name
            form.add_error(shown if shown in form.fields else None, text)
        twin = refused.element if isinstance(refused, library.SameName) else None
        return self.show(request, form, refused.status, twin=twin, **context)


class ElementAdd(Writing):
    """Propose an indicator."""

    title = "新增指标"
    button = "提交待审"

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form."""
        month = periods.containing(periods.Frequency.MONTHLY, clock.today())
        name = request.GET.get("name", "")[:60]
        return self.show(
            request,
            ElementForm(user=request.user, initial={"from_period": month.code, "decimals": 0, "name": name}),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enter it as 待审."""
        form = ElementForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(request, form, 400)
        data = form.cleaned_data
        try:
            element = library.propose_element(
                code=data["code"],
                words=form.words(),
                from_period=data["from_period"],
                actor=request.user,
                **form.settings(),
            )
        except Refused as refused:
            return self.refuse(request, form, refused)
        messages.success(request, f"指标“{element.name}”已提交，县政数局启用后可用于报表。")
        return redirect("reports:element", pk=element.pk)


class ElementEdit(Writing):
    """Change what is not the meaning."""

    title = "修改指标"
    extra: dict[str, Any] = {}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The present settings."""
        element = self._element(pk)
        form = EditForm(
            user=request.user, initial={**SettingsForm.filled(element), "version": element.version}
        )
        return self.show(request, form, element=element)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save, or show both texts where somebody else was quicker."""
        element = self._element(pk)
        form = EditForm(chosen(request.POST, SettingsForm.filled(element)), user=request.user)
        if not form.is_valid():
            return self.show(request, form, 400, element=element)
        try:
            library.edit_element(
                pk=pk, version=form.cleaned_data["version"], actor=request.user, **form.settings()
            )
        except Stale as stale:
            present = EditForm(user=request.user, initial=SettingsForm.filled(element))
            return self._stale(request, form, present, stale, element)
        except Refused as refused:
            return self.refuse(request, form, refused, element=element)
        messages.success(request, f"指标“{element.name}”已保存，原有数值和报表不受影响。")
        return redirect("reports:element", pk=pk)

    def _element(self, pk: int) -> Element:
        element: Element = permitted(Element, self.request.user, VIEW, pk=pk)
        if not library.may_keep(element, self.request.user):
            raise PermissionDenied
        return element

    def _stale(
        self, request: HttpRequest, form: Any, present: Any, stale: Stale, element: Element
    ) -> HttpResponse:
        """Both texts side by side, a choice for each field; the next press saves over what was read now."""
        form.data = form.data.copy()
        form.data["version"] = str(element.version)
        return self.show(
            request, form, stale.status, element=element, conflicts=both(form, present), **self.extra
        )


def chosen(posted: QueryDict, stored: dict[str, Any]) -> QueryDict:
    """What was posted, with the stored value wherever 「现在的」 was chosen in a conflict."""
    data = posted.copy()
    for name, value in stored.items():
        if data.get(f"keep.{name}") != "theirs":
            continue
        if value in (None, False, ""):
            data.pop(name, None)
        else:
            data[name] = "on" if value is True else str(getattr(value, "pk", value))
    return data


def both(mine: Any, present: Any) -> list[dict[str, str]]:
    """Fields in which what was typed and what is stored differ, as people read them."""
    rows = []
    for name, field in mine.fields.items():
        if name in {"version", "reason", "from_period"}:
            continue
        typed, stored = (_shown(field, bound[name].value()) for bound in (mine, present))
        if typed != stored:
            rows.append(
                {
                    "name": name,
                    "label": str(field.label),
                    "mine": typed or "（空）",
                    "theirs": stored or "（空）",
                }
            )
    return rows


def _shown(field: Any, value: Any) -> str:
    if hasattr(field, "queryset"):
        found = value if hasattr(value, "pk") else field.queryset.filter(pk=value or 0).first()
        return str(found or "")
    if isinstance(field, BooleanField):
        return "是" if value else "否"
    return str(dict(getattr(field, "choices", ())).get(value, "" if value is None else value))


class ElementRevise(ElementEdit):
    """A new wording from a period on."""

    title = "立新版本"
    button = "保存新版本"
    extra = {"revising": True}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The present wording, to be changed from the next period on."""
        element = self._element(pk)
        period = periods.containing(element.period_type, clock.today())
        following = periods.following(element.period_type, period)
        initial = {
            **WordsForm.filled(library.latest_version(pk)),
            "from_period": following.code,
            "version": element.version,
        }
        return self.show(request, ReviseForm(initial=initial), element=element, revising=True)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save as a new version."""
        element = self._element(pk)
        form = ReviseForm(chosen(request.POST, WordsForm.filled(library.latest_version(pk))))
        context = {"element": element, "revising": True}
        if not form.is_valid():
            return self.show(request, form, 400, **context)
        data = form.cleaned_data
        try:
            version = library.revise_element(
                pk=pk,
                version=data["version"],
                words=form.words(),
                from_period=data["from_period"],
                actor=request.user,
                reason=data["reason"],
            )
        except Stale as stale:
            present = ReviseForm(initial=WordsForm.filled(library.latest_version(pk)))
            return self._stale(request, form, present, stale, element)
        except Refused as refused:
            return self.refuse(request, form, refused, **context)
        start = periods.containing(element.period_type, version.from_period).label
        messages.success(
            request, f"指标“{version.name}”第 {version.n} 版已保存，自{start}起执行，此前数值仍按原口径。"
        )
        return redirect("reports:element", pk=pk)
