"""The rows behind each number of the quarterly table (减表成效): what the tally counted, by column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from core import clock
from core.periods import Frequency, Period, containing, following
from reports.choices import REAL_CUTS, Category, FormState, ReasonCode, RequestKind, RequestState
from reports.models import Assignment, Form, FormRequest

UNDECIDED = (
    RequestState.REJECTED,
    RequestState.WITHDRAWN,
    RequestState.DRAFT,
    RequestState.SUBMITTED,
    RequestState.RETURNED,
)


@dataclass(frozen=True)
class QuarterColumn:
    """A column of the table: label, unit, whether rows are counted or summed over `total`, and its rows."""

    label: str
    rows: Callable[[Any, int, Period], QuerySet[Any]]
    unit: str = "件"


def _active(user: Any, unit_id: int, period: Period) -> QuerySet[Form]:
    last = min(period.end, clock.today())
    rows = Form.objects.for_user(user, "reports.view_forms").filter(owner_id=unit_id, number__isnull=False)
    return rows.filter(valid_from__lte=period.end, valid_until__gte=last).exclude(state=FormState.DRAFT)


def _decided(**conditions: Any) -> Callable[[Any, int, Period], QuerySet[FormRequest]]:
    def rows(user: Any, unit_id: int, period: Period) -> QuerySet[FormRequest]:
        found = FormRequest.objects.for_user(user, "reports.view_requests").filter(requester_id=unit_id)
        return found.filter(_within("decided_at", period), **conditions)

    return rows


def _within(field: str, period: Period) -> Q:
    start = dt.datetime.combine(period.start, dt.time(), clock.COUNTY)
    after = dt.datetime.combine(period.end + dt.timedelta(days=1), dt.time(), clock.COUNTY)
    return Q(**{f"{field}__gte": start, f"{field}__lt": after})


def _urgent(user: Any, unit_id: int, period: Period) -> QuerySet[FormRequest]:
    found = FormRequest.objects.for_user(user, "reports.view_requests")
    return found.filter(_within("submitted_at", period), requester_id=unit_id, kind=RequestKind.URGENT)


def _cuts(*codes: str) -> Callable[[Any, int, Period], QuerySet[FormRequest]]:
    def rows(user: Any, unit_id: int, period: Period) -> QuerySet[FormRequest]:
        return _decided(change_code__in=codes)(user, unit_id, period).exclude(state__in=UNDECIDED)

    return rows


def _imposed(**conditions: Any) -> Callable[[Any, int, Period], QuerySet[Assignment]]:
    def rows(user: Any, unit_id: int, period: Period) -> QuerySet[Assignment]:
        months = []
        month = containing(Frequency.MONTHLY, period.start)
        while month.start <= period.end:
            months.append(month.code)
            month = following(Frequency.MONTHLY, month)
        found = Assignment.objects.for_user(user, "reports.view_assignments")
        return found.filter(form__owner_id=unit_id, burden_month__in=months, minutes__gt=0, **conditions)

    return rows


ADMITTED = {
    "state__in": (RequestState.ADMITTED, RequestState.REGISTERED),
    "kind__in": (RequestKind.NEW, RequestKind.EXISTING),
}
COLUMNS = {
    "active": QuarterColumn("在用报表", _active, "张"),
    "admitted": QuarterColumn("准入", _decided(**ADMITTED)),
    "taken_directly": QuarterColumn("直接取用", _decided(state=RequestState.TAKEN)),
    "cancelled": QuarterColumn("停用", _decided(state=RequestState.ADMITTED, kind=RequestKind.CANCEL)),
    "merged": QuarterColumn("并入", _decided(state=RequestState.MERGED)),
    "rejected": QuarterColumn("驳回", _decided(state=RequestState.REJECTED)),
    "urgent": QuarterColumn("上级急要数", _urgent),
    "minutes": QuarterColumn("要数用时", _imposed(), "份"),
    "superior_minutes": QuarterColumn(
        "其中上级部署用时", _imposed(form__category__in=(Category.SUPERIOR, Category.STATUTORY)), "份"
    ),
    "real_cut": QuarterColumn("实际压减", _cuts(*sorted(REAL_CUTS))),
    "re_estimate": QuarterColumn("口径调整", _cuts(ReasonCode.RE_ESTIMATED)),
}
