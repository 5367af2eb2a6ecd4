"""A township's month: what was handed in, what needs a look, what is done, who is missing. Few statements, whatever the villages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q

from core import clock
from organization.models import Dispatch, Posting, Unit
from reports.choices import AssignmentState
from reports.models import Assignment
from reports.querysets import TO_DO
from reports.services.checks import Broken
from reports.services.dispatching import Office, hand_overs, offices
from reports.services.reminding import Missing, missing_units
from reports.services.review import broken_relations

if TYPE_CHECKING:
    from organization.models import User

REVIEW = "reports.review"
DONE = (AssignmentState.APPROVED, AssignmentState.ACCEPTED)
OUTSIDE = (AssignmentState.REFUSED, AssignmentState.STOPPED)


@dataclass(frozen=True)
class Mark:
    """One thing to look at in a submission."""

    element_id: int
    name: str
    unit: str
    last: str
    now: str
    message: str
    reason: str
    hard: bool = False

    @property
    def label(self) -> str:
        """Indicator with its unit."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name

    @property
    def tone(self) -> str:
        """Red where approval is refused, amber where a look is enough."""
        return "red-cell" if self.hard else "amber-cell"


@dataclass(frozen=True)
class Look:
    """A submission with its marks."""

    row: Assignment
    marks: list[Mark]

    @property
    def approvable(self) -> bool:
        """Whether it may be approved as it stands."""
        return not any(mark.hard for mark in self.marks)


def marks_of(row: Assignment, broken: Sequence[Broken] = ()) -> list[Mark]:
    """Marks of one submission: broken relations first, each once, then the flags noted at submission."""
    flags = list(row.flags)
    marks = []
    for one in broken:
        said = next(
            (flag for flag in flags if flag["element_id"] in one.elements and not flag.get("reason")), None
        )
        if said is not None:
            flags.remove(said)
            marks.append(replace(_mark(said), message=one.message, hard=True))
        else:
            marks.append(
                Mark(one.elements[0], one.check.message or "表内关系", "", "", "", one.message, "", hard=True)
            )
    return marks + [_mark(flag) for flag in flags]


def _mark(flag: dict[str, Any]) -> Mark:
    return Mark(
        int(flag["element_id"]),
        str(flag.get("name", "")),
        str(flag.get("unit", "")),
        str(flag.get("last", "")),
        str(flag.get("now", "")),
        str(flag.get("message", "")),
        str(flag.get("reason", "")),
    )


@dataclass
class Officer:
    """A 包村干部 with the villages in his or her care."""

    pk: int
    name: str
    villages: frozenset[int]


@dataclass
class TownshipMonth:
    """Assignments of one month of burden under one's townships, with all that the review page says of them."""

    month: str
    today: dt.date
    rows: list[Assignment]
    broken: dict[int, list[Broken]] = field(default_factory=dict)
    handed: dict[int, Dispatch] = field(default_factory=dict)

    @cached_property
    def looks(self) -> list[Look]:
        """Submissions that need a look, those that were due first first."""
        marked = [(row, marks_of(row, self.broken.get(row.pk, []))) for row in self.submitted]
        return [Look(row, marks) for row, marks in marked if marks]

    @cached_property
    def submitted(self) -> list[Assignment]:
        """Handed in and not reviewed."""
        return [row for row in self.rows if row.state == AssignmentState.SUBMITTED]

    @cached_property
    def clean(self) -> list[Assignment]:
        """Handed in with nothing to look at: what one press approves."""
        marked = {look.row.pk for look in self.looks}
        return [row for row in self.submitted if row.pk not in marked]

    @cached_property
    def done(self) -> list[Assignment]:
        """Approved or accepted."""
        return [row for row in self.rows if row.state in DONE]

    @cached_property
    def waiting(self) -> list[Assignment]:
        """Not handed in."""
        return [row for row in self.rows if row.state in TO_DO]

    @cached_property
    def counted(self) -> list[Assignment]:
        """All that count: refused and stopped ones do not."""
        return [row for row in self.rows if row.state not in OUTSIDE]

    @cached_property
    def missing(self) -> list[Missing]:
        """Villages that have not handed everything in."""
        return missing_units(self.rows)

    @cached_property
    def offices(self) -> list[Office]:
        """Offices with what they were handed."""
        return offices(self.counted, self.handed)

    @property
    def villages(self) -> int:
        """Number of villages."""
        return len({row.unit_id for row in self.counted})

    @property
    def pending_villages(self) -> int:
        """Number of villages with something to review."""
        return len({row.unit_id for row in self.submitted})

    @property
    def by_township(self) -> int:
        """Submissions filled in by the township (代填)."""
        return sum(row.by_township for row in self.counted)

    @property
    def due_on(self) -> dt.date | None:
        """The next due date not yet past, the last one otherwise."""
        dates = sorted({row.due_on for row in self.counted})
        return next((day for day in dates if day >= self.today), dates[-1] if dates else None)

    @property
    def versions(self) -> str:
        """What one press approves, as shown: `key.version` with commas."""
        return ",".join(f"{row.pk}.{row.version}" for row in self.clean)

    @property
    def label(self) -> str:
        """2026年11月."""
        return f"{self.month[:4]}年{int(self.month[5:])}月"


