"""The register of forms and the list of requests."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import cached_property

from core import clock
from core.lists import Column, ScopedListView
from core.models import AuditEntry
from core.periods import Frequency
from organization.views.access import Guarded
from reports.choices import Category, FormState, RequestKind, RequestState
from reports.filters_library import FoundBy
from reports.models import Form, FormRequest, FormVersion
from reports.services import burden
from reports.services.admission_asking import EDITABLE
from reports.views.gate_stock import Stock

NEWEST = FormVersion.objects.filter(form=OuterRef("pk")).order_by("-in_force", "-n")
STANDS = (Q(decided_at__isnull=False) | Q(state=RequestState.PROVISIONAL)) & ~Q(
    state__in=[RequestState.REJECTED, RequestState.RETURNED]
)
"""Requests whose hours are the form's: what was rejected changed nothing."""
DECIDED = FormRequest.objects.filter(STANDS, form=OuterRef("pk")).order_by("-pk")


def to_decide(user: Any) -> QuerySet[FormRequest]:
    """Pending requests that are this person's to decide: statutory ones for 县统计局, the others for 县政数局."""
    rows = FormRequest.objects.for_user(user, "reports.decide_requests")
    return (rows | FormRequest.objects.for_user(user, "reports.register_statutory")).pending()


class FormFilter(django_filters.FilterSet):
    """Name, pinyin or number; owner side; category; state; frequency."""

    words = FoundBy(label="名称、表号或拼音首字母")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices)
    state = django_filters.ChoiceFilter(label="状态", choices=FormState.choices)
    frequency = django_filters.ChoiceFilter(
        label="频次", field_name="versions__frequency", choices=Frequency.choices, distinct=True
    )

    class Meta:
        model = Form
        fields: list[str] = []


FORM_TONES = {FormState.ACTIVE: "green", FormState.EXPIRED: "amber", FormState.DRAFT: "blue"}


