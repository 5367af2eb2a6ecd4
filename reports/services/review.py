"""Township review by exception: unflagged submissions in one press, flagged ones each, single fields sent back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, Refused, RuleRefused, WrongState
from core.limits import HARD, Finding
from core.models import AuditEntry
from core.workflow import check_permission, take, take_many
from organization.services import notices
from organization.services.calendar import WorkCalendar
from reports.choices import AssignmentState
from reports.models import Assignment, FieldReturn, FormCheck
from reports.services.checks import Broken, broken_checks, text_of
from reports.services.collection.carrying import Held, fields_of
from reports.services.collection.filling import holders
from reports.services.collection.submitting import CROSS_FIELD
from reports.workflow_assignment import ACCEPT, APPROVE, RETURN, UNAPPROVE

if TYPE_CHECKING:
    from organization.models import User

UNDO_SECONDS = 10
ACCEPTED_AFTER = 5
"""Working days after township approval until the department is taken to have no objection (model.md 2.6)."""
CHUNK = 200
LONGEST_NOTICE = 300
IN_REVIEW = (AssignmentState.SUBMITTED, AssignmentState.APPROVED)


def broken_relations(rows: Iterable[Assignment]) -> dict[int, list[Broken]]:
    """Relations that must hold and do not, by assignment, as the values stand now; two statements for any number of rows."""
    found = list(rows)
    hard: dict[int, list[FormCheck]] = {}
    for check in FormCheck.objects.filter(
        form_version__in={row.form_version_id for row in found}, strength="hard"
    ).order_by("pk"):
        hard.setdefault(check.form_version_id, []).append(check)
    wanted = [row for row in found if row.form_version_id in hard]
    if not wanted:
        return {}
    held: dict[int, dict[int, Held]] = {}
    for one in fields_of([row.pk for row in wanted]):
        held.setdefault(one.assignment_id, {})[one.element_id] = one
    judged = {row.pk: broken_checks(hard[row.form_version_id], held.get(row.pk, {})) for row in wanted}
    return {pk: broken for pk, broken in judged.items() if broken}


def approval_refusal(broken: Sequence[Broken]) -> Finding | None:
    """What refuses approval: a relation between the form's fields that must hold and does not."""
    if not broken:
        return None
    text = "；".join(one.message for one in broken)
    return Finding(
        CROSS_FIELD,
        HARD,
        f"{text}。不符合表内关系，不能同意，请退回这一项。",
        source="该报表的表内关系（必须符合）",
        text="表内关系不符合的报表退回填报单位核对",
    )


def _approve_rows(rows: Sequence[Assignment], today: dt.date, act: uuid.UUID) -> None:
    broken = broken_relations(rows)
    for row in rows:
        refusal = approval_refusal(broken.get(row.pk, []))
        if refusal is not None:
            raise RuleRefused([refusal])
        row.approved_on = today
        row.act = act


def approve(*, pk: int, actor: User, version: int | None = None) -> Assignment:
    """Approve one submission, flagged or not. Refused (422) while a relation between its fields is broken."""
    with take(APPROVE, Assignment, pk, actor=actor, version=version) as row:
        _approve_rows([row], clock.today(), audit.current().id)
    return row


def approve_clean(*, versions: Mapping[int, int], actor: User) -> tuple[list[Assignment], int]:
    """Approve in one act what was shown as unflagged: `versions` by key, as shown.

    What has changed, gained a flag or been recalled since is left alone. Returns the approved rows and how many were
    left. One trail entry a row (features.md A15); a flagged row is never approved here.
    """
    shown = list(Assignment.objects.for_user(actor, APPROVE.permission).filter(pk__in=versions))
    broken = broken_relations(shown)
    still = [
        row.pk
        for row in shown
        if row.state == AssignmentState.SUBMITTED
        and not row.flags
        and row.pk not in broken
        and row.version == versions[row.pk]
    ]
    if not still:
        raise WrongState("没有可以一并同意的报表，请刷新页面。")
    with take_many(APPROVE, Assignment, still, actor=actor, versions=dict(versions)) as rows:
        if any(row.flags for row in rows):
            raise WrongState("有报表刚刚出现提示，未作任何改动，请刷新页面。")
        _approve_rows(rows, clock.today(), audit.current().id)
    return rows, len(versions) - len(rows)


def undo_approval(*, act: uuid.UUID, actor: User) -> list[Assignment]:
    """Take back one's own approval (single or bulk) within 10 seconds, while the department has not accepted it.

    Http404 for anybody else's act, WrongState when it is too late.
    """
    entry = AuditEntry.objects.filter(act=act, step=APPROVE.name, actor_id=actor.pk).order_by("pk").first()
    if entry is None:
        raise Http404
    if clock.now() - entry.at > dt.timedelta(seconds=UNDO_SECONDS):
        raise WrongState(f"同意已超过 {UNDO_SECONDS} 秒，不能撤销；需要修改的，请退回填报单位。")
    approved = Assignment.objects.for_user(actor, UNAPPROVE.permission).filter(
        act=act, state=AssignmentState.APPROVED
    )
    pks = list(approved.values_list("pk", flat=True))
    if not pks:
        raise WrongState("这次同意已经撤销，或报表已被接收。")
    with take_many(UNAPPROVE, Assignment, pks, actor=actor) as rows:
        for row in rows:
            row.approved_on = None
            row.act = None
    return rows


def return_whole(*, pk: int, actor: User, reason: str, version: int | None = None) -> Assignment:
    """Send a whole form back with a comment; all its fields reopen except those held by another approved form."""
    with take(RETURN, Assignment, pk, actor=actor, version=version, reason=reason) as row:
        _reopen(row)
        _tell_returned(row, f"《{row.form.name}》退回修改：{reason.strip()}", pk)
    return row


