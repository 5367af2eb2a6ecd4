"""Periods: every code reads back as the same days, spans meet without gap, wrong codes are refused."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.periods import Frequency, containing, following, parse, previous

DAYS = st.dates(dt.date(2001, 1, 10), dt.date(2099, 12, 20))
RECURRING = st.sampled_from([one for one in Frequency if one != Frequency.ONE_OFF])


@settings(max_examples=500, deadline=None)
@given(RECURRING, DAYS)
def test_code_reads_back_as_the_same_period(frequency, day):
    period = containing(frequency, day)
    assert period.start <= day <= period.end
    assert parse(period.code) == period


@settings(max_examples=300, deadline=None)
@given(RECURRING, DAYS)
def test_neighbours_meet_without_gap_or_overlap(frequency, day):
    period = containing(frequency, day)
    after = following(frequency, period)
    assert after.start == period.end + dt.timedelta(days=1)
    assert previous(frequency, after) == period
    assert containing(frequency, period.start) == containing(frequency, period.end) == period


@pytest.mark.parametrize(
    ("frequency", "day", "code", "start", "end", "label"),
    [
        ("daily", "2026-11-24", "2026-11-24", "2026-11-24", "2026-11-24", "2026年11月24日"),
        ("weekly", "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03", "2026年第53周"),
        ("weekly", "2026-11-24", "2026-W48", "2026-11-23", "2026-11-29", "2026年第48周"),
        ("ten_day", "2024-02-29", "2024-02-T3", "2024-02-21", "2024-02-29", "2024年2月下旬"),
        ("monthly", "2026-02-10", "2026-02", "2026-02-01", "2026-02-28", "2026年2月"),
        ("quarterly", "2026-11-24", "2026-Q4", "2026-10-01", "2026-12-31", "2026年第4季度"),
        ("half_yearly", "2026-06-30", "2026-S1", "2026-01-01", "2026-06-30", "2026年上半年"),
        ("yearly", "2026-11-24", "2026", "2026-01-01", "2026-12-31", "2026年"),
        ("one_off", "2026-11-24", "2026-11-24", "2026-11-24", "2026-11-24", "2026年11月24日"),
    ],
)
def test_period_of_a_day(frequency, day, code, start, end, label):
    period = containing(frequency, dt.date.fromisoformat(day))
    assert (period.code, str(period.start), str(period.end), period.label) == (code, start, end, label)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "26",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-Q0",
        "2026-S3",
        "2026-W54",
        "2026-W00",
        "2025-W53",
        "2026-02-30",
        "2026-02-T4",
        "1999",
        "2101",
        "2026-11\n",
        " 2026-11",
        "２０２６",
        "2026-11-24T00:00",
        "x" * 5000,
    ],
)
def test_wrong_code_is_refused_with_a_sentence(code):
    with pytest.raises(
        ValueError, match=r"不是有效的期别，应如 2026、2026-Q3、2026-11 或 2026-W47。$"
    ) as refused:
        parse(code)
    assert len(str(refused.value)) < 80
