"""Asking for a form: the page of eight questions, its live parts, and the urgent demand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.errors import Invalid, Refused, WrongState
from core.periods import PER_YEAR, Frequency
from core.scope import permitted
from organization.views.access import Guarded
from reports.choices import RequestKind
from reports.forms.gate import RequestForm, UrgentForm, WhoForm, chosen_of, with_added
from reports.models import Element, FormRequest
from reports.services import admission_asking, admission_urgent, burden, duplicates
from reports.services.admission_asking import ASK, EDITABLE, Chosen
from reports.services.burden import Burden

FOUND = 20
ANCHORS = {
    "": "",
    "notice": "id_notice",
    "fields": "fields",
    "opens_day": "id_due_n",
    "endorsed": "id_endorsed",
}
"""Where sentences lead that belong to no field of the form."""


def picker(
    request: HttpRequest, chosen: tuple[Chosen, ...], *, form: WhoForm, without_form: int | None = None
) -> dict[str, Any]:
    """The chosen indicators, what was searched for, what already exists of them, and what filling costs."""
    data = request.POST if request.method == "POST" else request.GET
    words = data.get("find", "").strip()[:60]
    ids = [one.element_id for one in chosen]
    elements = Element.objects.select_related("source_unit").in_bulk(ids)
    placed = [(one, elements[one.element_id]) for one in chosen if one.element_id in elements]
    found = Element.objects.usable().found_by(words) if words else Element.objects.none()
    overlaps = duplicates.overlaps(ids, without_form=without_form)
    limit = duplicates.threshold()
    return {
        "placed": placed,
        "chosen_ids": ids,
        "cost": cost_of(form, [element for _, element in placed]),
        "one_off": form.present_frequency() == Frequency.ONE_OFF,
        "find": words,
        "found": found.select_related("source_unit").order_by("code")[:FOUND],
        "overlaps": [(overlap, overlap.containment >= limit) for overlap in overlaps[:10]],
        "union": round(float(duplicates.union(overlaps, ids)) * 100, 1),
    }


def cost_of(form: WhoForm, elements: list[Element]) -> Burden:
    """D × E × G of what the page shows now."""
    units = len(burden.respondent_ids(form.present_rule()))
    return Burden(units, PER_YEAR[Frequency(form.present_frequency())], burden.minutes_each(elements))


def problems_of(form: Any, beyond: dict[str, str]) -> list[tuple[str, str]]:
    """Every sentence with the place it links to, in the order of the page; `beyond` stands beside no form field."""
    found = [(name, (anchor, beyond[name])) for name, anchor in ANCHORS.items() if name in beyond]
    for bound in form:
        target = str(bound.id_for_label or bound.auto_id)
        found += [(bound.name, (target, f"{bound.label}：{text}")) for text in bound.errors]
    order = ["", *form.fields]
    at = order.index(form.INDICATORS_BEFORE)
    order[at:at] = ["notice", "fields", "opens_day"]
    return [pair for _, pair in sorted(found, key=lambda row: _place(row[0], order))]


def _place(name: str, order: list[str]) -> int:
    return order.index(name) if name in order else len(order)


class Asking(Guarded):
    """Common parts of the pages that ask for a form."""

    permissions = (ASK,)
    template_name = "reports/gate/request_form.html"
    revises = False
    renews = False
    row: FormRequest | None = None

    def show(
        self,
        request: HttpRequest,
        form: Any,
        chosen: tuple[Chosen, ...],
        status: int = 200,
        beyond: dict[str, str] | None = None,
        **more: Any,
    ) -> HttpResponse:
        """The page with everything that was typed."""
        context = {
            "form": form,
            "problems": problems_of(form, beyond or {}),
            "row": self.row,
            "renews": self.renews,
            "revises": self.revises,
            **picker(request, chosen, form=form, without_form=self.row.form_id if self.row else None),
            **more,
        }
        return render(request, self.template_name, context, status=status)

    def refuse(
        self, request: HttpRequest, form: Any, chosen: tuple[Chosen, ...], refused: Refused
    ) -> HttpResponse:
        """Each sentence at its field; a rule with its source and doors."""
        errors = refused.errors if isinstance(refused, Invalid) and refused.errors else {"": refused.message}
        beyond = self.tell(form, errors)
        findings = getattr(refused, "findings", ())
        return self.show(request, form, chosen, refused.status, beyond=beyond, findings=findings)

    @staticmethod
    def tell(form: Any, errors: dict[str, str]) -> dict[str, str]:
        """Put each sentence at its field; those without one come back by name."""
        beyond: dict[str, str] = {}
        for name, text in errors.items():
            shown = {"respondents": "scope"}.get(name, name)
            if shown in form.errors:
                continue
            form.add_error(shown if shown in form.fields else None, text)
            if shown not in form.fields:
                beyond[shown if shown in ANCHORS else ""] = text
        return beyond


class RequestWriting(Asking):
    """A request that is being written, new or again."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Search, add and remove show the page again; save stores the draft; submit sends it in."""
        chosen = with_added(chosen_of(request.POST), request.POST)
        form = RequestForm(request.POST, user=self.person, revises=self.revises)
        if request.POST.get("do") not in {"save", "submit"}:
            return self.show(request, _unchecked(form, self), chosen)
        if not form.is_valid():
            beyond = self.tell(form, self.gaps(form, chosen)) if request.POST["do"] == "submit" else None
            return self.show(request, form, chosen, 400, beyond=beyond)
        try:
            row = self.save(form, chosen)
        except Refused as refused:
            return self.refuse(request, form, chosen, refused)
        return self.submit(request, form, chosen, row)

    def gaps(self, form: RequestForm, chosen: tuple[Chosen, ...]) -> dict[str, str]:
        """What sending in would still miss beside what the form itself refuses, so that all is said at once."""
        kind = self.row.kind if self.row else RequestKind.NEW
        wanting = admission_asking.missing(form.draft(chosen), kind)
        if self.request.POST.get("endorsed") != "on":
            wanting["endorsed"] = admission_asking.UNENDORSED
        return wanting

    def save(self, form: RequestForm, chosen: tuple[Chosen, ...]) -> FormRequest:
        """Store a new draft."""
        kind = RequestKind.EXISTING if self.request.POST.get("existing") == "on" else RequestKind.NEW
        return admission_asking.save_draft(form.draft(chosen), actor=self.person, kind=kind)

    def submit(
        self, request: HttpRequest, form: Any, chosen: tuple[Chosen, ...], row: FormRequest
    ) -> HttpResponse:
        """Send in when asked; what is missing is said, the draft stays stored."""
        if request.POST.get("do") == "save":
            messages.success(request, f"《{row.form.name}》草稿已保存，可继续填写后送审。")
            return redirect("reports:request_edit", pk=row.pk)
        try:
            admission_asking.submit(
                row.pk, version=row.version, actor=self.person, endorsed=request.POST.get("endorsed") == "on"
            )
        except Refused as refused:
            return self.refuse(request, form, chosen, refused)
        messages.success(request, f"《{row.form.name}》已送审，5 个工作日内审结。")
        return redirect("reports:request", pk=row.pk)


