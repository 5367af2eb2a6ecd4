"""Accounts of the county: created by the system administrator, granted by the security administrator."""

from __future__ import annotations

from typing import Any

import django_filters
from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from core.downloads import workbook
from core.errors import Refused
from core.filters import YesNoFilter
from core.lists import Column, ScopedListView
from core.scope import permitted
from core.sheets import service as sheets
from core.sheets.errors import SheetRefused
from core.sheets.template import blank_template
from organization.forms import AccountForm, SheetForm
from organization.models import Posting, Unit, User
from organization.roles import role_words
from organization.services import account_sheet, accounts
from organization.signed_in import person_of
from organization.views.access import Hidden

CREATE, GRANT = "organization.create_accounts", "organization.grant_postings"


def state_of(row: Posting) -> str:
    """Waiting for its grant, stopped, ended, or in force."""
    today = clock.today()
    if not row.user.is_active:
        return "已停用"
    if row.during.isempty or (row.during.upper is not None and row.during.upper <= today):
        return "岗位已结束"
    return "启用" if row.granted_by is not None else "待授权"


class AccountFilter(django_filters.FilterSet):
    """By person or unit, role, and what waits for its grant."""

    words = django_filters.CharFilter(label="用户名、姓名或单位", method="search")
    role = django_filters.ChoiceFilter(
        label="角色", choices=[(role.code, role_words(role)) for role in settings.ROLES.values()]
    )
    waiting = YesNoFilter(label="待授权", field_name="granted_by", lookup_expr="isnull")

    class Meta:
        model = Posting
        fields: list[str] = []

    def search(self, rows: QuerySet[Posting], name: str, value: str) -> QuerySet[Posting]:
        """User name, name, unit."""
        return rows.filter(
            Q(user__username__icontains=value)
            | Q(user__name__icontains=value)
            | Q(unit__name__icontains=value)
        )


