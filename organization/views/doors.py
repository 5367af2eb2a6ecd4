"""Ways in: the sign-in page, the demonstration doors, the enrolment of a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from organization import second_factor, sessions
from organization.demo_doors import DEMO_PASSWORD, DOORS
from organization.models import Posting, User

STORIES = (
    ("一张重复的日报", "部门申请 → 12 项已有 → 直接取用，197 个村不用填", "dgb", "straw"),
    ("村里的一个月", "8 张表 85 项，核对 7 项，一次报完", "vil1", "month"),
    ("乡镇的半小时", "12 个村 96 份，92 份一并同意，4 份逐份看", "twn2", "review"),
)


def demo_doors() -> list[dict[str, Any]]:
    """Doors by level with the labels of unit and role."""
    postings = Posting.objects.filter(
        user__is_demo=True, user__username__in=[name for _, names in DOORS for name in names]
    )
    labels = {
        row.user.username: _label(row) for row in postings.select_related("unit", "user").order_by("pk")
    }
    return [
        {
            "group": group,
            "doors": [{"label": labels[name], "username": name} for name in names if name in labels],
        }
        for group, names in DOORS
    ]


def _label(row: Posting) -> str:
    role = settings.ROLES[row.role]
    if row.role == "township":
        return f"{row.unit.name} 党政办"
    if row.role == "obs":
        return f"观察联系点（{row.unit.name}）"
    if role.power:
        return str(role.label)
    return {"ldr": "县领导", "dgb": "县政数局"}.get(row.role, row.unit.name)


class SignIn(LoginView):
    """allauth's sign-in on our page, with doors and stories in the demonstration."""

    template_name = "organization/sign_in.html"

    def get_form(self, form_class: Any = None) -> Any:
        """Labels in our words."""
        form = super().get_form(form_class)
        form.fields["remember"].label = "这部手机 30 天内免登录（仅村（社区）填报员）"
        form.fields["password"].label = "口令"
        form.fields["password"].help_text = "忘记口令请联系开设账号的管理员。"
        for name in ("login", "password"):
            form.fields[name].widget.attrs.pop("placeholder", None)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in; a remembered phone keeps its thirty days."""
        response: HttpResponse = super().form_valid(form)
        if self.request.session.get("remembered"):
            self.request.session.set_expiry(sessions.REMEMBERED_DAYS * 86_400)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Doors, stories, OIDC."""
        extra: dict[str, Any] = {"oidc": settings.OIDC_ENABLED, "passkey": True}
        if settings.DEMO:
            extra["demo_doors"] = demo_doors()
            extra["stories"] = [
                {"title": title, "text": text, "url": f"/accounts/stories/{slug}/"}
                for title, text, _, slug in STORIES
            ]
        context: dict[str, Any] = super().get_context_data(**kwargs, **extra)
        return context


class SignOut(LogoutView):
    """Sign out and clear what the browser kept."""

    template_name = "organization/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session on the server, then in the browser."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


@require_POST
def demo_door(request: HttpRequest) -> HttpResponse:
    """Enter as a demonstration account; absent outside the demonstration."""
    if not settings.DEMO:
        raise Http404
    user = authenticate(request, username=request.POST.get("username", ""), password=DEMO_PASSWORD)
    if not isinstance(user, User):
        raise Http404
    login(request, user, backend="organization.demo_doors.DemoBackend")
    sessions.begin(request, user)
    following = request.POST.get("next", "/")
    return redirect(
        following
        if following in {"/", "/reports/", "/monitoring/", "/reports/review/", "/reports/requests/"}
        else "/"
    )


def story(request: HttpRequest, slug: str) -> HttpResponse:
    """A guided two-minute story: its steps, and the door that starts it."""
    if not settings.DEMO or slug not in {s for *_, s in STORIES}:
        raise Http404
    title, text, username, _ = next(s for s in STORIES if s[3] == slug)
    return render(
        request, f"organization/story_{slug}.html", {"story_title": title, "text": text, "username": username}
    )


@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """Why a second factor is needed and how to set one up."""
    return render(request, "organization/second_factor.html", {"missing": second_factor.missing(request)})


MANAGING = (
    ("账号", "accounts", ("organization.create_accounts", "organization.grant_postings")),
    ("村（社区）账号", "village_accounts", ("organization.manage_village_accounts",)),
    ("操作记录", "audit", ("organization.view_audit",)),
    ("后台任务", "jobs", ("organization.view_jobs",)),
    ("单位", "units", ("organization.view_units",)),
    ("通讯录", "directory", ("organization.view_people",)),
    ("规则与出处", "rules", ("organization.view_units",)),
)
"""Pages of this part, each for whoever holds one of the permissions."""


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """我的账号: postings, second factor, sessions, and the pages of people and units that are open."""
    user: Any = request.user
    pages = [
        (label, reverse(name))
        for label, name, needed in MANAGING
        if any(user.may_anywhere(one) for one in needed)
    ]
    return render(request, "organization/account.html", {"postings": user.reaches.postings, "pages": pages})