def month_of(actor: User, month: str, *, villages: frozenset[int] | None = None) -> TownshipMonth:
    """The month within the actor's reach; `villages` narrows it to those of one 包村干部."""
    today = clock.today()
    found = Assignment.objects.for_user(actor, REVIEW).opened(today).filter(burden_month=month)
    if villages is not None:
        found = found.filter(unit_id__in=villages)
    rows = list(
        found.select_related("form", "unit__parent").order_by(
            "due_on", "unit__order_no", "unit_id", "form__code", "pk"
        )
    )
    page = TownshipMonth(month, today, rows)
    page.broken = broken_relations(page.submitted)
    page.handed = hand_overs(row.pk for row in rows)
    return page


def month_holding(actor: User, period: str) -> str:
    """The month of burden in which forms of a period stand, submitted ones first; nothing when there is none."""
    rows = Assignment.objects.for_user(actor, REVIEW).filter(period=period)
    waiting = (
        rows.filter(state=AssignmentState.SUBMITTED)
        .order_by("burden_month")
        .values_list("burden_month", flat=True)
        .first()
    )
    return waiting or rows.order_by("-burden_month").values_list("burden_month", flat=True).first() or ""


@dataclass(frozen=True)
class MonthChoice:
    """A month to choose, with how many forms in it are not settled."""

    month: str
    waiting: int

    @property
    def label(self) -> str:
        """2026年10月（未办 3）."""
        name = f"{self.month[:4]}年{int(self.month[5:])}月"
        return f"{name}（未办 {self.waiting}）" if self.waiting else name


def months(actor: User) -> list[MonthChoice]:
    """Months with opened forms, newest first, at most 24."""
    unsettled = Q(state__in=[*TO_DO, AssignmentState.SUBMITTED])
    rows = (
        Assignment.objects.for_user(actor, REVIEW)
        .opened(clock.today())
        .values("burden_month")
        .annotate(waiting=Count("pk", filter=unsettled), newest=Max("burden_month"))
        .order_by("-burden_month")[:24]
    )
    return [MonthChoice(row["burden_month"], row["waiting"]) for row in rows]


def officers(actor: User) -> list[Officer]:
    """包村干部 of the actor's townships: postings with villages in their care."""
    postings = (
        Posting.objects.for_user(actor, REVIEW)
        .in_force(clock.today())
        .filter(villages__isnull=False)
        .distinct()
        .select_related("user")
        .prefetch_related("villages")
        .order_by("pk")
    )
    return [
        Officer(row.pk, row.user.name, frozenset(unit.pk for unit in row.villages.all())) for row in postings
    ]


def townships(actor: User) -> list[Unit]:
    """The townships the actor reviews for, in official order."""
    return list(Unit.objects.for_user(actor, REVIEW).townships())
