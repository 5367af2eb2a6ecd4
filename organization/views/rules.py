"""规则与出处: readable by everyone signed in; a new version is entered by one office and confirmed by another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from core import clock, limits
from core.errors import Refused
from core.models import RuleVersion
from organization.forms import RuleForm
from organization.services import rules
from organization.views.access import Hidden

ENTER, CONFIRM = "organization.enter_rules", "organization.confirm_rules"


@dataclass(frozen=True)
class Line:
    """A version as people read it: short name, values in words."""

    version: RuleVersion
    label: str
    values: list[str]


def in_words(versions: Iterable[RuleVersion]) -> list[Line]:
    """Versions with their names and values in words."""
    return [Line(row, limits.label(row.code), limits.spoken(row.code, row.value)) for row in versions]


class Rules(LoginRequiredMixin, View):
    """Every rule in force, its text, source and strength; what waits for its confirmation."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show."""
        return rule_list(request)


def rule_list(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    """The page, with a refusal where there was one."""
    user: Any = request.user
    versions = RuleVersion.objects.order_by("code", "pk")
    context = {
        "rules": in_words(versions.filter(during__contains=clock.today())),
        "coming": in_words(versions.filter(during__startswith__gt=clock.today())),
        "pending": in_words(versions.filter(confirmed_by="", proposed_from__isnull=False)),
        "enters": user.may_anywhere(ENTER),
        "confirms": user.may_anywhere(CONFIRM),
        "refused": [("", refused.message)] if refused else [],
    }
    return render(request, "core/rules.html", context, status=refused.status if refused else 200)


class RuleEntry(Hidden):
    """A new version from a future day on."""

    permissions = (ENTER,)

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The form, filled with the version in force."""
        row = self._present(code)
        initial = {"strength": row.strength, "text": row.text, "source": row.source, "value": row.value}
        return self._page(row, RuleForm(initial=initial))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        """Enter the version."""
        row, form = self._present(code), RuleForm(request.POST)
        if not form.is_valid():
            return self._page(row, form, 400)
        try:
            rules.enter(actor=request.user, code=code, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self._page(row, form, refused.status)
        messages.success(request, f"“{limits.label(code)}”的新版本已录入，等待业务主管单位确认。")
        return redirect("rules")

    @staticmethod
    def _present(code: str) -> RuleVersion:
        row = RuleVersion.objects.filter(code=code, during__contains=clock.today()).first()
        if row is None:
            raise Http404
        return row

    def _page(self, row: RuleVersion, form: RuleForm, status: int = 200) -> HttpResponse:
        return render(
            self.request,
            "organization/rule_entry.html",
            {"line": in_words([row])[0], "rule": row, "form": form, "value": row.value},
            status=status,
        )


class RuleConfirm(Hidden):
    """The rule's office confirms an entered version."""

    permissions = (CONFIRM,)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm."""
        row = get_object_or_404(RuleVersion, pk=pk, proposed_from__isnull=False)
        try:
            done = rules.confirm(actor=request.user, version=row)
        except Refused as refused:
            return rule_list(request, refused)
        messages.success(
            request, f"“{limits.label(row.code)}”新版本已确认，{done.proposed_from:%Y-%m-%d} 起施行。"
        )
        return redirect("rules")
