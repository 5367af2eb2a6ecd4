"""Reporting periods: codes as SDMX writes them, and the dates they span."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import models


class Frequency(models.TextChoices):
    """How often a form is due (R per year in `PER_YEAR`)."""

    DAILY = "daily", "每日"
    WEEKLY = "weekly", "每周"
    TEN_DAY = "ten_day", "每旬"
    MONTHLY = "monthly", "每月"
    QUARTERLY = "quarterly", "每季"
    HALF_YEARLY = "half_yearly", "每半年"
    YEARLY = "yearly", "每年"
    ONE_OFF = "one_off", "一次性"


PER_YEAR = {
    Frequency.DAILY: 250,
    Frequency.WEEKLY: 52,
    Frequency.TEN_DAY: 36,
    Frequency.MONTHLY: 12,
    Frequency.QUARTERLY: 4,
    Frequency.HALF_YEARLY: 2,
    Frequency.YEARLY: 1,
    Frequency.ONE_OFF: 1,
}
ORDER: list[str] = list(PER_YEAR)
"""Finest first."""


@dataclass(frozen=True, order=True)
class Period:
    """A span of days with its code; `end` is the last day."""

    start: dt.date
    end: dt.date
    code: str

    @property
    def label(self) -> str:
        """As people read it: 2026年11月, 2026年第3季度, 11月24日."""
        year = f"{self.start.year}年"
        if "-Q" in self.code:
            return f"{year}第{self.code[-1]}季度"
        if "-S" in self.code:
            return f"{year}{'上' if self.code[-1] == '1' else '下'}半年"
        if "-W" in self.code:
            return f"{self.code[:4]}年第{int(self.code[-2:])}周"
        if "-T" in self.code:
            return f"{year}{self.start.month}月{'上中下'[int(self.code[-1]) - 1]}旬"
        if len(self.code) == 10:
            return f"{year}{self.start.month}月{self.start.day}日"
        return f"{year}{self.start.month}月" if len(self.code) == 7 else year


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def containing(frequency: str, day: dt.date) -> Period:
    """The period of a frequency that holds a day; a one-off's period is the day itself."""
    match frequency:
        case Frequency.WEEKLY:
            start = day - dt.timedelta(days=day.weekday())
            iso = day.isocalendar()
            return Period(start, start + dt.timedelta(days=6), f"{iso.year}-W{iso.week:02}")
        case Frequency.TEN_DAY:
            third = min((day.day - 1) // 10, 2)
            start = day.replace(day=third * 10 + 1)
            end = _month_end(day) if third == 2 else start + dt.timedelta(days=9)
            return Period(start, end, f"{day:%Y-%m}-T{third + 1}")
        case Frequency.MONTHLY:
            return Period(day.replace(day=1), _month_end(day), f"{day:%Y-%m}")
        case Frequency.QUARTERLY:
            quarter = (day.month - 1) // 3
            start = day.replace(month=quarter * 3 + 1, day=1)
            return Period(
                start, _month_end(start.replace(month=quarter * 3 + 3)), f"{day.year}-Q{quarter + 1}"
            )
        case Frequency.HALF_YEARLY:
            half = (day.month - 1) // 6
            start = day.replace(month=half * 6 + 1, day=1)
            return Period(start, _month_end(start.replace(month=half * 6 + 6)), f"{day.year}-S{half + 1}")
        case Frequency.YEARLY:
            return Period(day.replace(month=1, day=1), day.replace(month=12, day=31), f"{day.year}")
        case _:
            return Period(day, day, f"{day:%Y-%m-%d}")


def following(frequency: str, period: Period) -> Period:
    """The next period."""
    return containing(frequency, period.end + dt.timedelta(days=1))


def previous(frequency: str, period: Period) -> Period:
    """The period before."""
    return containing(frequency, period.start - dt.timedelta(days=1))


_CODES = (
    (re.compile(r"\d{4}", re.ASCII), Frequency.YEARLY),
    (re.compile(r"\d{4}-Q[1-4]", re.ASCII), Frequency.QUARTERLY),
    (re.compile(r"\d{4}-S[12]", re.ASCII), Frequency.HALF_YEARLY),
    (re.compile(r"\d{4}-W\d{2}", re.ASCII), Frequency.WEEKLY),
    (re.compile(r"\d{4}-\d{2}-T[123]", re.ASCII), Frequency.TEN_DAY),
    (re.compile(r"\d{4}-\d{2}", re.ASCII), Frequency.MONTHLY),
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), Frequency.DAILY),
)


def parse(code: str) -> Period:
    """The period of a code (`2026`, `2026-Q3`, `2026-11`, `2026-W47`, `2026-11-24`…); ValueError with a sentence."""
    for pattern, frequency in _CODES:
        if pattern.fullmatch(code):
            try:
                return _parsed(frequency, code)
            except ValueError:
                break
    raise ValueError(f"“{code[:20]}”不是有效的期别，应如 2026、2026-Q3、2026-11 或 2026-W47。")


def _parsed(frequency: str, code: str) -> Period:
    year = int(code[:4])
    if not 2000 <= year <= 2100:
        raise ValueError
    match frequency:
        case Frequency.QUARTERLY:
            day = dt.date(year, int(code[-1]) * 3 - 2, 1)
        case Frequency.HALF_YEARLY:
            day = dt.date(year, int(code[-1]) * 6 - 5, 1)
        case Frequency.WEEKLY:
            day = dt.date.fromisocalendar(year, int(code[-2:]), 1)
        case Frequency.TEN_DAY:
            day = dt.date(year, int(code[5:7]), int(code[-1]) * 10 - 9)
        case Frequency.MONTHLY:
            day = dt.date(year, int(code[5:7]), 1)
        case Frequency.DAILY:
            day = dt.date(year, int(code[5:7]), int(code[8:]))
        case _:
            day = dt.date(year, 1, 1)
    return containing(frequency, day)
