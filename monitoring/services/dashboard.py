"""What the dashboard shows beside the figures: the course of the burden, townships, departments, things to deal with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse

from core import charts, clock, periods
from core.figures import Figure, compute
from monitoring.figures import FIGURES, minutes_a_week
from organization.models import Unit
from reports.models import DepartmentQuarter, Form, FormRequest, UnitMonth
from reports.services.tally import QUARTER_COLUMNS, newest_months, newest_quarters

MONTHS_SHOWN = 13


def months_available(user: Any) -> list[str]:
    """Months with a tally in the person's scope, newest first."""
    rows = UnitMonth.objects.for_user(user, "monitoring.view_tallies")
    return list(rows.values_list("month", flat=True).distinct().order_by("-month")[:36])


def figures(user: Any, month: str) -> list[Figure]:
    """The six figures, each opening into its rows."""
    as_of = clock.now()
    return [
        compute(
            definition,
            user,
            as_of=as_of,
            rows_url=f"{reverse('monitoring:figure', args=[code])}?month={month}",
            month=month,
        )
        for code, definition in FIGURES.items()
    ]


@dataclass(frozen=True)
class MonthPoint:
    """One month of the course."""

    month: str
    average: Decimal
    villages: int
    minutes: Decimal


def course(user: Any, month: str) -> list[MonthPoint]:
    """Minutes a week per village for the complete months up to `month`."""
    last = periods.parse(month)
    if last.end >= clock.today():
        last = periods.previous("monthly", last)
    first = last
    for _ in range(MONTHS_SHOWN - 1):
        first = periods.previous("monthly", first)
    scoped = UnitMonth.objects.for_user(user, "monitoring.view_tallies").filter(
        month__gte=first.code, month__lte=last.code
    )
    rows = (
        newest_months(scoped)
        .values("month")
        .annotate(minutes_sum=Sum("minutes"), villages=Count("unit"))
        .order_by("month")
    )
    return [
        MonthPoint(
            row["month"],
            minutes_a_week(Decimal(row["minutes_sum"]), Decimal(row["villages"]), {"month": row["month"]}),
            row["villages"],
            row["minutes_sum"],
        )
        for row in rows
        if row["villages"]
    ]


def course_sentence(points: list[MonthPoint]) -> str:
    """The chart's title, computed: how the last complete month compares with the first shown."""
    if len(points) < 2 or not points[0].average:
        return "每村每周填报用时"
    change = (points[-1].average - points[0].average) / points[0].average * 100
    word = "下降" if change < 0 else "上升"
    return f"每村每周填报用时较{periods.parse(points[0].month).label}{word} {abs(change):.1f}%"


def course_chart(points: list[MonthPoint]) -> charts.Chart:
    """Line of the course with its table."""
    return charts.line(
        course_sentence(points),
        [point.month[2:] if (len(points) - n) % 2 else "" for n, point in enumerate(points)],
        [point.average for point in points],
        unit="分钟/周·村",
        full_labels=[periods.parse(point.month).label for point in points],
    )


def townships(user: Any, month: str) -> list[Township]:
    """Each township's month in official order, from the same rows that the figures open into."""
    counts = {
        name: _by_township(FIGURES[code].rows if part == "rows" else FIGURES[code].base, user, month)
        for name, (code, part) in TOWNSHIP_COLUMNS.items()
    }
    minutes = _minutes_by_township(user, month)
    units = Unit.objects.townships().filter(pk__in=set(counts["expected"]) | set(minutes))
    return [
        Township(
            unit=unit,
            **{name: counts[name].get(unit.pk, 0) for name in TOWNSHIP_COLUMNS},
            minutes=minutes.get(unit.pk, (Decimal(0), 0))[0],
            villages=minutes.get(unit.pk, (Decimal(0), 0))[1],
        )
        for unit in units
    ]


TOWNSHIP_COLUMNS = {
    "expected": ("received_rate", "base"),
    "received": ("received_rate", "rows"),
    "on_time": ("on_time_rate", "rows"),
    "overdue": ("overdue", "rows"),
}
"""Column of the township table → the figure and the part of it whose rows it counts."""


