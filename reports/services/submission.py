"""One submission as its reviewer reads it, and the history of one of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.http import Http404

from organization.models import Unit
from organization.reach import reach
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, Element, FieldReturn, Value, ValueChange
from reports.querysets import readable
from reports.services.block.grid import stored_text
from reports.services.checks import Broken, text_of
from reports.services.collection.carrying import Held, fields_of
from reports.services.collection.filling import change_text
from reports.services.review import broken_relations
from reports.services.timeline import Event, events_of
from reports.services.township_month import Mark, marks_of

if TYPE_CHECKING:
    from organization.models import User

MOST_CHANGES = 200


@dataclass(frozen=True)
class FieldLine:
    """One indicator of a submission: now, last, where it came from, what to look at, what was sent back."""

    held: Held
    marks: list[Mark]
    returned: FieldReturn | None

    @property
    def now(self) -> str:
        """What stands in the field."""
        return text_of(self.held)

    @property
    def last(self) -> str:
        """The last period's value."""
        return stored_text(self.held.last, self.held.decimals)

    @property
    def change(self) -> str:
        """+2, −3, 持平."""
        return change_text(self.held.number, self.held)

    @property
    def origin(self) -> str:
        """填报, 沿用, 汇总, 乡镇代填…"""
        stands = self.held.stands
        return str(Origin(stands.origin).label) if stands else ""

    @property
    def reason(self) -> str:
        """What the village wrote beside it."""
        return self.held.current.reason if self.held.current else ""

    @property
    def changed_after_return(self) -> bool:
        """Whether the value differs from what it was when sent back."""
        return self.returned is not None and self.returned.old_text != self.now


@dataclass(frozen=True)
class Submission:
    """All that the page of one submission says."""

    row: Assignment
    lines: list[FieldLine]
    broken: list[Broken]
    events: list[Event]

    @property
    def returning(self) -> bool:
        """Whether single fields are back at the village: further ones may join them."""
        return self.row.state == AssignmentState.RETURNED and any(
            line.returned and not line.returned.answered_at for line in self.lines
        )

    @property
    def to_look(self) -> list[FieldLine]:
        """Lines with marks."""
        return [line for line in self.lines if line.marks]


def submission_of(actor: User, pk: int) -> Submission:
    """One assignment within reach of `reports.review`; Http404 outside."""
    row = (
        Assignment.objects.for_user(actor, "reports.review")
        .select_related("form__owner", "form__number", "unit__parent")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404
    broken = broken_relations([row]).get(pk, [])
    by_element: dict[int, list[Mark]] = {}
    for mark in marks_of(row, broken):
        by_element.setdefault(mark.element_id, []).append(mark)
    sent_back = {one.element_id: one for one in FieldReturn.objects.filter(assignment=row).order_by("pk")}
    lines = [
        FieldLine(held, by_element.get(held.element_id, []), sent_back.get(held.element_id))
        for held in fields_of([pk])
    ]
    return Submission(row, lines, broken, events_of("reports.Assignment", pk))


@dataclass(frozen=True)
class History:
    """Changes of one value, oldest first."""

    row: Assignment
    held: Held
    changes: list[ValueChange]


def closed(actor: User, element_ids: Sequence[int], unit_id: int) -> set[int]:
    """Indicators whose values of this unit stay closed to somebody who may look at its assignments (敏感)."""
    reached = reach(actor, Value.VIEW_PERMISSION)
    if not (reached.county or reached.departments):
        return set()
    if Unit.objects.filter(replace(reached, county=False).units(""), pk=unit_id).exists():
        return set()
    return set(
        Element.objects.filter(pk__in=element_ids).exclude(readable(reached)).values_list("pk", flat=True)
    )


def history_of(actor: User, pk: int, element_id: int) -> History | None:
    """Changes of the value an assignment holds for an indicator, for whoever may look at the assignment."""
    row = (
        Assignment.objects.for_user(actor, Assignment.VIEW_PERMISSION)
        .select_related("form", "unit")
        .filter(pk=pk)
        .first()
    )
    held = next(iter(fields_of([pk], element_id)), None) if row else None
    if row is None or held is None or closed(actor, [element_id], row.unit_id):
        return None
    changes = ValueChange.objects.filter(
        element_id=element_id, unit_id=row.unit_id, period_start=held.period_start
    )
    return History(row, held, list(changes.order_by("pk")[:MOST_CHANGES]))
