"""The trail of what was seeded: the lives of requests and forms, and what was handed in for the present month.

Entries bear the labels of the demonstration's own people and the times that the rows carry, so that 办理记录 tells
the same story as the rows. Written set-based, oldest first, as the timelines read them by key.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core import audit, clock
from core.audit import Who
from core.models import AuditEntry
from core.workflow import Step
from organization.models import Posting
from reports.choices import AssignmentState, Category, RequestKind, RequestState
from reports.models import Assignment, FieldReturn, Form, FormRequest
from reports.services.admission_asking import ENDORSED
from reports.workflow import (
    ACTIVATE,
    ADMIT,
    CANCEL,
    CLOSE,
    EXPIRE,
    MERGE,
    MERGE_AWAY,
    PROVIDE,
    REGISTER,
    REGISTER_STATUTORY,
    REJECT_STEP,
    SUBMIT,
)
from reports.workflow import RETURN as SEND_BACK
from reports.workflow_assignment import APPROVE, REFUSE, RETURN, SUBMIT_FOR
from reports.workflow_assignment import SUBMIT as HAND_IN

ENDS = {"expired": EXPIRE, "cancelled": CANCEL, "merged": MERGE_AWAY}
DECISIONS = {RequestState.ADMITTED: ADMIT, RequestState.MERGED: MERGE, RequestState.REJECTED: REJECT_STEP}


@dataclass
class People:
    """Who acts for each unit, and the three that decide."""

    of_unit: dict[int, Who] = field(default_factory=dict)
    dgb: Who = field(default_factory=audit.SYSTEM.who)
    statistics: Who = field(default_factory=audit.SYSTEM.who)

    @classmethod
    def load(cls) -> People:
        """The person of each unit who files there; observers and administrators file nothing."""
        found = cls()
        filing = Posting.objects.filter(
            role__in=["department", "township", "station", "village", "dgb", "tongji"]
        )
        for posting in filing.select_related("user", "unit").order_by("-pk"):
            who = Who(posting.user_id, posting.user.name, _title(posting), posting.unit_id, posting.unit.name)
            found.of_unit[posting.unit_id] = who
            if posting.role == "dgb":
                found.dgb = who
            elif posting.role == "tongji":
                found.statistics = who
        return found

    def at(self, unit_id: int, name: str = "") -> Who:
        """Whoever files for a unit; the unit's own name where it has no account."""
        return self.of_unit.get(unit_id) or Who(None, "经办人", "", unit_id, name)


def _title(posting: Posting) -> str:
    from django.conf import settings

    return str(settings.ROLES[posting.role].label)


def _entry(
    row: FormRequest | Form | Assignment,
    who: Who,
    at: dt.datetime,
    verb: str,
    *,
    step: str = "",
    act: uuid.UUID | None = None,
    reason: str = "",
    after: Mapping[str, object] | None = None,
) -> AuditEntry:
    return AuditEntry(
        act=act or uuid.uuid4(),
        at=at,
        actor_id=who.id,
        actor=who.name,
        posting=who.posting,
        unit_id=who.unit_id,
        unit=who.unit,
        verb=verb,
        step=step,
        model=row._meta.label,
        object_id=str(row.pk),
        label=str(row)[:200],
        reason=reason,
        after=dict(after or {}),
    )


def build() -> int:
    """Write the entries, oldest first; returns how many."""
    people = People.load()
    rows = [*_requests(people), *_ends(people), *_handed_in(people), *_sent_back(people), *_refused(people)]
    rows.sort(key=lambda row: row.at)
    return len(AuditEntry.objects.bulk_create(rows, batch_size=500))


def _decision(request: FormRequest) -> Step | None:
    if request.state == RequestState.REGISTERED:
        return REGISTER_STATUTORY if request.form.category == Category.STATUTORY else REGISTER
    if request.state == RequestState.RETURNED:
        return SEND_BACK
    if request.kind == RequestKind.CANCEL:
        return CLOSE
    return DECISIONS.get(RequestState(request.state))


def _requests(people: People) -> Iterator[AuditEntry]:
    """起草, 送审 (or the temporary number), the decision, and the form put in force by it."""
    for request in FormRequest.objects.select_related("form__owner", "requester"):
        asked = people.at(request.requester_id, request.requester.name)
        drafted = min(request.created_at, request.submitted_at or request.created_at)
        yield _entry(request, asked, drafted, "起草报表申请")
        step = _decision(request)
        if request.submitted_at and step is not CLOSE:
            urgent = request.kind == RequestKind.URGENT
            first = PROVIDE if urgent else SUBMIT
            act = uuid.uuid4()
            yield _entry(
                request,
                asked,
                request.submitted_at,
                first.label,
                step=first.name,
                act=act,
                reason=ENDORSED,
                after={"state": first.to},
            )
            if urgent:
                yield _activated(request.form, asked, request.submitted_at, act)
        if step is not None:
            yield from _decided(request, step, people)


