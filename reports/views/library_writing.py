"""指标库: the pages that write an indicator down."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BooleanField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from core import clock, periods
from core.errors import Invalid, Refused, Stale
from core.scope import permitted
from organization.views.access import Guarded
from reports.forms.library import EditForm, ElementForm, ReviseForm, SettingsForm, WordsForm
from reports.models import Element
from reports.services import library
from reports.views.library import VIEW


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
            ElementForm(user=self.person, initial={"from_period": month.code, "decimals": 0, "name": name}),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enter it as 待审."""
        form = ElementForm(request.POST, user=self.person)
        if not form.is_valid():
            return self.show(request, form, 400)
        data = form.cleaned_data
        try:
            element = library.propose_element(
                code=data["code"],
                words=form.words(),
                from_period=data["from_period"],
                actor=self.person,
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
            user=self.person, initial={**SettingsForm.filled(element), "version": element.version}
        )
        return self.show(request, form, element=element)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save, or show both texts where somebody else was quicker."""
        element = self._element(pk)
        form = EditForm(chosen(request.POST, SettingsForm.filled(element)), user=self.person)
        if not form.is_valid():
            return self.show(request, form, 400, element=element)
        try:
            library.edit_element(
                pk=pk, version=form.cleaned_data["version"], actor=self.person, **form.settings()
            )
        except Stale as stale:
            present = EditForm(user=self.person, initial=SettingsForm.filled(element))
            return self._stale(request, form, present, stale, element)
        except Refused as refused:
            return self.refuse(request, form, refused, element=element)
        messages.success(request, f"指标“{element.name}”已保存，原有数值和报表不受影响。")
        return redirect("reports:element", pk=pk)

    def _element(self, pk: int) -> Element:
        element: Element = permitted(Element, self.person, VIEW, pk=pk)
        if not library.may_keep(element, self.person):
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
            **WordsForm.worded(library.latest_version(pk)),
            "from_period": following.code,
            "version": element.version,
        }
        return self.show(request, ReviseForm(initial=initial), element=element, revising=True)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save as a new version."""
        element = self._element(pk)
        form = ReviseForm(chosen(request.POST, WordsForm.worded(library.latest_version(pk))))
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
                actor=self.person,
                reason=data["reason"],
            )
        except Stale as stale:
            present = ReviseForm(initial=WordsForm.worded(library.latest_version(pk)))
            return self._stale(request, form, present, stale, element)
        except Refused as refused:
            return self.refuse(request, form, refused, **context)
        start = periods.containing(element.period_type, version.from_period).label
        messages.success(
            request, f"指标“{version.name}”第 {version.n} 版已保存，自{start}起执行，此前数值仍按原口径。"
        )
        return redirect("reports:element", pk=pk)
