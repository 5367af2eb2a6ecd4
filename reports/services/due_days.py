"""How far into a period a form may open and fall due: no day that some period of its frequency does not have."""

from __future__ import annotations

from core.periods import Frequency
from reports.choices import DueKind

LONGEST = {
    Frequency.WEEKLY: 7,
    Frequency.TEN_DAY: 10,
    Frequency.MONTHLY: 28,
    Frequency.QUARTERLY: 92,
    Frequency.HALF_YEARLY: 184,
    Frequency.YEARLY: 366,
}
"""Days; a month counts 28, so that February has the day too. A daily form falls due the same day, a one-off has no period."""


def bounded(frequency: str, day: int) -> int:
    """The day, or the last one that the frequency allows."""
    return min(day, LONGEST.get(Frequency(frequency), day))


def refusals(frequency: str, opens_day: int, due_kind: str, due_n: int) -> dict[str, str]:
    """What is wrong with the days, sentences by field (`opens_day`, `due_n`); empty for 每日 and 一次性."""
    longest = LONGEST.get(Frequency(frequency))
    if longest is None:
        return {}
    label = Frequency(frequency).label
    wrong = {}
    if opens_day > longest:
        wrong["opens_day"] = f"{label}的报表，开填日不能晚于期内第 {longest} 日。"
    if due_n > longest:
        last = f"期满后 {longest} 个工作日" if due_kind == DueKind.WORKDAYS_AFTER else f"期内第 {longest} 日"
        wrong["due_n"] = f"{label}的报表，截止不能晚于{last}，现填 {due_n}。"
    elif due_kind == DueKind.DAY and opens_day > due_n:
        wrong["due_n"] = f"截止（第 {due_n} 日）不能早于开填日（第 {opens_day} 日）。"
    return wrong
