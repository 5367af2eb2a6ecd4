"""The register of forms and the list of requests."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from core.lists import Column, ScopedListView
from core.periods import Frequency
from reports.choices import Category, FormState, RequestKind, RequestState
from reports.models import Form, FormRequest


class FormFilter(django_filters.FilterSet):
    """Name, pinyin or number; owner side; category; state; frequency."""

    words = django_filters.CharFilter(label="名称、表号或拼音首字母", method="search")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices)
    state = django_filters.ChoiceFilter(label="状态", choices=FormState.choices)
    frequency = django_filters.ChoiceFilter(label="频次", field_name="versions__frequency", choices=Frequency.choices, distinct=True)

    class Meta:
        model = Form
        fields: list[str] = []

    def search(self, rows: QuerySet[Form], name: str, value: str) -> QuerySet[Form]:
        """Search by Chinese, code and pinyin."""
        return rows.found_by(value)  # type: ignore[attr-defined,no-any-return]


FORM_TONES = {FormState.ACTIVE: "green", FormState.EXPIRED: "amber", FormState.DRAFT: "blue"}


class Register(LoginRequiredMixin, ScopedListView):
    """报表目录: every department's forms, with number, expiry, frequency, units and hours (F2)."""

    title = "报表目录"
    export_name = "村（社区）报表目录清单"
    filterset_class = FormFilter
    ordering = ("state", "owner__order_no")
    columns = (
        Column("code", "表号", "code", code=True),
        Column("name", "报表名称", "name", sort="name", url=lambda row: reverse("reports:form", args=[row.pk])),
        Column("owner", "制表单位", "owner.name", sort="owner__order_no"),
        Column("category", "类别", "get_category_display"),
        Column("number", "准入编号", lambda row: row.number.number if row.number else ""),
        Column("valid_until", "有效期至", "valid_until", sort="valid_until"),
        Column("units", "填报单位", "units", "r", sort="units"),
        Column("fields", "指标", "field_count", "r", sort="field_count"),
        Column("state", "状态", "get_state_display", tone=lambda row: FORM_TONES.get(row.state, "")),
    )

    def rows(self) -> QuerySet[Form]:
        """Forms in scope with counts."""
        rows = Form.objects.for_user(self.request.user, "reports.view_forms").select_related("owner", "number")
        return rows.annotate(
            units=Count("versions__respondents", distinct=True, filter=Q(versions__in_force=True)),
            field_count=Count("versions__fields", distinct=True, filter=Q(versions__in_force=True)),
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
TABS = (("todo", "待办"), ("done", "已办"), ("all", "全部"))


class Requests(LoginRequiredMixin, ScopedListView):
    """报表申请: waiting, decided, all."""

    title = "报表准入"
    export_name = "报表申请"
    filterset_class = RequestFilter
    ordering = ("decide_by", "-submitted_at")
    columns = (
        Column("form", "报表", "form.name", url=lambda row: reverse("reports:request", args=[row.pk])),
        Column("kind", "类型", "get_kind_display"),
        Column("requester", "申请单位", "requester.name", sort="requester__order_no"),
        Column("hours", "每年小时", "hours_after", "r", sort="hours_after"),
        Column("submitted_at", "送审", "submitted_at", sort="submitted_at"),
        Column("decide_by", "审结期限", "decide_by", sort="decide_by"),
        Column("state", "状态", "get_state_display", tone=lambda row: REQUEST_TONES.get(row.state, "")),
    )

    def rows(self) -> QuerySet[FormRequest]:
        """Requests in scope for the tab."""
        rows = FormRequest.objects.for_user(self.request.user, "reports.view_requests").select_related("form", "requester")
        open_states = [RequestState.SUBMITTED, RequestState.PROVISIONAL, RequestState.RETURNED, RequestState.DRAFT]
        match self.tab():
            case "todo":
                return rows.filter(state__in=open_states)
            case "done":
                return rows.exclude(state__in=open_states)
        return rows

    def tab(self) -> str:
        """The tab asked for."""
        asked = self.request.GET.get("tab", "todo")
        return asked if asked in dict(TABS) else "todo"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tabs and the button to ask for a form."""
        tabs = [{"label": label, "url": f"?tab={name}", "current": name == self.tab(), "count": None} for name, label in TABS]
        may_ask = self.request.user.may_anywhere("reports.request_forms")  # type: ignore[union-attr]
        return super().get_context_data(tabs=tabs, may_ask=may_ask, **kwargs)
