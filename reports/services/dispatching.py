"""分派: a township hands a form to one of its offices or people; the newest counts. An office hands it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, NotAllowed
from organization.choices import Level
from organization.models import Dispatch, Unit, User
from organization.services import notices
from reports.choices import AssignmentState
from reports.models import Assignment

if TYPE_CHECKING:
    from organization.reach import Reaches

MODEL = "reports.Assignment"
UNDONE = (AssignmentState.OPEN, AssignmentState.RETURNED)


@dataclass(frozen=True)
class Target:
    """Where a form may be handed: an office, or a person of an office or of the township's own staff."""

    unit: Unit
    user: User | None = None

    @property
    def key(self) -> str:
        """As a form field carries it: `u12` or `u12p34`."""
        return f"u{self.unit.pk}" + (f"p{self.user.pk}" if self.user else "")

    @property
    def label(self) -> str:
        """民政办, or 民政办 张三."""
        return f"{self.unit.name} {self.user.name}" if self.user else self.unit.name


def targets(actor: User) -> list[Target]:
    """Offices under the actor's townships and the people who fill there, in order."""
    units = list(
        Unit.objects.for_user(actor, "reports.dispatch")
        .present()
        .filter(level__in=[Level.OFFICE, Level.TOWNSHIP])
        .order_by("level", "order_no", "pk")
    )
    people = (
        User.objects.for_user(actor, "reports.dispatch")
        .filter(
            is_active=True,
            postings__unit__in=units,
            postings__during__contains=clock.today(),
            postings__granted_by__isnull=False,
        )
        .order_by("pk")
        .values_list("pk", "postings__unit_id")
        .distinct()
    )
    pairs = list(people)
    names = User.objects.in_bulk({pk for pk, _ in pairs})
    found: list[Target] = []
    for unit in units:
        if unit.level == Level.OFFICE:
            found.append(Target(unit))
        found += [Target(unit, names[pk]) for pk, unit_id in pairs if unit_id == unit.pk]
    return found


def target_of(actor: User, key: str) -> Target:
    """The target of a form field; Invalid when it is not among the actor's."""
    for target in targets(actor):
        if target.key == key:
            return target
    raise Invalid("请选择本乡镇的站所或人员。", field="target")


def dispatch(*, pks: Sequence[int], actor: User, key: str) -> int:
    """Hand assignments to an office or a person; a former hand-over is replaced. Returns how many.

    Raises Invalid (unknown target, nothing chosen), NotAllowed (a row outside the actor's townships).
    """
    if not pks:
        raise Invalid("请先勾选要分派的报表。", field="pk")
    target = target_of(actor, key)
    with audit.act(actor) as now:
        rows = list(
            Assignment.objects.for_user(actor, "reports.dispatch")
            .filter(pk__in=set(pks))
            .select_related("unit__parent")
        )
        if len(rows) != len(set(pks)):
            raise NotAllowed("所选报表中有不属于本乡镇的，未作任何改动。")
        top = target.unit.parent if target.unit.level == Level.OFFICE else target.unit
        if top is None or any(not row.unit.path.startswith(top.path) for row in rows):
            raise NotAllowed("只能分派给同一乡镇的站所或人员。")
        Dispatch.objects.filter(model=MODEL, object_id__in=[row.pk for row in rows]).delete()
        Dispatch.objects.bulk_create(
            Dispatch(
                model=MODEL,
                object_id=row.pk,
                to_unit=target.unit,
                to_user=target.user,
                act=now.id,
                at=clock.now(),
            )
            for row in rows
        )
        keys = sorted(row.pk for row in rows)
        _tell(target, rows, str(now.id))
        audit.record("分派", Assignment, after={"to": target.label, "ids": keys}, count=len(keys))
    return len(rows)


def _tell(target: Target, rows: Sequence[Assignment], act: str) -> None:
    """The office (or the person) reads at once what was handed over."""
    people = notices.people([target.unit.pk], "reports.fill_for")
    notices.tell(
        people.filter(pk=target.user.pk) if target.user else people,
        kind="reports.dispatched",
        key=f"dispatched:{act}",
        text=f"乡镇分派 {len(rows)} 份报表，最近 {min(row.due_on for row in rows):%m月%d日}截止。",
        url=reverse("reports:station"),
        urgent=True,
    )


def hand_back(*, pks: Sequence[int], actor: User, reason: str) -> int:
    """An office hands forms back to its township with a reason; returns how many. Raises Invalid without a reason."""
    if not reason.strip():
        raise Invalid("请写明交回的理由。", field="reason")
    rows = _dispatched(actor.reaches, Dispatch.objects.filter(model=MODEL, object_id__in=set(pks)))
    with audit.act(actor, reason=reason.strip()):
        keys = sorted(rows.values_list("object_id", flat=True))
        if not keys:
            raise Invalid("请先勾选要交回的报表。", field="pk")
        rows.delete()
        audit.record("交回乡镇", Assignment, after={"ids": keys}, reason=reason.strip(), count=len(keys))
    return len(keys)


def _dispatched(reaches: Reaches, rows: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    reached = reaches.over("reports.fill_for")
    return rows.filter(Q(to_unit_id__in=reached.offices) | Q(to_user_id=reaches.user.pk))


def dispatched_to(user: User, *, mine: bool) -> QuerySet[Assignment]:
    """Assignments handed to the person's offices (本单位) or to the person (我的), opened ones."""
    rows = _dispatched(user.reaches, Dispatch.objects.filter(model=MODEL))
    if mine:
        rows = rows.filter(to_user_id=user.pk)
    ids = rows.values("object_id")
    return Assignment.objects.for_user(user, "reports.fill_for").opened(clock.today()).filter(pk__in=ids)


def hand_overs(pks: Iterable[int]) -> dict[int, Dispatch]:
    """Present hand-over of each assignment, with unit and person."""
    rows = Dispatch.objects.filter(model=MODEL, object_id__in=list(pks)).select_related("to_unit", "to_user")
    return {row.object_id: row for row in rows}


@dataclass
class Office:
    """How an office stands: forms handed to it and how many still wait."""

    name: str
    total: int = 0
    waiting: int = 0

    @property
    def text(self) -> str:
        """3 张 · 均已办, or 2 张 · 待办 1."""
        return f"{self.total} 张 · " + (f"待办 {self.waiting}" if self.waiting else "均已办")


def offices(rows: Iterable[Assignment], handed: dict[int, Dispatch]) -> list[Office]:
    """Offices with what they were handed among `rows`, in order of first hand-over."""
    found: dict[str, Office] = {}
    for row in rows:
        to = handed.get(row.pk)
        if to is None:
            continue
        name = to.to_user.name if to.to_user else to.to_unit.name if to.to_unit else ""
        office = found.setdefault(name, Office(name))
        office.total += 1
        office.waiting += row.state in UNDONE
    return list(found.values())
