"""The county's working days: week-ends, statutory holidays and make-up days, and the county's own days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import chinese_calendar

from organization.models import CalendarDay

FIRST_YEAR = 2023
COUNTY_DAY = (8, 30)
PROVISIONAL = "按周末推算，放假安排尚未公布"


def published_years() -> list[int]:
    """Years whose statutory holidays are known to the library, from 2023 on."""
    years = {day.year for day in chinese_calendar.holidays}
    return sorted(year for year in years if year >= FIRST_YEAR)


def _days_of(year: int) -> list[CalendarDay]:
    source = f"国务院办公厅关于{year}年部分节假日安排的通知"
    holidays = [
        CalendarDay(day=day, kind=CalendarDay.Kind.HOLIDAY, name=_name(name), source=source)
        for day, name in chinese_calendar.holidays.items()
        if day.year == year
    ]
    workdays = [
        CalendarDay(day=day, kind=CalendarDay.Kind.WORKDAY, name=f"{_name(name)}调休", source=source)
        for day, name in chinese_calendar.workdays.items()
        if day.year == year
    ]
    return holidays + workdays


def _name(holiday: str) -> str:
    return str(chinese_calendar.Holiday(holiday).chinese)


def _county_day(year: int) -> CalendarDay:
    return CalendarDay(
        day=dt.date(year, *COUNTY_DAY),
        kind=CalendarDay.Kind.HOLIDAY,
        name="县庆",
        source="《伊通满族自治县条例》",
    )


def install_calendar() -> int:
    """Put published statutory days and 8月30日 into the table where missing; returns how many were new."""
    years = published_years()
    rows = [row for year in years for row in _days_of(year)]
    rows += [_county_day(year) for year in range(FIRST_YEAR, years[-1] + 4)]
    before = CalendarDay.objects.count()
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    return CalendarDay.objects.count() - before


@dataclass(frozen=True)
class WorkCalendar:
    """Working days of a span, read once."""

    days: Mapping[dt.date, CalendarDay]
    last_published: int

    @classmethod
    def load(cls, start: dt.date, end: dt.date) -> WorkCalendar:
        """Read the days between `start` and `end` (a month more on each side)."""
        margin = dt.timedelta(days=31)
        rows = CalendarDay.objects.filter(day__gte=start - margin, day__lte=end + margin)
        return cls({row.day: row for row in rows}, published_years()[-1])

    def is_workday(self, day: dt.date) -> bool:
        """Whether offices work on the day."""
        row = self.days.get(day)
        return row.kind == CalendarDay.Kind.WORKDAY if row else day.weekday() < 5

    def forward(self, day: dt.date) -> dt.date:
        """The day itself when it is a working day, otherwise the next one."""
        while not self.is_workday(day):
            day += dt.timedelta(days=1)
        return day

    def add(self, day: dt.date, n: int) -> dt.date:
        """The n-th working day after `day` (n >= 0)."""
        for _ in range(n):
            day = self.forward(day + dt.timedelta(days=1))
        return day

    def provisional(self, day: dt.date) -> bool:
        """Whether the day lies past the last published year: computed by week-ends."""
        return day.year > self.last_published

    def explain(self, day: dt.date, n: int) -> list[tuple[dt.date, str]]:
        """Each day counted or skipped from `day` to the n-th working day after it, with the reason."""
        steps: list[tuple[dt.date, str]] = []
        counted = 0
        while counted < n:
            day += dt.timedelta(days=1)
            if self.is_workday(day):
                counted += 1
                steps.append((day, f"第 {counted} 个工作日"))
            else:
                row = self.days.get(day)
                steps.append((day, f"跳过：{row.name if row else '周末'}"))
        return steps
