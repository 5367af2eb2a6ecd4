"""Who is missing, the text for the group, and reminders only to them (features.md A40)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.urls import reverse

from core import audit, clock
from core.errors import WrongState
from organization.models import Unit
from organization.services import notices
from organization.services.calendar import WorkCalendar
from reports.choices import AssignmentState
from reports.models import Assignment

if TYPE_CHECKING:
    from organization.models import User

KIND = "reports.missing"
DAYS_AHEAD = 2
"""Working days before the due date from which the daily digest speaks."""
WAITING = (AssignmentState.OPEN, AssignmentState.RETURNED)
MOST_NAMED = 3


@dataclass
class Missing:
    """One unit that has not handed in: its forms, the nearest due date."""

    unit: Unit
    rows: list[Assignment] = field(default_factory=list)

    @property
    def due_on(self) -> dt.date:
        """The earliest due date."""
        return min(row.due_on for row in self.rows)

    @property
    def count(self) -> int:
        """How many forms."""
        return len(self.rows)

    @property
    def names(self) -> str:
        """The forms, three by name."""
        names = [row.form.name for row in self.rows]
        shown = "、".join(names[:MOST_NAMED])
        return f"{shown}等" if len(names) > MOST_NAMED else shown

    def late_by(self, today: dt.date) -> int:
        """Days past the earliest due date, 0 when not late."""
        return max((today - self.due_on).days, 0)

    def due_text(self, today: dt.date) -> str:
        """今天截止, 明天截止, 逾期 3 天, 11月28日截止."""
        return due_text(self.due_on, today)


def due_text(due_on: dt.date, today: dt.date) -> str:
    """A due date seen from a day, in words."""
    days = (due_on - today).days
    if days < 0:
        return f"逾期 {-days} 天"
    return {0: "今天截止", 1: "明天截止"}.get(days, f"{due_on.month}月{due_on.day}日截止")


def missing_units(rows: Iterable[Assignment]) -> list[Missing]:
    """Units with forms not handed in, in official order; rows come with unit and form loaded."""
    found: dict[int, Missing] = {}
    for row in rows:
        if row.state in WAITING:
            found.setdefault(row.unit_id, Missing(row.unit)).rows.append(row)
    return sorted(found.values(), key=lambda one: (one.unit.order_no, one.unit.pk))


def text_to_copy(missing: Iterable[Missing], *, heading: str, today: dt.date) -> str:
    """What goes into the WeChat group: only who is missing, each with forms and due date."""
    units = list(missing)
    lines = [f"【催报】{heading}报表，以下 {len(units)} 个村（社区）尚未报送："]
    lines += [f"{one.unit.name}：{one.count} 张（{one.names}），{one.due_text(today)}" for one in units]
    lines.append("请在基层减负工作平台报送；已报送的请忽略。")
    return "\n".join(lines)


def notice_text(one: Missing, today: dt.date) -> str:
    """What a village reads in its own notice."""
    return f"还有 {one.count} 张报表未报送，{one.due_text(today)}。"


def require_workday(today: dt.date) -> None:
    """Refused (409) on a day off, naming the next working day."""
    calendar = WorkCalendar.load(today, today + dt.timedelta(days=20))
    if not calendar.is_workday(today):
        following = calendar.forward(today)
        raise WrongState(
            f"今天休息，不发催办；{following.month}月{following.day}日上班后可以催办，或复制催报文字。"
        )


def urge(*, actor: User, month: str, today: dt.date | None = None) -> int:
    """Remind in one press everyone of a month's forms who has not handed in; once a unit and day. Returns units told.

    Nothing is sent on a day off, and nothing to those who have handed in.
    """
    day = today or clock.today()
    require_workday(day)
    rows = (
        Assignment.objects.for_user(actor, "reports.review")
        .to_do()
        .opened(day)
        .filter(burden_month=month)
        .select_related("unit", "form")
    )
    missing = missing_units(rows)
    if not missing:
        raise WrongState("没有未报送的村（社区），不需要催办。")
    _tell(missing, key=f"urge:{day:%Y-%m-%d}:{month}", today=day, urgent=True)
    with audit.act(actor):
        audit.record(
            "催办",
            Assignment,
            after={"month": month, "units": [one.unit.pk for one in missing]},
            count=len(missing),
        )
    return len(missing)


def remind_missing(on: dt.date) -> int:
    """For the digest of 08:30 (beat runs this at 08:00): tells units whose forms are late or due within 2 working days. Returns how many units.

    Nothing on a day off; a second run on the same day tells nobody again; who hands in is no longer told.
    """
    calendar = WorkCalendar.load(on, on + dt.timedelta(days=20))
    if not calendar.is_workday(on):
        return 0
    rows = (
        Assignment.objects.to_do()
        .opened(on)
        .filter(due_on__lte=calendar.add(on, DAYS_AHEAD))
        .select_related("unit", "form")
    )
    missing = missing_units(rows)
    _tell(missing, key=f"missing:{on:%Y-%m-%d}", today=on)
    _tell_townships(missing, on)
    return len(missing)


def _tell(missing: Iterable[Missing], *, key: str, today: dt.date, urgent: bool = False) -> None:
    """One call for each distinct sentence, so that the number of queries does not grow with the villages."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for one in missing:
        by_text[notice_text(one, today)].append(one.unit.pk)
    for text, unit_ids in by_text.items():
        notices.tell(
            notices.people(unit_ids, "reports.fill"),
            kind=KIND,
            key=key,
            text=text,
            url=reverse("workbench"),
            urgent=urgent,
        )


def _tell_townships(missing: Iterable[Missing], on: dt.date) -> None:
    """Each township reads how many of its villages are missing."""
    counts: dict[int, int] = defaultdict(int)
    for one in missing:
        if one.unit.parent_id is not None:
            counts[one.unit.parent_id] += 1
    by_count: dict[int, list[int]] = defaultdict(list)
    for parent_id, number in counts.items():
        by_count[number].append(parent_id)
    for number, parents in by_count.items():
        people = notices.people(parents, "reports.review")
        text = f"有 {number} 个村（社区）的报表临近截止或已逾期，尚未报送。"
        notices.tell(
            people,
            kind=KIND,
            key=f"missing-townships:{on:%Y-%m-%d}",
            text=text,
            url=reverse("reports:township_review"),
        )
