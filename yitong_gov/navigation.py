"""The menu, in the slogan's order, and what every page's shell shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.audit import Who


@dataclass(frozen=True)
class Entry:
    """A first-level entry: label, subtitle of the article's words (B3), URL name, path prefix, permissions that open it."""

    label: str
    subtitle: str
    url_name: str
    prefix: str
    permissions: tuple[str, ...]


NAVIGATION = (
    Entry("待办事项", "一个入口", "workbench", "/", ("organization.view_units",)),
    Entry("减会减文", "精简会议文件", "meetings:home", "/meetings/", ("reports.view_forms",)),
    Entry("减挂牌", "整治清理挂牌", "signage:home", "/signage/", ("reports.view_forms",)),
    Entry("减报表", "强化数字赋能", "reports:home", "/reports/", ("reports.view_forms",)),
    Entry("规范权责", "重构乡镇权责", "duties:home", "/duties/", ("reports.view_forms",)),
    Entry("减负监测", "常态化监测", "monitoring:home", "/monitoring/", ("monitoring.view_dashboard",)),
)


def _current(entry: Entry, path: str) -> bool:
    return path == "/" if entry.prefix == "/" else path.startswith(entry.prefix)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Entries the signed-in person may open."""
    user = request.user
    if not user.is_authenticated:
        return []
    return [
        {
            "label": entry.label,
            "subtitle": entry.subtitle,
            "url": reverse(entry.url_name),
            "current": _current(entry, request.path),
        }
        for entry in NAVIGATION
        if any(user.may_anywhere(permission) for permission in entry.permissions)
    ]


ACCOUNT_LINKS = (
    ("单位", "units", "building", "organization.view_units"),
    ("通讯录", "directory", "phone", "organization.view_people"),
    ("操作记录", "audit", "file-text", "organization.view_audit"),
    ("后台任务", "jobs", "clock", "organization.view_jobs"),
    ("账号", "accounts", "users", "organization.create_accounts"),
    ("账号", "accounts", "users", "organization.grant_postings"),
    ("村（社区）账号", "village_accounts", "users", "organization.manage_village_accounts"),
)


def account_links(user: Any) -> list[dict[str, str]]:
    """Second-level pages of the account menu that the person may open."""
    return [
        {"label": label, "url": reverse(name), "icon": symbol}
        for label, name, symbol, permission in ACCOUNT_LINKS
        if user.may_anywhere(permission)
    ]


def label_of(who: Who) -> tuple[str, str]:
    """Unit and role without saying the same twice (县委督查室; 河源镇, 乡镇党政办); narrow screens show only the first."""
    if who.posting.startswith("县") or who.posting.endswith("管理员") or not who.unit:
        return who.posting, ""
    return who.unit, who.posting


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: names, ribbon, menu, who acts, unread notices, 长者模式, request id."""
    user: Any = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    who = user.who() if signed_in else None
    session = getattr(request, "session", {})
    return {
        "site_name": settings.SITE_NAME,
        "county_name": settings.COUNTY_NAME,
        "demo": settings.DEMO,
        "nav": menu(request) if signed_in else [],
        "who": " ".join(label_of(who)).strip() if who else "",
        "who_place": label_of(who)[0] if who else "",
        "who_role": label_of(who)[1] if who else "",
        "unread": user.notices.filter(read_at__isnull=True).count() if signed_in else 0,
        "elder": bool(session.get("elder")) if hasattr(session, "get") else False,
        "account_links": account_links(user) if signed_in else [],
        "request_id": getattr(request, "request_id", ""),
        "footer_links": [
            {"label": "意见建议", "url": reverse("feedback")},
            {"label": "隐私与保密说明", "url": reverse("privacy")},
            {"label": "规则与出处", "url": reverse("rules")},
        ]
        if signed_in
        else [{"label": "隐私与保密说明", "url": reverse("privacy")}],
    }
