"""The page to be filled: forms of one unit with each indicator once, and the saving of one field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404

from core import clock
from core.errors import Invalid, NotAllowed, WrongState
from organization.models import Unit
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, FieldReturn, FormCheck, FormField
from reports.querysets import TO_DO
from reports.services import checks, values
from reports.services.checks import Broken
from reports.services.collection.carrying import (
    Held,
    Stored,
    element_start,
    fields_of,
    is_derived,
)
from reports.services.collection.holding import Holder, Key, holders, in_force, lock_sentence

__all__ = [
    "FILL",
    "FILL_FOR",
    "Field",
    "Holder",
    "Saved",
    "Sheet",
    "actor_may",
    "change_text",
    "confirm_fields",
    "holders",
    "in_force",
    "load_sheet",
    "lock_sentence",
    "open_returns",
    "returned_with",
    "save_value",
]

FILL = "reports.fill"
FILL_FOR = "reports.fill_for"


@dataclass
class Field:
    """One indicator on the page, whatever number of forms use it."""

    held: Held
    assignments: list[int]
    using: list[Holder]
    locked: str
    hint: str = ""

    @property
    def key(self) -> Key:
        """Indicator and period."""
        return self.held.element_id, self.held.period_start

    @property
    def used_in(self) -> int:
        """Number of forms that use the value."""
        return max(len({holder.form_id for holder in self.using}), len(self.assignments))

    @property
    def first(self) -> int:
        """The assignment the value counts for."""
        return self.using[0].pk if self.using else self.assignments[0]

    @property
    def open(self) -> bool:
        """Whether it may be changed here."""
        return not self.locked

    @property
    def missing(self) -> bool:
        """Nothing stands in a field that has to be filled by the unit."""
        return self.held.stands is None and not self.held.derived and not self.held.ledger

    @property
    def to_check(self) -> bool:
        """Unfolded: to be looked at now."""
        return self.open and self.held.to_look_at


@dataclass
class Sheet:
    """Forms of one unit filled together: each value once (一次录入)."""

    unit: Unit
    assignments: list[Assignment]
    fields: list[Field]
    by_assignment: dict[int, list[Held]]
    checks: dict[int, list[FormCheck]]
    rule: Mapping[str, Any]
    broken: list[Broken] = field(default_factory=list)

    @property
    def to_check(self) -> list[Field]:
        """Fields likely to change, empty or sent back."""
        return [one for one in self.fields if one.to_check]

    @property
    def carried(self) -> list[Field]:
        """All the others."""
        return [one for one in self.fields if not one.to_check]

    @property
    def done(self) -> int:
        """How many of the fields to look at have been entered or confirmed."""
        return sum(
            1
            for one in self.to_check
            if one.held.current is not None and (one.held.by_a_person or one.held.current.confirmed)
        )

    @property
    def unexplained(self) -> list[Field]:
        """Unlike numbers whose reason is missing."""
        return [one for one in self.fields if one.hint and not checks.explained(one.held)]


def load_sheet(unit: Unit, assignments: Iterable[Assignment], *, lock: bool = False) -> Sheet:
    """Everything a fill page shows, in four statements however many fields. `assignments` come with their form."""
    chosen = sorted(assignments, key=lambda row: (row.due_on, row.form.code))
    held = fields_of([row.pk for row in chosen])
    using = holders(
        unit.pk, {(one.element_id, one.period_start) for one in held if not one.derived}, lock=lock
    )
    versions = {row.form_version_id for row in chosen}
    found: dict[int, list[FormCheck]] = {}
    for check in FormCheck.objects.filter(form_version__in=versions).order_by("pk"):
        found.setdefault(check.form_version_id, []).append(check)
    rule = checks.spread()
    sheet = Sheet(unit, chosen, _fields(held, using, rule), _by_assignment(held), found, rule)
    for row in chosen:
        row_fields = {one.element_id: one for one in sheet.by_assignment.get(row.pk, [])}
        sheet.broken.extend(checks.broken_checks(found.get(row.form_version_id, []), row_fields))
    return sheet


def _by_assignment(held: Iterable[Held]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    for one in held:
        found.setdefault(one.assignment_id, []).append(one)
    return found


def _fields(held: Iterable[Held], using: Mapping[Key, list[Holder]], rule: Mapping[str, Any]) -> list[Field]:
    merged: dict[tuple[int, dt.date, bool], Field] = {}
    for one in held:
        key = (one.element_id, one.period_start, one.derived)
        users = using.get((one.element_id, one.period_start), []) if not one.derived else []
        known = merged.get(key)
        if known is None:
            merged[key] = Field(
                one, [one.assignment_id], users, lock_sentence(one, users), checks.outlier_hint(one, rule)
            )
            continue
        known.assignments.append(one.assignment_id)
        if known.locked and not lock_sentence(one, users):
            known.held, known.locked = one, ""
        known.held.comment = known.held.comment or one.comment
        known.held.required = known.held.required or one.required
    return list(merged.values())


def actor_may(actor: Any, permission: str, pk: int) -> Assignment:
    """The assignment within reach of a permission, with form and unit; Http404 outside."""
    row = (
        Assignment.objects.for_user(actor, permission)
        .select_related("form__owner", "form__number", "form_version", "unit__parent")
        .filter(pk=pk)
        .first()
    )
    if row is None:
        raise Http404
    return row


@dataclass(frozen=True)
class Saved:
    """Answer to the saving of one field."""

    version: int
    shown: str
    hint: str
    change_text: str
    used_in: int
    saved_at: dt.datetime


def save_value(
    *, assignment_pk: int, element_pk: int, actor: Any, typed: str, version: int | None, reason: str = ""
) -> Saved:
    """Store what was typed into one field, once for every form that uses it; at most one commit.

    The village fills for itself (`reports.fill`); a township or 站所 fills in for it (`reports.fill_for`, 代填) until it
    submits. Raises Http404, Invalid (400), Stale (409), WrongState (409: handed in, locked by its source, expired).
    """
    row, permission, cycle = _reached(assignment_pk, element_pk, actor)
    key = (element_pk, element_start(cycle, row.period_start))
    # Inside another transaction nothing is written before the last refusal, so no savepoint is needed.
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        using = (
            [] if is_derived(cycle, row.frequency) else holders(row.unit_id, [key], lock=True).get(key, [])
        )
        held = fields_of([row.pk], element_pk)[0]
        _require_open(row, held, using)
        return _save(row, held, using, actor, permission, typed, version, reason)


def _reached(pk: int, element_pk: int, actor: Any) -> tuple[Assignment, str, str]:
    """The assignment, the right by which it is filled, and the cycle of the indicator in it."""
    cycle = FormField.objects.filter(form_version=OuterRef("form_version"), element=element_pk).values(
        "element__period_type"
    )[:1]
    for permission in (FILL, FILL_FOR):
        rows = (
            Assignment.objects.for_user(actor, permission)
            .select_related("form")
            .annotate(cycle=Subquery(cycle))
        )
        row = rows.filter(pk=pk, cycle__isnull=False).first()
        if row is not None:
            return row, permission, str(row.cycle)  # type: ignore[attr-defined]  # annotated above
    if Assignment.objects.for_user(actor, Assignment.VIEW_PERMISSION).filter(pk=pk).exists():
        raise NotAllowed("您没有填报此表的权限。")
    raise Http404


def _require_open(row: Assignment, held: Held, using: Iterable[Holder]) -> None:
    now = next((holder.state for holder in using if holder.pk == row.pk), row.state)
    if not in_force(row, clock.today()):
        raise WrongState("该表已过有效期，停止填报。")
    sentence = lock_sentence(held, using)
    if sentence:
        raise WrongState(sentence)
    if now not in TO_DO:
        raise WrongState(f"该表当前为“{AssignmentState(now).label}”，不能修改。")


def _save(
    row: Assignment,
    held: Held,
    using: list[Holder],
    actor: Any,
    permission: str,
    typed: str,
    version: int | None,
    reason: str,
) -> Saved:
    if len(reason) > values.LONGEST_REASON:
        raise Invalid(f"说明最多 {values.LONGEST_REASON} 个字。", field="reason")
    reason = values.read_line(reason, "reason")
    reading = values.read_text(typed, held)
    old = held.current
    carried = held.carried
    same_as_carried = carried is not None and (carried.kind, carried.number, carried.text) == (
        reading.kind,
        reading.number,
        reading.text,
    )
    origin = (
        Origin.CARRIED if same_as_carried else (Origin.TYPED if permission == FILL else Origin.BY_TOWNSHIP)
    )
    write = values.Write(
        element_id=held.element_id,
        unit_id=row.unit_id,
        period_start=held.period_start,
        cycle=held.cycle,
        element_version_id=held.element_version_id,
        reading=reading,
        origin=origin,
        version=version,
        reason=reason,
        confirmed=True,
        first_assignment_id=using[0].pk if using else row.pk,
        old=checks.text_of(held) if old else "",
        old_version=old.version if old else 0,
    )
    if version is not None and version != (old.version if old else 0):
        raise values.stale(write)
    unchanged = old is not None and (old.kind, old.number, old.text, old.reason) == (
        reading.kind,
        reading.number,
        reading.text,
        reason,
    )
    stored = old.version if unchanged and old else values.store(write, actor)
    hint = _hint(held, reading, origin)
    plain = typed.strip().replace(",", "") == reading.shown.replace(",", "")
    return Saved(
        stored,
        typed.strip() if plain else reading.shown,
        hint,
        change_text(reading.number, held),
        len({holder.form_id for holder in using}) or 1,
        clock.now(),
    )


def _hint(held: Held, reading: values.Reading, origin: str) -> str:
    if reading.number is None or origin == Origin.CARRIED or held.mean is None:
        return ""
    after = replace(held, current=Stored(reading.kind, reading.number, "", origin, held.period_start))
    return checks.outlier_hint(after, checks.spread())


def change_text(number: Decimal | None, held: Held) -> str:
    """Change against the last value: +2, −3, 持平, or nothing."""
    last = held.last.number if held.last else None
    if number is None or last is None:
        return ""
    change = number - last
    if change == 0:
        return "持平"
    return f"{'+' if change > 0 else '−'}{checks.shown(abs(change), held.decimals)}"


def confirm_fields(*, pks: Iterable[int], elements: Iterable[int], actor: Any) -> int:
    """核对无误: what is carried into these fields is stored as looked at. Returns how many fields."""
    wanted = set(elements)
    rows = list(
        Assignment.objects.for_user(actor, FILL)
        .select_related("form", "unit")
        .filter(pk__in=list(pks), state__in=TO_DO)
        .order_by("pk")
    )
    if not rows:
        raise Http404
    with transaction.atomic():
        sheet = load_sheet(rows[0].unit, rows, lock=True)
        fields = [one for one in sheet.fields if one.open and one.held.element_id in wanted]
        return values.carry_over(
            [one.held for one in fields],
            {one.held.element_id: one.first for one in fields},
            rows[0].unit_id,
            actor,
            None,
        )


def returned_with(row: Assignment, actor: Any, permission: str) -> list[Assignment]:
    """Other forms of the unit sent back for the same field as a returned one: answered by one press."""
    if row.state != AssignmentState.RETURNED:
        return []
    asked = FieldReturn.objects.filter(assignment=row, answered_at__isnull=True).values("element_id")
    return list(
        Assignment.objects.for_user(actor, permission)
        .filter(unit=row.unit_id, state=AssignmentState.RETURNED)
        .filter(field_returns__answered_at__isnull=True, field_returns__element_id__in=asked)
        .exclude(pk=row.pk)
        .select_related("form__owner", "form__number", "form_version", "unit__parent")
        .distinct()
    )


def open_returns(rows: Iterable[Assignment]) -> dict[int, dict[int, FieldReturn]]:
    """Fields sent back and not yet answered, by assignment and indicator."""
    found: dict[int, dict[int, FieldReturn]] = {}
    for one in FieldReturn.objects.filter(
        assignment__in=[row.pk for row in rows], answered_at__isnull=True
    ).order_by("pk"):
        found.setdefault(one.assignment_id, {})[one.element_id] = one
    return found
