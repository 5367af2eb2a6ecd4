"""Working days: week-ends, statutory days, make-up days, 30 August, and years not published yet."""

from __future__ import annotations

import datetime as dt

import pytest

from organization.models import CalendarDay
from organization.services.calendar import PROVISIONAL, WorkCalendar, install_calendar, published_years

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def calendar() -> WorkCalendar:
    """2026 and what follows."""
    install_calendar()
    return WorkCalendar.load(D(2026, 1, 1), D(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (D(2026, 11, 24), True),
        (D(2026, 11, 28), False),
        (D(2026, 10, 1), False),
        (D(2026, 10, 10), True),
        (D(2026, 2, 14), True),
        (D(2026, 2, 17), False),
        (D(2026, 8, 30), False),
    ],
)
def test_days_follow_the_state_council(calendar: WorkCalendar, day: dt.date, *, works: bool) -> None:
    """Holidays rest, make-up Saturdays work, the county's own day rests."""
    assert calendar.is_workday(day) is works


def test_county_day_on_a_weekday_rests() -> None:
    """30 August 2027 is a Monday."""
    install_calendar()
    assert not WorkCalendar.load(D(2027, 8, 1), D(2027, 9, 30)).is_workday(D(2027, 8, 30))


def test_five_working_days_jump_the_holiday(calendar: WorkCalendar) -> None:
    """From 28 September 2026: 29, 30, then 8, 9 and the make-up Saturday 10 October."""
    assert calendar.add(D(2026, 9, 28), 5) == D(2026, 10, 10)
    assert calendar.add(D(2026, 9, 28), 0) == D(2026, 9, 28)


def test_forward_stays_on_a_working_day(calendar: WorkCalendar) -> None:
    """A Saturday moves to Monday, a Tuesday stays."""
    assert calendar.forward(D(2026, 11, 28)) == D(2026, 11, 30)
    assert calendar.forward(D(2026, 11, 24)) == D(2026, 11, 24)


def test_explanation_names_each_skipped_day(calendar: WorkCalendar) -> None:
    """Friday plus one: two week-end days skipped, Monday counted."""
    assert calendar.explain(D(2026, 11, 27), 1) == [
        (D(2026, 11, 28), "跳过：周末"),
        (D(2026, 11, 29), "跳过：周末"),
        (D(2026, 11, 30), "第 1 个工作日"),
    ]


def test_unpublished_year_is_provisional(calendar: WorkCalendar) -> None:
    """Beyond the last published year days are computed by week-ends, and that is said."""
    last = published_years()[-1]
    assert not calendar.provisional(D(last, 12, 31))
    assert calendar.provisional(D(last + 1, 1, 4))
    assert PROVISIONAL == "按周末推算，放假安排尚未公布"


def test_second_install_adds_no_day() -> None:
    """Idempotent."""
    assert install_calendar() > 100
    rows = CalendarDay.objects.count()
    assert install_calendar() == 0
    assert CalendarDay.objects.count() == rows