class RequestAdd(RequestWriting):
    """A new request."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Empty questions; ?category= comes from a door."""
        category = request.GET.get("category", "")
        initial = {"category": category} if category else {}
        return self.show(request, RequestForm(user=self.person, initial=initial), ())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show, store or send in."""
        return self.answer(request)


def _unchecked(form: RequestForm, view: Asking) -> RequestForm:
    """The same form with what was typed as initial values, so that a search does not complain of empty fields."""
    data = {name: form[name].value() for name in form.fields}
    return RequestForm(user=view.person, revises=view.revises, initial=data)


class RequestEdit(RequestWriting):
    """A draft or returned request."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only drafts and returned ones; a revision also says what kind of change it is."""
        if request.user.is_authenticated:
            rows = FormRequest.objects.select_related("form", "form_version")
            self.row = permitted(FormRequest, request.user, ASK, pk=kwargs["pk"])
            self.row = rows.get(pk=self.row.pk)
            self.revises = self.row.kind == RequestKind.REVISE
            self.renews = self.row.kind == RequestKind.RENEW
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The stored draft."""
        assert self.row is not None
        if self.row.state not in EDITABLE:
            return redirect("reports:request", pk=pk)
        draft = admission_asking.draft_of(self.row)
        form = RequestForm(user=self.person, revises=self.revises, initial=RequestForm.initial_of(draft))
        return self.show(request, form, draft.chosen)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As for a new one."""
        return self.answer(request)

    def save(self, form: RequestForm, chosen: tuple[Chosen, ...]) -> FormRequest:
        """Store over the version that was read."""
        assert self.row is not None
        text = self.request.POST.get("version", "")
        if not text.isdigit():
            raise WrongState("页面已过期，请刷新后重试。")
        draft = replace(form.draft(chosen), opens_day=self.row.form_version.opens_day)
        return admission_asking.save_draft(draft, actor=self.person, pk=self.row.pk, version=int(text))

    def submit(
        self, request: HttpRequest, form: Any, chosen: tuple[Chosen, ...], row: FormRequest
    ) -> HttpResponse:
        """The page that is shown again carries the version just stored."""
        self.row = row
        return super().submit(request, form, chosen, row)