class Register(Guarded, ScopedListView):
    """报表目录: every department's forms, with number, expiry, frequency, units and hours (F2)."""

    permissions = ("reports.view_forms",)
    template_name = "reports/home.html"
    title = "报表目录"
    export_name = "村（社区）报表目录清单"
    filterset_class = FormFilter
    ordering = ("state", "owner__order_no")
    columns = (
        Column("code", "表号", "code", code=True),
        Column(
            "name", "报表名称", "name", sort="name", url=lambda row: reverse("reports:form", args=[row.pk])
        ),
        Column("owner", "制表单位", "owner.name", sort="owner__order_no"),
        Column("category", "类别", "get_category_display"),
        Column("number", "准入编号", lambda row: row.number.number if row.number else ""),
        Column("valid_until", "有效期至", "valid_until", sort="valid_until"),
        Column("frequency", "频次", lambda row: dict(Frequency.choices).get(row.frequency, "")),
        Column("units", "填报单位", lambda row: row.units or "—", "right", sort="units"),
        Column("fields", "指标", "field_count", "right", sort="field_count"),
        Column(
            "hours",
            "每年小时",
            lambda row: "—" if row.hours is None else round(row.hours),
            "right",
            sort="hours",
        ),
        Column("state", "状态", "get_state_display", tone=lambda row: FORM_TONES.get(row.state, "")),
    )

    def rows(self) -> QuerySet[Form]:
        """Forms in scope with counts."""
        rows = Form.objects.for_user(self.request.user, "reports.view_forms").select_related(
            "owner", "number"
        )
        newest = Q(versions=Subquery(NEWEST.values("pk")[:1]))
        return rows.annotate(
            units=Count("versions__respondents", distinct=True, filter=newest),
            field_count=Count("versions__fields", distinct=True, filter=newest),
            frequency=Subquery(NEWEST.values("frequency")[:1]),
            hours=Subquery(DECIDED.values("hours_after")[:1]),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ways on: asking, the queue, urgent demands, the number check, existing forms, the library."""
        user: Any = self.request.user
        waiting = to_decide(user)
        today = clock.today()
        return super().get_context_data(
            may_ask=user.may_anywhere("reports.request_forms"),
            may_see_requests=user.may_anywhere("reports.view_requests"),
            may_see_stock=any(user.may_anywhere(permission) for permission in Stock.permissions),
            may_fill=user.may_anywhere("reports.fill"),
            may_review=user.may_anywhere("reports.review"),
            may_fill_for=user.may_anywhere("reports.fill_for"),
            may_see_values=user.may_anywhere("reports.view_values"),
            waiting=waiting.count(),
            due_today=waiting.filter(decide_by__lte=today).count(),
            **kwargs,
        )


class RequestFilter(django_filters.FilterSet):
    """State and kind."""

    state = django_filters.ChoiceFilter(label="状态", choices=RequestState.choices)
    kind = django_filters.ChoiceFilter(label="申请类型", choices=RequestKind.choices)

    class Meta:
        model = FormRequest
        fields: list[str] = []


REQUEST_TONES = {
    RequestState.SUBMITTED: "blue",
    RequestState.PROVISIONAL: "amber",
    RequestState.RETURNED: "amber",
    RequestState.REJECTED: "red",
    RequestState.ADMITTED: "green",
    RequestState.REGISTERED: "green",
    RequestState.TAKEN: "green",
}
TABS = (("todo", "待办"), ("done", "已办"), ("mine", "我发起的"), ("closed", "办结"))


class Requests(Guarded, ScopedListView):
    """报表申请 as an office keeps its papers: 待办, 已办, 我发起的, 办结."""

    permissions = ("reports.view_requests",)
    template_name = "reports/gate/requests.html"
    title = "报表准入"
    export_name = "报表申请"
    filterset_class = RequestFilter
    ordering = ("decide_by", "-submitted_at")

    @property
    def columns(self) -> tuple[Column, ...]:  # type: ignore[override]  # the hours are read once for all rows
        """What the list shows."""
        return (
            Column("form", "报表", "form.name", url=lambda row: reverse("reports:request", args=[row.pk])),
            Column("kind", "类型", "get_kind_display"),
            Column("requester", "申请单位", "requester.name", sort="requester__order_no"),
            Column("hours", "每年小时", self.hours_of, "right"),
            Column("submitted_at", "送审", "submitted_at", sort="submitted_at"),
            Column("decide_by", "审结期限", "decide_by", sort="decide_by"),
            Column("state", "状态", "get_state_display", tone=lambda row: REQUEST_TONES.get(row.state, "")),
        )

    def hours_of(self, row: FormRequest) -> int:
        """Hours a year: as they stood when decided, as they are computed now while open."""
        if row.decided_at is not None:
            return round(row.hours_after)
        return round(self._open_hours[row.form_version_id].hours_a_year)

    @cached_property
    def _open_hours(self) -> dict[int, burden.Burden]:
        seen = FormRequest.objects.for_user(self.request.user, "reports.view_requests")
        seen = seen | FormRequest.objects.for_user(self.request.user, "reports.request_forms")
        return burden.of_versions(
            seen.filter(decided_at__isnull=True).values_list("form_version_id", flat=True)
        )

    def rows(self) -> QuerySet[FormRequest]:
        """Requests in scope for the tab."""
        return self.of_tab(self.tab()).select_related("form", "requester")

    def of_tab(self, tab: str) -> QuerySet[FormRequest]:
        """Rows of one tab."""
        user: Any = self.request.user
        rows = FormRequest.objects.for_user(user, "reports.view_requests")
        mine = FormRequest.objects.for_user(user, "reports.request_forms")
        match tab:
            case "todo":
                return to_decide(user) | mine.filter(state__in=EDITABLE)
            case "done":
                acted = AuditEntry.objects.filter(model="reports.FormRequest", actor_id=user.pk)
                ids = {int(pk) for pk in acted.values_list("object_id", flat=True).distinct() if pk.isdigit()}
                return rows.filter(pk__in=ids).exclude(state__in=EDITABLE)
            case "mine":
                return mine
        return rows.filter(decided_at__isnull=False)

    def tab(self) -> str:
        """The tab asked for."""
        asked = self.request.GET.get("tab", "todo")
        return asked if asked in dict(TABS) else "todo"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tabs, the counter of the queue and the button to ask for a form."""
        user: Any = self.request.user
        may_ask = user.may_anywhere("reports.request_forms")
        tabs = [
            {
                "label": label,
                "url": f"?tab={name}",
                "current": name == self.tab(),
                "count": self.of_tab(name).count() if name == "todo" else None,
            }
            for name, label in TABS
            if name != "mine" or may_ask
        ]
        waiting = to_decide(user)
        due = waiting.filter(decide_by__lte=clock.today()).count()
        counter = (
            f"{waiting.count()} 件待审，{due} 件今日到期"
            if user.may_anywhere("reports.decide_requests")
            else ""
        )
        return super().get_context_data(
            tabs=tabs,
            subtitle=counter,
            crumb_items=[("减报表", reverse("reports:home")), ("报表准入", "")],
            may_ask=may_ask,
            **kwargs,
        )
