"""Handing in: all complete forms in one transaction, the rest named with what is missing; recall; no number, no filling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404

from core import audit, clock, limits
from core.errors import Invalid, RuleRefused, WrongState
from core.limits import HARD, Finding
from core.workflow import Step, take, take_many, waiting_briefly
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, FieldReturn, Value
from reports.services import checks, values
from reports.services.collection.carrying import fields_of
from reports.services.collection.filling import Field, Sheet, holders, in_force, load_sheet, open_returns
from reports.workflow_assignment import RECALL, REFUSE, SUBMIT

MINUTES = "reports.minutes"
CROSS_FIELD = "reports.cross_field"


@dataclass(frozen=True)
class Left:
    """A form that was not sent, and why, each reason with the field it points to (0: none)."""

    assignment: Assignment
    reasons: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Outcome:
    """What one press sent and what it left."""

    sent: list[Assignment]
    left: list[Left]


def gaps(sheet: Sheet, row: Assignment, on: dt.date) -> list[tuple[int, str]]:
    """What keeps one form of a sheet from being sent: (indicator, sentence); empty when it is complete."""
    if not in_force(row, on):
        return [(0, "已过有效期，停止填报")]
    found: list[tuple[int, str]] = []
    mine = {one.element_id: one for one in sheet.by_assignment.get(row.pk, [])}
    for one in sheet.fields:
        if row.pk not in one.assignments:
            continue
        held = mine[one.held.element_id]
        if held.required and one.missing:
            found.append((held.element_id, f"“{held.name}”未填"))
        elif one.hint and not checks.explained(one.held):
            found.append((held.element_id, f"“{held.name}”{one.hint}"))
    broken = checks.broken_checks(sheet.checks.get(row.form_version_id, []), mine)
    found.extend((one.elements[0], one.message) for one in broken if one.hard)
    return found


def submit(
    *, pks: Iterable[int], actor: Any, step: Step = SUBMIT, versions: Mapping[int, int] | None = None
) -> Outcome:
    """Send every complete form among `pks` (one unit) in one transaction and name the rest.

    Carried values are stored as confirmed; typed counts in the first form by due date and code, elsewhere nothing;
    flags are left for the township's review by exception. Raises Http404, WrongState, Stale, Busy; RuleRefused (422)
    or Invalid (400) when not one form is complete.
    """
    wanted = sorted(set(pks))
    with audit.act(actor), waiting_briefly():
        rows = _locked(wanted, actor, step)
        sheet = load_sheet(rows[0].unit, rows)
        today = clock.today()
        left = [Left(row, tuple(found)) for row in sheet.assignments if (found := gaps(sheet, row, today))]
        unfinished = {one.assignment.pk for one in left}
        complete = [row for row in sheet.assignments if row.pk not in unfinished]
        if not complete:
            raise _refusal(sheet, left)
        mine = {row.pk: versions[row.pk] for row in complete if row.pk in versions} if versions else None
        with take_many(step, Assignment, [row.pk for row in complete], actor=actor, versions=mine) as taken:
            _hand_in(sheet, taken, actor, step)
    known = {row.pk: row for row in complete}
    for row in taken:
        row.form = known[row.pk].form
    return Outcome(list(taken), left)


def _locked(pks: list[int], actor: Any, step: Step) -> list[Assignment]:
    rows = list(
        Assignment.objects.for_user(actor, step.permission)
        .select_for_update(of=("self",))
        .select_related("form__owner", "form_version", "unit")
        .filter(pk__in=pks)
        .order_by("pk")
    )
    if not rows or len(rows) != len(pks) or len({row.unit_id for row in rows}) > 1:
        raise Http404
    for row in rows:
        if row.state not in step.from_:
            raise WrongState(
                f"《{row.form.name}》当前为“{AssignmentState(row.state).label}”，不能{step.label}。"
            )
    return rows


def _refusal(sheet: Sheet, left: list[Left]) -> RuleRefused | Invalid:
    findings = [
        Finding(
            CROSS_FIELD,
            HARD,
            one.message,
            source="该报表的表内关系（必须符合）",
            text="表内关系不符合的不能报送",
        )
        for one in sheet.broken
        if one.hard
    ]
    findings += [checks.outlier_finding(one.held, one.hint) for one in sheet.unexplained]
    missing = [
        sentence for one in left for _, sentence in one.reasons if sentence.endswith(("未填", "停止填报"))
    ]
    if findings and not missing:
        return RuleRefused(findings)
    return Invalid(
        "还不能报送："
        + "；".join(dict.fromkeys(sentence for one in left for _, sentence in one.reasons))
        + "。"
    )


def _hand_in(sheet: Sheet, rows: list[Assignment], actor: Any, step: Step) -> None:
    """Store what is carried, count, flag; inside `take_many`."""
    now, moment = audit.current(), clock.now()
    chosen = {row.pk for row in rows}
    fields = [one for one in sheet.fields if chosen.intersection(one.assignments)]
    firsts = {one.held.element_id: one.first for one in fields}
    returned = open_returns(rows)
    minutes = limits.in_force(MINUTES).value
    order = [row.pk for row in sheet.assignments if row.pk in chosen]
    fixed = _fixed_once(sheet, [row for row in rows if row.submitted_at is None], order)
    for row in rows:
        held = sheet.by_assignment.get(row.pk, [])
        old = {key: one.old_text for key, one in returned.get(row.pk, {}).items()}
        kept = (
            Decimal(0) if row.submitted_at is None else row.minutes - spent(row.typed, row.checked, minutes)
        )
        typed, checked = counts(fields, row.pk)
        # Sent again after a return: what was looked at before is not looked at again.
        row.typed, row.checked = typed, checked if row.submitted_at is None else row.checked
        row.minutes = (
            fixed.get(row.pk, Decimal(0)) + max(kept, Decimal(0)) + spent(row.typed, row.checked, minutes)
        )
        row.flags = checks.flags_of(held, sheet.checks.get(row.form_version_id, []), sheet.rule, old)
        row.submitted_at = row.submitted_at or moment
        row.submitted_by = now.who.name
        row.by_township = step.permission != SUBMIT.permission
        row.act = now.id
    values.carry_over([one.held for one in fields], firsts, sheet.unit.pk, actor, str(now.id))
    _keep_reasons([one for one in fields if one.hint], rows)
    FieldReturn.objects.filter(assignment__in=chosen, answered_at__isnull=True).update(answered_at=moment)


def counts(fields: Iterable[Field], pk: int) -> tuple[int, int]:
    """(typed, checked) of one assignment: entered values that count here, and carried ones put before a person.

    A value counts in the first form by due date and code, elsewhere nothing (model.md 9). Carried values in folded
    sections are confirmed by the submission as a whole and cost no minutes (features.md D.2).
    """
    typed = checked = 0
    for one in fields:
        if one.first != pk or one.held.derived or one.held.ledger:
            continue
        if one.held.by_a_person:
            typed += 1
        elif one.held.stands is not None and (
            one.held.to_look_at or (one.held.current is not None and one.held.current.confirmed)
        ):
            checked += 1
    return typed, checked


def spent(typed: int, checked: int, rule: Mapping[str, Any]) -> Decimal:
    """Minutes for values: typed × 1.0 + checked × 0.2 by the rule in force (domain 3.3)."""
    return typed * Decimal(str(rule["typed"])) + checked * Decimal(str(rule["checked"]))


def _fixed_once(sheet: Sheet, fresh: list[Assignment], order: list[int]) -> dict[int, Decimal]:
    """The fixed minutes of a form (opening, sending) are spent once for all forms sent in one press: on the first."""
    if not fresh:
        return {}
    keys = {row.pk for row in fresh}
    most = max(row.form_version.minutes_fixed for row in sheet.assignments if row.pk in keys)
    return {next(pk for pk in order if pk in keys): most}


def estimate(sheet: Sheet, rule: Mapping[str, Any]) -> Decimal:
    """Minutes a sheet will take by the formula: fixed once, and each field to look at as if it were typed."""
    fixed = max((row.form_version.minutes_fixed for row in sheet.assignments), default=Decimal(0))
    return fixed + spent(len(sheet.to_check), 0, rule)


def _keep_reasons(fields: list[Field], rows: list[Assignment]) -> None:
    """A reason given for an unlike number is an exceedance of a soft rule and is counted."""
    by_key = {row.pk: row for row in rows}
    for one in fields:
        row = by_key.get(one.first) or next(by_key[pk] for pk in one.assignments if pk in by_key)
        reason = one.held.current.reason if one.held.current else ""
        limits.enforce(
            [checks.outlier_finding(one.held, one.hint)],
            {checks.OUTLIER: reason},
            row=row,
            unit_id=row.unit_id,
        )


def recall(*, pks: Iterable[int], actor: Any, versions: Mapping[int, int] | None = None) -> list[Assignment]:
    """Take back what was sent, until it is reviewed. Refused (409) once a value of it is in an approved form."""
    with take_many(
        RECALL, Assignment, pks, actor=actor, versions=dict(versions) if versions else None
    ) as rows:
        for row in rows:
            _require_unreviewed(row)
            row.typed = row.checked = 0
            row.minutes = Decimal(0)
            row.flags = []
            row.submitted_at = None
            row.submitted_by = ""
            row.by_township = False
        Value.objects.filter(first_assignment_id__in=[row.pk for row in rows], origin=Origin.CARRIED).update(
            confirmed_at=None
        )
    return list(rows)


def _require_unreviewed(row: Assignment) -> None:
    keys = [(one.element_id, one.period_start) for one in fields_of([row.pk]) if not one.derived]
    for using in holders(row.unit_id, keys).values():
        for holder in using:
            if holder.pk != row.pk and holder.state in {AssignmentState.APPROVED, AssignmentState.ACCEPTED}:
                raise WrongState(
                    f"本表有数值已随《{holder.name}》通过乡镇审核，不能撤回；需要修改请联系乡镇退回该项。"
                )


def refuse(*, pk: int, actor: Any, version: int | None = None) -> Assignment:
    """无编号，依规不报: only where the form has no valid number any more (统计法). Raises WrongState otherwise."""
    with take(REFUSE, Assignment, pk, actor=actor, version=version) as row:
        if in_force(row, clock.today()):
            raise WrongState("该表准入编号有效，应当按期报送；确有困难请联系乡镇。")
    return row