class RequestPicker(Guarded):
    """Search results while typing: Chinese, code or pinyin initials."""

    permissions = (ASK,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Up to twenty 启用 indicators."""
        chosen = tuple(Chosen(int(pk)) for pk in request.GET.getlist("element")[:200] if pk.isdigit())
        form = RequestForm(request.GET, user=self.person)
        return render(request, "reports/gate/found.html", picker(request, chosen, form=form))


class RequestBeside(RequestPicker):
    """What stands beside the questions: who collects the indicators already, and the hours a year of the form."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Both cards for what the page shows now; nothing is stored."""
        chosen = tuple(Chosen(int(pk)) for pk in request.GET.getlist("element")[:200] if pk.isdigit())
        own = request.GET.get("form", "")
        asks = RequestForm if "frequency" in request.GET else UrgentForm
        more = picker(
            request,
            chosen,
            form=asks(request.GET, user=self.person),
            without_form=int(own) if own.isdigit() and len(own) < 10 else None,
        )
        return render(request, "reports/gate/beside.html", more)


class Urgent(Asking):
    """上级急要数: notice in, temporary number out."""

    template_name = "reports/gate/urgent.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Five questions."""
        return self.show(request, UrgentForm(user=self.person), ())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Number and assignments at once."""
        chosen = with_added(chosen_of(request.POST), request.POST)
        form = UrgentForm(request.POST, user=self.person)
        if request.POST.get("do") != "submit":
            data = {name: form[name].value() for name in form.fields}
            return self.show(request, UrgentForm(user=self.person, initial=data), chosen)
        if not form.is_valid():
            return self.show(request, form, chosen, 400)
        upload = request.FILES.get("notice")
        try:
            row = admission_urgent.ask_urgent(
                form.draft(chosen),
                actor=self.person,
                name=upload.name or "通知" if upload else "",
                content=upload.read(admission_urgent.LARGEST_NOTICE + 1) if upload else b"",
                days=form.cleaned_data["days"],
            )
        except Refused as refused:
            return self.refuse(request, form, chosen, refused)
        row.form.refresh_from_db()
        messages.success(
            request,
            f"《{row.form.name}》已取得临时编号 {row.form.number}，任务已下发；3 个工作日内由县政数局补审。",
        )
        return redirect("reports:request", pk=row.pk)
