"""待办 · 已办 · 我发起的 · 办结: what waits for a person, read from the rooms below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q
from django.urls import reverse

from core import clock
from core.models import AuditEntry, RuleVersion
from core.periods import parse
from monitoring.services.dashboard import matters
from organization.models import Posting
from organization.reach import reach
from organization.services.calendar import WorkCalendar
from reports.choices import AssignmentState, RequestState
from reports.models import Assignment, Form, FormRequest
from reports.services.admission import workdays_left

if TYPE_CHECKING:
    from organization.models import User

TABS = (("todo", "待办"), ("done", "已办"), ("mine", "我发起的"), ("closed", "办结"))
OF_FORMS = frozenset({"mine", "closed"})
"""Tabs that only those see who have to do with forms; administrators do not."""
EXPIRING_DAYS = 30
MOST = 50


@dataclass(frozen=True)
class Item:
    """One line: what, from whom, until when, where it opens, and its status colour."""

    title: str
    note: str
    url: str
    due: dt.date | None = None
    tag: str = ""
    tone: str = ""
    button: str = "办理"


def todo(user: User) -> list[Item]:
    """Everything that waits for this person, the oldest deadline first."""
    found = [
        *_to_decide(user),
        *_to_grant(user),
        *_to_confirm(user),
        *_own_requests(user),
        *_to_review(user),
        *_dispatched(user),
        *_to_receive(user),
        *_expiring(user),
        *_watched(user),
    ]
    return sorted(found, key=lambda item: (item.due or dt.date.max, item.title))


def _deadline(day: dt.date | None, calendar: WorkCalendar | None = None) -> tuple[str, str]:
    """Tag and tone of a deadline; with a calendar what is left is counted in working days, as the rule sets it."""
    if day is None:
        return "", ""
    left = (day - clock.today()).days
    if left < 0:
        return f"逾期 {-left} 天", "red"
    if calendar and left:
        left = workdays_left(calendar, day)
        return f"还剩 {left} 个工作日", "amber" if left <= 2 else ""
    return ("今日到期", "amber") if left == 0 else (f"还剩 {left} 天", "amber" if left <= 2 else "")


def _to_decide(user: User) -> Iterator[Item]:
    statutory = Q(form__category="statutory")
    rows = FormRequest.objects.for_user(user, "reports.decide_requests").exclude(statutory)
    rows = rows | FormRequest.objects.for_user(user, "reports.register_statutory").filter(statutory)
    calendar = WorkCalendar.load(clock.today(), clock.today() + dt.timedelta(days=31))
    for row in rows.pending().select_related("form", "requester").order_by("decide_by", "pk")[:MOST]:
        tag, tone = _deadline(row.decide_by, calendar)
        urgent = "上级急要数 · " if row.state == RequestState.PROVISIONAL else ""
        yield Item(
            row.form.name,
            f"{urgent}{row.requester.name} {row.get_kind_display()}申请",
            reverse("reports:request", args=[row.pk]),
            row.decide_by,
            tag,
            tone,
            "审核",
        )


def _to_grant(user: User) -> Iterator[Item]:
    """Accounts that one administrator made and another has yet to grant (两人办理)."""
    waiting = Posting.objects.for_user(user, "organization.grant_postings").filter(granted_by__isnull=True)
    for row in waiting.select_related("user", "unit").order_by("pk")[:MOST]:
        yield Item(
            f"{row.user.name}（{row.user.username}）",
            f"{row.unit.name} · 新建账号待授权",
            reverse("account_detail", args=[row.user_id]),
            None,
            "待授权",
            "amber",
            "核对并授权",
        )


def _to_confirm(user: User) -> Iterator[Item]:
    """Versions of rules that were entered and are not in force before a second office confirms them."""
    if not user.may_anywhere("organization.confirm_rules"):
        return
    waiting = RuleVersion.objects.filter(
        confirmed_by="", proposed_from__isnull=False, proposed_from__gt=clock.today()
    )
    for row in waiting.order_by("proposed_from", "pk")[:MOST]:
        yield Item(
            row.text,
            f"{row.entered_by} 录入，拟自 {row.proposed_from:%Y-%m-%d} 施行",
            reverse("rules"),
            row.proposed_from,
            "待确认",
            "amber",
            "核对并确认",
        )


KEEPING = (
    ("账号", "accounts", "users", ("organization.create_accounts", "organization.grant_postings")),
    ("单位", "units", "building", ("organization.manage_units",)),
    ("规则与出处", "rules", "gavel", ("organization.enter_rules", "organization.confirm_rules")),
    ("操作记录", "audit", "file-text", ("organization.view_audit",)),
    ("后台任务", "jobs", "clock", ("organization.view_jobs",)),
)
"""Pages that administrators work in: label, URL name, icon, permissions that open them."""


def links(user: User) -> list[dict[str, str]]:
    """Buttons beside the list: an administrator's pages; a township's own data."""
    found = [
        {"label": label, "url": reverse(name), "icon": symbol}
        for label, name, symbol, permissions in KEEPING
        if any(user.may_anywhere(permission) for permission in permissions)
    ]
    reached = reach(user, "reports.view_values")
    if reached.paths or reached.own:
        found.append({"label": "我的数据", "url": reverse("reports:my_data"), "icon": "table"})
    return found


def _own_requests(user: User) -> Iterator[Item]:
    rows = FormRequest.objects.for_user(user, "reports.request_forms").filter(
        state__in=[RequestState.RETURNED, RequestState.DRAFT]
    )
    for row in rows.select_related("form").order_by("-pk")[:MOST]:
        returned = row.state == RequestState.RETURNED
        yield Item(
            row.form.name,
            row.opinion if returned else "草稿，尚未送审",
            reverse("reports:request", args=[row.pk]),
            None,
            row.get_state_display(),
            "amber" if returned else "",
            "修改" if returned else "继续",
        )


def _to_review(user: User) -> Iterator[Item]:
    """One line per period of the townships one reviews for."""
    rows = Assignment.objects.for_user(user, "reports.review").filter(state=AssignmentState.SUBMITTED)
    groups = (
        rows.values("frequency", "period")
        .annotate(n=Count("pk"), flagged=Count("pk", filter=~Q(flags=[])), due=Min("due_on"))
        .order_by("due", "period")
    )
    for group in groups[:MOST]:
        tag, tone = _deadline(group["due"])
        note = f"{group['flagged']} 份需要看，其余可一并同意" if group["flagged"] else "均无异常，可一并同意"
        yield Item(
            f"{parse(group['period']).label}报送 {group['n']} 份待审",
            note,
            f"{reverse('reports:township_review')}?period={group['period']}",
            group["due"],
            tag,
            tone,
            "审核",
        )
    late = (
        Assignment.objects.for_user(user, "reports.review")
        .overdue(clock.today())
        .values("unit")
        .distinct()
        .count()
    )
    if late:
        yield Item(
            f"{late} 个村（社区）有逾期未报",
            "可复制催报文字发到工作群",
            f"{reverse('reports:township_review')}?tab=missing",
            None,
            "逾期",
            "red",
            "查看",
        )


def _dispatched(user: User) -> Iterator[Item]:
    """What was handed to one's 站所."""
    if not user.reaches.over("reports.fill_for").offices:
        return
    rows = Assignment.objects.for_user(user, "reports.fill_for").to_do().opened(clock.today())
    for row in rows.select_related("form", "unit").order_by("due_on", "pk")[:MOST]:
        tag, tone = _deadline(row.due_on)
        yield Item(
            f"{row.unit.name} {row.form.name}",
            f"{parse(row.period).label} · 党政办分派",
            reverse("reports:station"),
            row.due_on,
            tag,
            tone,
            "填报",
        )