@dataclass(frozen=True)
class Township:
    """A township's month: rows expected, received, on time, overdue; minutes and villages from the tally."""

    unit: Unit
    expected: int
    received: int
    on_time: int
    overdue: int
    minutes: Decimal
    villages: int


def _by_township(rows: Any, user: Any, month: str) -> dict[int, int]:
    grouped = rows(user, month=month).order_by().values_list("unit__parent").annotate(n=Count("pk"))
    return {parent: n for parent, n in grouped if parent}


def _minutes_by_township(user: Any, month: str) -> dict[int, tuple[Decimal, int]]:
    rows = FIGURES["minutes_per_village"].rows(user, month=month).order_by()
    grouped = rows.values_list("unit__parent").annotate(total=Sum("minutes"), villages=Count("unit"))
    return {parent: (total, villages) for parent, total, villages in grouped if parent}


def departments(user: Any, quarter: str) -> list[DepartmentQuarter]:
    """Departments' quarter in 机构序列."""
    rows = DepartmentQuarter.objects.for_user(user, "monitoring.view_tallies").filter(run__period=quarter)
    return list(newest_quarters(rows).select_related("unit", "run").order_by("unit__order_no", "unit"))


def department_chart(rows: list[DepartmentQuarter], quarter: str) -> charts.Chart:
    """Hours imposed by department: the part ordered from above, the county's own."""
    shown = [row for row in rows if row.minutes]
    return charts.stacked_bars(
        f"{periods.parse(quarter).label}各部门要数用时（机构序列）",
        [row.unit.name for row in shown],
        [
            ("其中上级部署", [row.superior_minutes / 60 for row in shown]),
            ("县级要求", [(row.minutes - row.superior_minutes) / 60 for row in shown]),
        ],
        unit="小时",
    )


@dataclass(frozen=True)
class Matter:
    """A thing to deal with: a fact found by the system."""

    tag: str
    tone: str
    text: str
    note: str
    url: str


def matters(user: Any) -> list[Matter]:
    """Facts found by the system: decisions overdue, urgent numbers not yet reviewed, forms that ended by themselves."""
    today = clock.today()
    found = []
    requests = FormRequest.objects.for_user(user, "reports.view_requests").select_related("form", "requester")
    for row in requests.overdue(today).order_by("decide_by", "pk")[:5]:
        days = (today - row.decide_by).days if row.decide_by else 0
        found.append(
            Matter(
                "超期",
                "red",
                f"{row.requester.name}《{row.form.name}》申请未按期审结",
                f"超 {days} 天",
                reverse("reports:request", args=[row.pk]),
            )
        )
    found += [
        Matter(
            "急要数",
            "amber",
            f"{row.requester.name}《{row.form.name}》",
            "凭上级通知先行编号，待审核",
            reverse("reports:request", args=[row.pk]),
        )
        for row in requests.filter(state="provisional").order_by("decide_by", "pk")[:5]
    ]
    ended = (
        Form.objects.for_user(user, "reports.view_forms")
        .filter(state="expired")
        .select_related("owner")
        .order_by("-valid_until", "pk")
    )
    found += [
        Matter(
            "停填",
            "",
            f"{form.owner.name}《{form.name}》已过有效期，停止填报",
            f"有效期至 {form.valid_until}",
            reverse("reports:form", args=[form.pk]),
        )
        for form in ended[:3]
    ]
    return found


def quarter_totals(rows: list[DepartmentQuarter]) -> dict[str, Any]:
    """Sums of the departments' quarter for the foot of the table."""
    return {name: sum((getattr(row, name) for row in rows), start=0) for name in QUARTER_COLUMNS}


def published_at(rows: list[DepartmentQuarter]) -> dt.datetime | None:
    """When the shown rows were published; None while some run is not."""
    moments = [row.run.published_at for row in rows]
    return max(moments) if moments and all(moments) else None  # type: ignore[type-var]
