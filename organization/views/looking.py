"""Pages to look at: units, directory, notices, rules, trail, jobs."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from core import audit, clock
from core.lists import Column, ScopedListView
from core.models import AuditEntry, Job
from organization.choices import Level
from organization.models import Notice, Posting, Unit, User
from organization.services import notices
from organization.signed_in import person_of
from organization.views.access import Hidden


class Units(Hidden, TemplateView):
    """单位树: 17 townships expanding to their villages; the totals at the foot are counted (B1)."""

    template_name = "organization/units.html"
    permissions = ("organization.view_units",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Townships with villages, departments, totals."""
        units = Unit.objects.for_user(self.request.user, self.permissions[0])
        below: dict[int, list[Unit]] = {}
        for row in units.present().filter(level__in=[Level.VILLAGE, Level.OFFICE]).order_by("order_no", "pk"):
            below.setdefault(row.parent_id or 0, []).append(row)
        townships = list(units.townships())
        tree: list[dict[str, Any]] = [
            {
                "unit": row,
                "villages": [u for u in below.get(row.pk, []) if u.level == Level.VILLAGE],
                "offices": [u for u in below.get(row.pk, []) if u.level == Level.OFFICE],
                "counted": sum(u.counted for u in below.get(row.pk, [])),
            }
            for row in townships
        ]
        counts = units.villages().aggregate(
            villages=Count("pk", filter=Q(kind="village")),
            communities=Count("pk", filter=~Q(kind="village")),
            all=Count("pk"),
        )
        return super().get_context_data(
            tree=tree,
            departments=units.departments(),
            townships=len(townships),
            towns=sum(row.kind != "subdistrict" for row in townships),
            subdistricts=sum(row.kind == "subdistrict" for row in townships),
            counts=counts,
            listed=sum(len(item["villages"]) for item in tree),
            **kwargs,
        )


class DirectoryFilter(django_filters.FilterSet):
    """Search by name of person or unit; by level."""

    words = django_filters.CharFilter(label="姓名或单位", method="search")
    level = django_filters.ChoiceFilter(label="层级", field_name="unit__level", choices=Level.choices)
    contact = django_filters.ChoiceFilter(
        label="包村干部", choices=[("yes", "只看包村干部")], method="contacts"
    )

    class Meta:
        model = Posting
        fields: list[str] = []

    def search(self, rows: QuerySet[Posting], name: str, value: str) -> QuerySet[Posting]:
        """Name of the person, or name, pinyin, initials of the unit."""
        folded = value.strip().lower()
        return rows.filter(
            Q(user__name__icontains=value)
            | Q(unit__name__icontains=value)
            | Q(unit__pinyin__contains=folded)
            | Q(unit__initials__contains=folded)
        )

    def contacts(self, rows: QuerySet[Posting], name: str, value: str) -> QuerySet[Posting]:
        """Postings that stand for villages (包村)."""
        return rows.filter(Exists(Posting.villages.through.objects.filter(posting_id=OuterRef("pk"))))


class Directory(Hidden, ScopedListView):
    """通讯录: units, office telephones, who handles what."""

    permissions = ("organization.view_people",)
    title = "通讯录"
    export_name = "通讯录"
    filterset_class = DirectoryFilter
    ordering = ("unit__level", "unit__path")
    columns = (
        Column("unit", "单位", "unit.name", sort="unit__order_no"),
        Column(
            "parent",
            "上级",
            lambda row: (
                row.unit.parent.name if row.unit.parent and row.unit.level != Level.DEPARTMENT else ""
            ),
        ),
        Column("name", "姓名", "user.name", sort="user__name"),
        Column("role", "岗位", lambda row: row.title or row.get_rank_display()),
        Column("villages", "包村", lambda row: "、".join(unit.name for unit in row.villages.all())),
        Column(
            "phone",
            "办公电话",
            lambda row: row.unit.phone or (row.unit.parent.phone if row.unit.parent else ""),
        ),
    )

    def rows(self) -> QuerySet[Posting]:
        """Postings in force of active people; the directory is open to everyone signed in."""
        everyone = Posting.objects.filter(
            unit__in=Unit.objects.for_user(self.request.user, "organization.view_units")
        )
        return (
            everyone.in_force(clock.today())
            .filter(user__is_active=True)
            .select_related("user", "unit__parent")
            .prefetch_related("villages")
        )


@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """消息: one's own, newest first."""
    rows = Notice.objects.filter(user=person_of(request)).order_by("-at", "-pk")[:100]
    return render(request, "organization/notices.html", {"notices": rows})


@require_POST
@login_required
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark all of one's notices as dealt with."""
    Notice.objects.filter(user=person_of(request), read_at__isnull=True).update(read_at=clock.now())
    return redirect("notices")


@login_required
def feedback(request: HttpRequest) -> HttpResponse:
    """意见建议 about the platform itself: one field, kept in the trail, told to the system administrators."""
    person, text = person_of(request), request.POST.get("text", "").strip()
    if request.method == "POST" and text:
        with audit.act(person):
            entry = audit.record("意见建议", person, reason=text[:2000])
            administrators = User.objects.filter(
                pk__in=Posting.objects.in_force(clock.today()).filter(role="sysadmin").values("user")
            )
            notices.tell(
                administrators,
                kind="feedback",
                key=f"feedback:{entry.pk}",
                text="收到一条意见建议",
                url=reverse("feedback"),
            )
        return render(request, "core/feedback.html", {"sent": True})
    seen = AuditEntry.objects.filter(verb="意见建议").order_by("-pk")[:100]
    received = seen if person.may_anywhere("organization.view_jobs") else []
    error = "请写下意见建议。" if request.method == "POST" else ""
    return render(request, "core/feedback.html", {"error": error, "received": received})


class AuditFilter(django_filters.FilterSet):
    """By person, act, object."""

    words = django_filters.CharFilter(label="操作人、动作或对象", method="search")
    since = django_filters.DateFilter(label="自", field_name="at", lookup_expr="date__gte")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def search(self, rows: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        """Text of the entry's labels."""
        return rows.filter(Q(actor__icontains=value) | Q(verb__icontains=value) | Q(label__icontains=value))


class Trail(Hidden, ScopedListView):
    """操作记录, for the audit administrator."""

    permissions = ("organization.view_audit",)
    title = "操作记录"
    export_name = "操作记录"
    filterset_class = AuditFilter
    ordering = ("-pk",)
    columns = (
        Column("at", "时间", "at", sort="at"),
        Column("actor", "操作人", "actor"),
        Column("posting", "岗位", lambda row: f"{row.unit} {row.posting}".strip()),
        Column("verb", "动作", "verb"),
        Column("label", "对象", "label"),
        Column("reason", "理由", "reason"),
        Column("count", "行数", "count", "r"),
    )

    def rows(self) -> QuerySet[AuditEntry]:
        """All entries."""
        return AuditEntry.objects.all()


class Jobs(Hidden, ScopedListView):
    """后台任务, for the system administrator."""

    permissions = ("organization.view_jobs",)
    title = "后台任务"
    export_kinds = ()
    ordering = ("-pk",)
    columns = (
        Column("kind", "类型", "kind"),
        Column("key", "键", "key"),
        Column("state", "状态", "get_state_display"),
        Column("attempts", "次数", "attempts", "r"),
        Column("worker", "执行进程", "worker"),
        Column("finished_at", "完成时间", "finished_at"),
        Column("error", "错误", "error"),
    )

    def rows(self) -> QuerySet[Job]:
        """All jobs but the heartbeats."""
        return Job.objects.exclude(kind="heartbeat")