def _reopen(row: Assignment) -> None:
    row.returns += 1
    row.approved_on = None
    row.act = audit.current().id


def _tell_returned(row: Assignment, text: str, pk: int) -> None:
    """The unit's own people read at once what came back and why."""
    notices.tell(
        notices.people([row.unit_id], "reports.fill"),
        kind="reports.returned",
        key=f"returned:{pk}:{audit.current().id}",
        text=text[:LONGEST_NOTICE],
        url=reverse("reports:fill", args=[pk]),
        urgent=True,
    )


def return_field(
    *, pk: int, element_id: int, actor: User, comment: str, version: int | None = None
) -> list[Assignment]:
    """Send one field back with a comment; only that field reopens, in every form of the unit that holds the value.

    model.md 2.4: the value reopens in all forms not yet accepted; an accepted one refuses (409) and says who can reopen.
    Returns the returned assignments, the one asked for first.
    """
    row = get_object_or_404(
        Assignment.objects.for_user(actor, Assignment.VIEW_PERMISSION).select_related("form", "unit"), pk=pk
    )
    held = next(iter(fields_of([pk], element_id)), None)
    if held is None or held.derived:
        raise WrongState("这张表没有可以退回的该项。")
    using = holders(row.unit_id, [(element_id, held.period_start)]).get((element_id, held.period_start), [])
    accepted = next((holder for holder in using if holder.state == AssignmentState.ACCEPTED), None)
    if accepted is not None:
        raise WrongState(accepted_sentence(held.name, accepted.pk))
    another = (
        row.state == AssignmentState.RETURNED
        and FieldReturn.objects.filter(assignment=row, answered_at=None).exists()
    )
    pks = {holder.pk for holder in using if holder.state in IN_REVIEW} | (set() if another else {pk})
    versions = {pk: version} if version is not None else None
    with (
        audit.act(actor, reason=comment),
        take_many(RETURN, Assignment, pks, actor=actor, versions=versions, reason=comment) as taken,
    ):
        rows = [*([_still_returned(pk, actor, comment)] if another else []), *taken]
        _note_return(rows, held, comment)
        for one in taken:
            _reopen(one)
        _tell_returned(row, f"《{row.form.name}》“{held.name}”退回修改：{comment.strip()}", pk)
    return sorted(rows, key=lambda one: one.pk != pk)


def _still_returned(pk: int, actor: User, comment: str) -> Assignment:
    """A form already back at the village, held: a further field joins those sent back. WrongState when it came in since."""
    if not comment.strip():
        raise Invalid(f"请写明{RETURN.label}的理由。", field="reason")
    check_permission(Assignment, pk, actor, RETURN.permission)
    row = Assignment.objects.select_for_update().get(pk=pk)
    if row.state != AssignmentState.RETURNED:
        raise WrongState("村里刚刚重新报送，请刷新页面后再办。")
    audit.record(RETURN.label, row, step=RETURN.name, reason=comment.strip())
    return row


def _note_return(rows: Sequence[Assignment], held: Held, comment: str) -> None:
    """The returned field of each form, with the value as it was; a former unanswered note is replaced."""
    now = audit.current()
    FieldReturn.objects.filter(assignment__in=rows, element_id=held.element_id, answered_at=None).delete()
    FieldReturn.objects.bulk_create(
        FieldReturn(
            assignment=one,
            element_id=held.element_id,
            comment=comment.strip(),
            old_text=text_of(held),
            by=f"{now.who.unit} {now.who.name}".strip(),
            act=now.id,
            at=clock.now(),
        )
        for one in rows
    )


def accepted_sentence(name: str, accepted_pk: int) -> str:
    """Why a value that a department has received cannot be reopened here, and who can (features.md A20)."""
    holder = Assignment.objects.select_related("form__owner").get(pk=accepted_pk)
    owner = holder.form.owner.name
    return f"“{name}”已由{owner}在《{holder.form.name}》中接收，不能退回；需要更正的，请与{owner}联系办理。"


def accept_due(on: dt.date) -> int:
    """Accept what the township approved at least 5 working days ago and nobody objected to; returns how many.

    Runs daily; what is accepted is no longer approved, so a second run changes nothing.
    """
    last = _latest_approval(on)
    pks = list(
        Assignment.objects.filter(state=AssignmentState.APPROVED, approved_on__lte=last)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    done = 0
    for start in range(0, len(pks), CHUNK):
        done += _accept(pks[start : start + CHUNK])
    return done


def _accept(pks: Sequence[int]) -> int:
    try:
        with take_many(
            ACCEPT, Assignment, pks, actor=audit.SYSTEM, reason="乡镇审核后 5 个工作日未提出异议，自动接收"
        ) as rows:
            return len(rows)
    except Refused:
        return sum(_accept_one(pk) for pk in pks)


def _accept_one(pk: int) -> int:
    """One by one where a chunk met somebody's work in hand; what is refused waits for the next run."""
    try:
        with take(
            ACCEPT, Assignment, pk, actor=audit.SYSTEM, reason="乡镇审核后 5 个工作日未提出异议，自动接收"
        ):
            return 1
    except Refused:
        return 0


def _latest_approval(on: dt.date) -> dt.date:
    """The latest day of approval whose 5 working days are over on a day."""
    calendar = WorkCalendar.load(on - dt.timedelta(days=40), on)
    day = on
    while calendar.add(day, ACCEPTED_AFTER) > on:
        day -= dt.timedelta(days=1)
    return day
