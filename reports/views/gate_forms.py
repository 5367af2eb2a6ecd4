"""A form in the register: its head block, versions, use, log and steps; and the check of a number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core import clock, numbering
from core.errors import Refused
from core.scope import permitted
from organization.views.access import Guarded
from reports.choices import FormState, RequestKind
from reports.forms.gate import NumberForm
from reports.models import Assignment, Form, FormRequest
from reports.services import admission_changes, burden, duplicates
from reports.services.admission_asking import current_version
from reports.services.admission_page import differences, due_text, scope_text
from reports.services.paper_forms import head_of
from reports.services.timeline import events_of
from reports.views.gate_lists import STANDS

VIEW = "reports.view_forms"
OFF_SYSTEM = "您好，按“一表一审”规定，面向乡镇、村（社区）的报表须先取得准入编号。请先到县政数局办理准入编号，取得编号后我们按期报送。"


def find(pk: int, user: Any) -> Form:
    """The form in scope; drafts also for whoever may see their request."""
    if not Form.objects.for_user(user, VIEW).filter(pk=pk).exists():
        permitted(FormRequest, user, FormRequest.VIEW_PERMISSION, form_id=pk, form__state=FormState.DRAFT)
    return Form.objects.select_related("owner", "number", "successor").get(pk=pk)


class FormPage(Guarded):
    """One form."""

    permissions = (VIEW,)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Head block, fields, versions, use, decisions."""
        return show(request, find(pk, self.person))


def show(
    request: HttpRequest, form: Form, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    """The page, with a refusal where there is one."""
    user = request.user
    versions = list(form.versions.order_by("-n"))
    current = current_version(form) or (versions[0] if versions else None)
    history = [
        {
            "version": one,
            "scope": scope_text(one.respondent_rule),
            "due": due_text(one),
            "change": _change(one, versions),
        }
        for one in versions
    ]
    requests = (
        FormRequest.objects.for_user(user, FormRequest.VIEW_PERMISSION).filter(form=form).order_by("pk")
    )
    decided = [
        {
            "at": one.decided_at,
            "who": one.decided_by,
            "what": f"{one.get_kind_display()}：{one.get_state_display()}",
            "note": one.opinion,
        }
        for one in requests
        if one.decided_at
    ]
    standing = form.requests.filter(STANDS, respondents__gt=0).exclude(kind=RequestKind.CANCEL)
    stands = standing.order_by("-pk").first()
    owned = Form.objects.for_user(user, admission_changes.MANAGE).filter(pk=form.pk).exists()
    fields = list(current.fields.select_related("element").order_by("place", "pk")) if current else []
    context = {
        "form": form,
        "form_number": head_of(form),
        "current": current,
        "cost": burden.decided(stands) if stands else burden.of_version(current) if current else None,
        "estimated": bool(stands),
        "open_request": requests.filter(state__in=admission_changes.OPEN).first(),
        "fields": fields,
        "scope": scope_text(current.respondent_rule) if current else "",
        "due": due_text(current) if current else "",
        "history": history,
        "requests": requests,
        "events": [*decided] or events_of("reports.Form", form.pk),
        "shared": [
            one
            for one in duplicates.overlaps([f.element_id for f in fields], without_form=form.pk)
            if not one.pending
        ][:10],
        "periods": _periods(form, user),
        "owned": owned and not form.temporary,
        "may_renew": form.state in {FormState.ACTIVE, FormState.EXPIRED},
        "may_change": form.state == FormState.ACTIVE,
        "left": (form.valid_until - clock.today()).days if form.valid_until else None,
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "reports/gate/form.html", context, status=status)


def _change(version: Any, versions: list[Any]) -> Any:
    before = next((one for one in versions if one.n == version.n - 1), None)
    return differences(before, version) if before else None


def _periods(form: Form, user: Any) -> list[Any]:
    """The newest periods asked for, within the reader's reach."""
    rows = Assignment.objects.for_user(user, Assignment.VIEW_PERMISSION).filter(form=form)
    return list(rows.order_by("-period_start").values_list("period", flat=True).distinct()[:12])


class FormStep(Guarded):
    """Renew, revise or cancel one's own form."""

    permissions = (admission_changes.MANAGE,)

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """A draft to go on with, or the end of the form."""
        form = find(pk, self.person)
        text = request.POST.get("version", "")
        try:
            match step:
                case "renew":
                    row = admission_changes.ask_renewal(pk, actor=self.person)
                    messages.success(request, f"《{form.name}》延期申请已建立，核对后送审。")
                case "revise":
                    row = admission_changes.ask_revision(pk, actor=self.person)
                    messages.success(
                        request, f"《{form.name}》修订草稿已建立，改好后送审；批准前仍按现行版本填报。"
                    )
                case "cancel":
                    admission_changes.cancel(
                        pk,
                        version=int(text) if text.isdigit() else None,
                        actor=self.person,
                        reason=request.POST.get("reason", "")[:500],
                    )
                    messages.success(request, f"《{form.name}》已停用，各村停止填报。")
                    return redirect("reports:form", pk=pk)
                case _:
                    raise Http404
        except Refused as refused:
            return show(request, find(pk, self.person), refused=refused, status=refused.status)
        return redirect("reports:request_edit", pk=row.pk)


class CheckNumber(Guarded):
    """Is this number valid? For whoever was sent a form."""

    permissions = (VIEW,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the sentence to send back where there is no valid number."""
        asked = NumberForm(request.GET if "number" in request.GET else None)
        found: dict[str, Any] = {}
        if asked.is_bound and asked.is_valid():
            item = numbering.find(asked.cleaned_data["number"])
            form = (
                Form.objects.for_user(self.person, VIEW).select_related("owner").filter(number=item).first()
                if item
                else None
            )
            today = clock.today()
            valid = bool(
                form and form.state == FormState.ACTIVE and form.valid_until and form.valid_until >= today
            )
            found = {"asked": True, "found": form, "valid": valid, "reply": OFF_SYSTEM}
        return render(request, "reports/gate/check_number.html", {"ask": asked, **found})
