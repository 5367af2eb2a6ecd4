"""The figures of the dashboard: each a definition over records, never a typed number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate

from core import clock, periods
from core.figures import Definition
from reports.choices import AssignmentState, RequestKind
from reports.models import Assignment, Form, FormRequest, UnitMonth
from reports.querysets import AssignmentQuerySet
from reports.services.tally import newest_months

NOT_EXPECTED = (AssignmentState.STOPPED, AssignmentState.REFUSED)


def _forms(user: Any, **scope: Any) -> QuerySet[Form]:
    return Form.objects.for_user(user, "reports.view_forms").in_force(clock.today())


def _expected(user: Any, *, month: str, **scope: Any) -> AssignmentQuerySet:
    return (
        Assignment.objects.for_user(user, "reports.view_assignments")
        .filter(burden_month=month)
        .exclude(state__in=NOT_EXPECTED)
    )


def _received(user: Any, **scope: Any) -> QuerySet[Assignment]:
    return _expected(user, **scope).handed_in()


def _on_time(user: Any, **scope: Any) -> QuerySet[Assignment]:
    return (
        _received(user, **scope)
        .annotate(handed_on=TruncDate("submitted_at", tzinfo=clock.COUNTY))
        .filter(handed_on__lte=F("due_on"))
    )


def _overdue(user: Any, **scope: Any) -> QuerySet[Assignment]:
    return _expected(user, **scope).overdue(clock.today())


def _months(user: Any, *, month: str, **scope: Any) -> QuerySet[UnitMonth]:
    return newest_months(UnitMonth.objects.for_user(user, "monitoring.view_tallies").filter(month=month))


def _urgent(user: Any, *, month: str, **scope: Any) -> QuerySet[FormRequest]:
    period = periods.containing("quarterly", periods.parse(month).start)
    start = dt.datetime.combine(period.start, dt.time(), clock.COUNTY)
    end = dt.datetime.combine(period.end + dt.timedelta(days=1), dt.time(), clock.COUNTY)
    rows = FormRequest.objects.for_user(user, "reports.view_requests").filter(kind=RequestKind.URGENT)
    return rows.filter(submitted_at__gte=start, submitted_at__lt=end)


def minutes_a_week(minutes: Decimal, units: Decimal, scope: Mapping[str, Any]) -> Decimal:
    """Minutes of a month ÷ units ÷ (days of the month ÷ 7)."""
    period = periods.parse(scope["month"])
    weeks = Decimal((period.end - period.start).days + 1) / 7
    return minutes / units / weeks


FIGURES = {
    figure.code: figure
    for figure in (
        Definition(
            "forms_in_force",
            "在用报表",
            "张",
            "今日在有效期内、有准入编号（含临时编号）的报表张数。",
            _forms,
        ),
        Definition(
            "minutes_per_village",
            "每村填报用时",
            "分钟/周",
            "本月各村（社区）已报送报表的填报用时之和 ÷ 村（社区）数 ÷ 本月周数；用时按“固定时间＋逐项填写＋逐项核对”公式估算，不计在线时长。",
            _months,
            _months,
            total="minutes",
            ratio=minutes_a_week,
            decimals=1,
        ),
        Definition(
            "received_rate",
            "已报率",
            "%",
            "截止日期在本月的填报任务中，已报送（含乡镇已审、已接收）的份数 ÷ 应报份数；停止填报和依规不报的不计入应报。",
            _received,
            _expected,
            decimals=1,
        ),
        Definition(
            "on_time_rate",
            "按时率",
            "%",
            "截止日期在本月的填报任务中，报送日期不晚于截止日期的份数 ÷ 应报份数。",
            _on_time,
            _expected,
            decimals=1,
        ),
        Definition(
            "overdue",
            "逾期未报",
            "份",
            "截止日期在本月的填报任务中，截至今日已过截止日期仍未报送的份数。",
            _overdue,
        ),
        Definition(
            "urgent",
            "上级急要数",
            "件",
            "本季度凭上级通知先取得临时编号的申请件数。",
            _urgent,
        ),
    )
}