def _to_receive(user: User) -> Iterator[Item]:
    """Reviewed data of one's own forms."""
    rows = Assignment.objects.for_user(user, "reports.receive").filter(state=AssignmentState.APPROVED)
    groups = (
        rows.values("form", "form__name", "period")
        .annotate(n=Count("pk"), last=Max("approved_on"))
        .order_by("form", "period")
    )
    for group in groups[:MOST]:
        yield Item(
            f"{group['form__name']} {parse(group['period']).label}",
            f"{group['n']} 份乡镇已审，5 个工作日后自动接收",
            f"{reverse('reports:form_data', args=[group['form']])}?period={group['period']}",
            None,
            "待接收",
            "blue",
            "接收",
        )


def _watched(user: User) -> Iterator[Item]:
    """For those who watch the whole county without deciding: the facts that the dashboard lists as 需要处理."""
    reaches = user.reaches
    decides = reaches.holds("reports.decide_requests") or reaches.holds("reports.register_statutory")
    if decides or not reaches.over("monitoring.view_dashboard").county:
        return
    for matter in matters(user):
        yield Item(matter.text, matter.note, matter.url, None, matter.tag, matter.tone, "查看")


def _expiring(user: User) -> Iterator[Item]:
    until = clock.today() + dt.timedelta(days=EXPIRING_DAYS)
    rows = (
        Form.objects.for_user(user, "reports.manage_forms")
        .in_force(clock.today())
        .filter(valid_until__lte=until, temporary=False)
    )
    for row in rows.order_by("valid_until", "pk")[:MOST]:
        tag, tone = _deadline(row.valid_until)
        yield Item(
            row.name,
            "有效期将到，到期自动停止填报",
            reverse("reports:form", args=[row.pk]),
            row.valid_until,
            tag,
            tone,
            "延期",
        )


def done(user: User) -> list[AuditEntry]:
    """What this person did, newest first: one line an act."""
    latest = (
        AuditEntry.objects.filter(actor_id=user.pk)
        .values("act")
        .annotate(last=Max("pk"), rows=Count("pk"))
        .order_by("-last")[:MOST]
    )
    rows = {row["last"]: row["rows"] for row in latest}
    entries = list(AuditEntry.objects.filter(pk__in=rows).order_by("-pk"))
    for entry in entries:
        entry.count = max(entry.count, rows[entry.pk])
    return entries


def mine(user: User) -> list[Item]:
    """Requests of one's own unit on their way."""
    rows = (
        FormRequest.objects.for_user(user, "reports.request_forms")
        .pending()
        .select_related("form")
        .order_by("decide_by", "pk")
    )
    return [
        Item(
            row.form.name,
            f"送审于 {row.submitted_at:%m月%d日}",
            reverse("reports:request", args=[row.pk]),
            row.decide_by,
            "待审",
            "blue",
            "查看",
        )
        for row in rows[:MOST]
        if row.submitted_at
    ]


def closed(user: User) -> list[Item]:
    """Requests of one's own unit that were decided, newest first."""
    rows = (
        FormRequest.objects.for_user(user, "reports.request_forms")
        .filter(decided_at__isnull=False)
        .select_related("form")
    )
    return [
        Item(
            row.form.name,
            row.opinion or f"{row.decided_at:%Y年%m月%d日} 审结",
            reverse("reports:request", args=[row.pk]),
            None,
            row.get_state_display(),
            "red" if row.state == RequestState.REJECTED else "green",
            "查看",
        )
        for row in rows.order_by("-decided_at", "pk")[:MOST]
        if row.decided_at
    ]