def _decided(request: FormRequest, step: Step, people: People) -> Iterator[AuditEntry]:
    who = {
        REGISTER_STATUTORY: people.statistics,
        CLOSE: people.at(request.requester_id, request.requester.name),
    }.get(step, people.dgb)
    at = request.decided_at or (request.submitted_at or request.created_at) + dt.timedelta(days=1)
    act = uuid.uuid4()
    yield _entry(
        request,
        who,
        at,
        step.label,
        step=step.name,
        act=act,
        reason=request.opinion,
        after={"state": request.state},
    )
    if step in {ADMIT, REGISTER, REGISTER_STATUTORY}:
        yield _activated(request.form, who, at, act)


def _activated(form: Form, who: Who, at: dt.datetime, act: uuid.UUID) -> AuditEntry:
    after = {"state": ACTIVATE.to, "number_id": form.number_id, "valid_until": f"{form.valid_until}"}
    return _entry(form, who, at, "准入并编号", step=ACTIVATE.name, act=act, after=after)


def _ends(people: People) -> Iterator[AuditEntry]:
    """到期失效 by the system the morning after, 停用 and 并入 by whoever did it on the last day."""
    for form in Form.objects.filter(state__in=ENDS, valid_until__isnull=False).select_related("owner"):
        assert form.valid_until is not None
        step = ENDS[form.state]
        morning = dt.datetime.combine(form.valid_until + dt.timedelta(days=1), dt.time(0, 5), clock.COUNTY)
        who = {EXPIRE: audit.SYSTEM.who(), CANCEL: people.at(form.owner_id, form.owner.name)}.get(
            step, people.dgb
        )
        at = (
            morning
            if step is EXPIRE
            else dt.datetime.combine(form.valid_until, dt.time(10, 20), clock.COUNTY)
        )
        yield _entry(form, who, at, step.label, step=step.name, after={"state": form.state})


def _present() -> list[Assignment]:
    handed_in = [AssignmentState.SUBMITTED, AssignmentState.APPROVED, AssignmentState.RETURNED]
    rows = Assignment.objects.filter(state__in=handed_in, submitted_at__isnull=False)
    return list(rows.select_related("form", "unit__parent").order_by("pk"))


def _handed_in(people: People) -> Iterator[AuditEntry]:
    """报送 by the village (or for it by its township) and 同意 by the township: one act a unit, as one press is."""
    acts: dict[tuple[str, int], uuid.UUID] = {}
    for row in _present():
        assert row.submitted_at is not None
        village, township = people.at(row.unit_id, row.unit.name), _township(people, row)
        step, who = (SUBMIT_FOR, township) if row.by_township else (HAND_IN, village)
        act = acts.setdefault((f"{step.name} {row.submitted_at}", row.unit_id), uuid.uuid4())
        yield _entry(
            row, who, row.submitted_at, step.label, step=step.name, act=act, after={"state": step.to}
        )
        if row.state == AssignmentState.APPROVED and row.approved_on:
            act = acts.setdefault((APPROVE.name, township.unit_id or 0), uuid.uuid4())
            at = _on(row.approved_on, row.submitted_at)
            yield _entry(
                row, township, at, APPROVE.label, step=APPROVE.name, act=act, after={"state": APPROVE.to}
            )


def _on(day: dt.date, after: dt.datetime) -> dt.datetime:
    """Ten past nine of a day, yet later than what came before and not in the future."""
    return min(max(dt.datetime.combine(day, dt.time(9, 10), clock.COUNTY), after), clock.now())


def _township(people: People, row: Assignment) -> Who:
    parent = row.unit.parent
    assert parent is not None
    return people.at(parent.pk, parent.name)


def _sent_back(people: People) -> Iterator[AuditEntry]:
    rows = FieldReturn.objects.select_related("assignment__form", "assignment__unit__parent")
    for one in rows:
        who = _township(people, one.assignment)
        at = max(one.at, one.assignment.submitted_at or one.at)
        yield _entry(
            one.assignment,
            who,
            at,
            RETURN.label,
            step=RETURN.name,
            reason=one.comment,
            after={"state": RETURN.to},
        )


def _refused(people: People) -> Iterator[AuditEntry]:
    """无编号，依规不报, said by the village the day before the form stopped."""
    for row in Assignment.objects.filter(state=AssignmentState.REFUSED).select_related("form", "unit"):
        who, at = people.at(row.unit_id, row.unit.name), clock.now() - dt.timedelta(days=1)
        yield _entry(row, who, at, REFUSE.label, step=REFUSE.name, after={"state": REFUSE.to})