class Accounts(Hidden, ScopedListView):
    """账号: one row per posting."""

    permissions = (CREATE, GRANT)
    title = "账号"
    export_name = "账号"
    filterset_class = AccountFilter
    ordering = ("-pk",)
    columns = (
        Column("username", "用户名", "user.username", sort="user__username"),
        Column("name", "姓名", "user.name"),
        Column("unit", "单位", "unit.name", sort="unit__path"),
        Column(
            "role",
            "角色",
            lambda row: role_words(settings.ROLES[row.role]) if row.role in settings.ROLES else row.role,
            sort="role",
        ),
        Column(
            "state",
            "状态",
            state_of,
            tone=lambda row: {"待授权": "amber", "启用": "green"}.get(state_of(row), ""),
        ),
    )

    def rows(self) -> QuerySet[Posting]:
        """All postings, ended ones too."""
        user = self.request.user
        return (
            Posting.objects.for_user(user, CREATE) | Posting.objects.for_user(user, GRANT)
        ).select_related("user", "unit")

    def row_url(self, row: Posting) -> str:
        """The account's page."""
        return reverse("account_detail", args=[row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ways to add accounts, for who may."""
        if self.person.may_anywhere(CREATE):
            kwargs |= {
                "add_url": reverse("account_add"),
                "add_label": "新建账号",
                "import_url": reverse("account_import"),
            }
        return super().get_context_data(**kwargs)


class AccountAdd(Hidden):
    """One new account."""

    permissions = (CREATE,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._page(AccountForm(units=self._units()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create; the initial password is shown once, on this answer only."""
        form = AccountForm(request.POST, units=self._units())
        if not form.is_valid():
            return self._page(form, 400)
        try:
            opened = accounts.create_account(actor=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self._page(form, refused.status)
        return initial_passwords(request, [opened], "账号已建立，等待安全管理员授权", reverse("accounts"))

    def _units(self) -> QuerySet[Unit]:
        return Unit.objects.for_user(self.request.user, "organization.view_units").present().order_by("path")

    def _page(self, form: AccountForm, status: int = 200) -> HttpResponse:
        return render(self.request, "organization/account_add.html", {"form": form}, status=status)


class AccountImport(Hidden):
    """Many accounts from a sheet: template, check, confirm."""

    permissions = (CREATE,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The upload page, or the blank template."""
        if "template" in request.GET:
            return workbook(blank_template(account_sheet.spec()), "账号模板")
        return render(request, "organization/account_import.html", {"form": SheetForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check a file, or confirm a checked one."""
        confirm = request.POST.get("check", "")
        return self._confirm(int(confirm)) if confirm.isdigit() else self._check()

    def _check(self) -> HttpResponse:
        form = SheetForm(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return render(self.request, "organization/account_import.html", {"form": form}, status=400)
        file = form.cleaned_data["file"]
        actor: Any = self.request.user
        try:
            row, result = sheets.check_upload(
                content=file.read(),
                name=file.name,
                spec=account_sheet.spec(),
                lookups=account_sheet.lookups(actor),
                actor=actor,
            )
        except SheetRefused as refused:
            form.add_error("file", refused.message)
            return render(
                self.request, "organization/account_import.html", {"form": form}, status=refused.status
            )
        context = {
            "form": SheetForm(),
            "check": row,
            "result": result,
            "problems": [str(p) for p in result.problems],
        }
        return render(
            self.request, "organization/account_import.html", context, status=200 if result.ok else 400
        )

    def _confirm(self, pk: int) -> HttpResponse:
        actor: Any = self.request.user
        made: list[accounts.Opened] = []
        try:
            sheets.confirm(
                pk=pk, spec=account_sheet.spec(), actor=actor,
                apply=lambda rows: made.extend(account_sheet.apply(rows, actor=actor)),
            )  # fmt: skip
        except Refused as refused:
            context = {"form": SheetForm(), "problems": [refused.message]}
            return render(self.request, "organization/account_import.html", context, status=refused.status)
        return initial_passwords(
            self.request, made, f"已建立 {len(made)} 个账号，等待安全管理员授权", reverse("accounts")
        )


def initial_passwords(
    request: HttpRequest, opened: list[accounts.Opened], title: str, back: str
) -> HttpResponse:
    """The list that is shown once; such answers carry no key, so that no copy of a password is stored."""
    return render(
        request, "organization/initial_passwords.html", {"opened": opened, "heading": title, "back": back}
    )


class AccountDetail(Hidden):
    """One account: its person, postings, and what the administrator may do."""

    permissions = (CREATE, GRANT)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show."""
        return account_page(request, _posting(request, pk))


def _posting(request: HttpRequest, pk: int) -> Posting:
    held = CREATE if person_of(request).may_anywhere(CREATE) else GRANT
    row: Posting = permitted(Posting, request.user, held, pk=pk)
    return row


def account_page(request: HttpRequest, row: Posting, refused: Refused | None = None) -> HttpResponse:
    """The account's page, with a refusal where there was one."""
    names = dict(
        User.objects.filter(pk__in=[row.created_by or 0, row.granted_by or 0]).values_list("pk", "name")
    )
    context = {
        "row": row,
        "state": state_of(row),
        "role": role_words(settings.ROLES[row.role]) if row.role in settings.ROLES else row.role,
        "creator": names.get(row.created_by or 0, "系统"),
        "granter": names.get(row.granted_by or 0, "系统") if row.granted_by is not None else "",
        "creates": person_of(request).may_anywhere(CREATE),
        "grants": person_of(request).may_anywhere(GRANT),
        "refused": [("", refused.message)] if refused else [],
    }
    return render(
        request, "organization/account_detail.html", context, status=refused.status if refused else 200
    )


class AccountStep(Hidden):
    """授权, 结束岗位, 停用, 启用, 重置口令."""

    permissions = (CREATE, GRANT)

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        """Take the step and say what follows."""
        row = _posting(request, pk)
        actor: Any = request.user
        reason = request.POST.get("reason", "")[:200]
        try:
            if step == "reset":
                opened = accounts.reset_password(actor=actor, user=row.user)
                return initial_passwords(
                    request, [opened], "口令已重置", reverse("account_detail", args=[pk])
                )
            said = self._take(step, row, actor, reason)
        except Refused as refused:
            return account_page(request, row, refused)
        messages.success(request, said)
        return redirect("account_detail", pk)

    @staticmethod
    def _take(step: str, row: Posting, actor: Any, reason: str) -> str:
        if step == "grant":
            accounts.grant(actor=actor, posting=row)
            return f"“{row.user.name}”的岗位已授权，可以登录。"
        if step == "end":
            accounts.end_posting(actor=actor, posting=row, reason=reason)
            return f"“{row.user.name}”的岗位已结束，已办事项保留。"
        if step in {"stop", "start"}:
            accounts.set_active(actor=actor, user=row.user, active=step == "start", reason=reason)
            return f"“{row.user.name}”的账号已{'启用' if step == 'start' else '停用'}。"
        raise Http404
