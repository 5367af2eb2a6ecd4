"""Transitions are data. `take` is the only place where a status field is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import OperationalError, connection, models
from django.http import Http404

from core import audit
from core.errors import Busy, Invalid, NotAllowed, Stale, WrongState
from core.limits import Door, Finding

Row = TypeVar("Row", bound=models.Model)
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Step:
    """One move: from-states, to-state, who may, and the paper that asks for it.

    `to` of None leaves the state to the service (it sets the field itself inside `take`, among `may_end_in`).
    """

    name: str
    label: str
    from_: frozenset[str]
    to: str | None
    permission: str
    source: str
    needs_reason: bool = False
    danger: bool = False
    primary: bool = False
    may_end_in: frozenset[str] = frozenset()
    stock_reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """All steps of one model, for tests, diagrams and buttons."""

    model: str
    states: type[models.TextChoices]
    initial: str
    steps: tuple[Step, ...]
    final: frozenset[str] = frozenset()
    field: str = "state"


@dataclass
class Offer:
    """A step as the page draws it: allowed, or refused with the sentence, its source and its doors."""

    step: Step
    url: str
    version: int
    allowed: bool = True
    why_not: str = ""
    source: str = ""
    doors: Sequence[Door] = field(default_factory=tuple)

    name = property(lambda self: self.step.name)
    label = property(lambda self: self.step.label)
    needs_reason = property(lambda self: self.step.needs_reason)
    danger = property(lambda self: self.step.danger)
    primary = property(lambda self: self.step.primary)
    stock_reasons = property(lambda self: self.step.stock_reasons)


@contextmanager
def waiting_briefly(milliseconds: int = 3000) -> Iterator[None]:
    """Locks wait at most this long; a lock not had is answered 「正在被他人处理」."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {int(milliseconds)}")
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") == LOCK_NOT_AVAILABLE:
            raise Busy from error
        raise


def _visible(model: type[Row], pk: Any, actor: audit.Actor, permission: str) -> bool:
    return bool(_reached(model, [pk], actor, permission))


def check_permission(model: type[models.Model], pk: Any, actor: audit.Actor, permission: str) -> None:
    """404 outside the actor's scope, NotAllowed where the row is visible but the act is not the actor's."""
    check_permissions(model, [pk], actor, permission)


def check_permissions(
    model: type[models.Model], pks: Iterable[Any], actor: audit.Actor, permission: str
) -> None:
    """`check_permission` of many rows in one statement; the first row by key that is not the actor's decides.

    Raises Http404, NotAllowed.
    """
    if actor is audit.SYSTEM:
        return
    wanted = {model._meta.pk.to_python(pk) for pk in pks}
    missing = sorted(wanted - _reached(model, wanted, actor, permission))
    if not missing:
        return
    scoped: Any = model  # every model that takes steps names VIEW_PERMISSION
    if missing[0] in _reached(model, missing[:1], actor, scoped.VIEW_PERMISSION):
        raise NotAllowed("您没有办理此事项的权限。")
    raise Http404


def _reached(model: type[models.Model], pks: Iterable[Any], actor: audit.Actor, permission: str) -> set[Any]:
    scoped: Any = model  # every model that takes steps has a manager with for_user
    rows = scoped.objects.for_user(actor, permission)
    return set(rows.filter(pk__in=list(pks)).values_list("pk", flat=True))


def _locked(model: type[Row], pks: Iterable[Any]) -> list[Row]:
    """Rows locked by key, then the related rows that their label is made of (`LABEL_RELATED`), read after the lock."""
    wanted = sorted(set(pks))
    rows = list(model._base_manager.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted):
        raise Http404
    models.prefetch_related_objects(rows, *getattr(model, "LABEL_RELATED", ()))
    return rows


def _check(step: Step, row: models.Model, version: int | None, reason: str, field_name: str) -> None:
    state = getattr(row, field_name)
    if state not in step.from_:
        label = getattr(row, f"get_{field_name}_display")()
        raise WrongState(f"当前为“{label}”，不能{step.label}。")
    if version is not None and version != getattr(row, "version", version):
        raise Stale
    if step.needs_reason and not reason.strip():
        raise Invalid(f"请写明{step.label}的理由。", field="reason")


def _finish(step: Step, row: models.Model, before: dict[str, Any], reason: str, field_name: str) -> None:
    if step.to is not None:
        setattr(row, field_name, step.to)
    elif getattr(row, field_name) not in step.may_end_in:
        raise AssertionError(f"{step.name} may not end in {getattr(row, field_name)}")
    if hasattr(row, "version"):
        row.version += 1
    old, new = audit.changes(before, audit.snapshot(row))
    row.save(update_fields=[row._meta.get_field(name).name for name in new])
    audit.record(step.label, row, before=old, after=new, step=step.name, reason=reason)


class Taken(list[Row], Generic[Row]):
    """The locked rows of a `take_many`."""


@contextmanager
def take_many(
    step: Step,
    model: type[Row],
    pks: Iterable[Any],
    *,
    actor: audit.Actor,
    versions: dict[Any, int] | None = None,
    reason: str = "",
    claim: Callable[[], object] | None = None,
    field_name: str = "state",
) -> Iterator[list[Row]]:
    """Move several rows by one step: claims first, then rows by key, one transaction, all or none, one entry a row.

    Raises Http404 (outside scope), NotAllowed, WrongState, Stale, Busy, Invalid (missing reason).
    """
    with audit.act(actor, reason=reason), waiting_briefly():
        if claim is not None:
            claim()
        rows = _locked(model, pks)
        check_permissions(model, [row.pk for row in rows], actor, step.permission)
        for row in rows:
            _check(step, row, (versions or {}).get(row.pk), reason, field_name)
        before = {row.pk: audit.snapshot(row) for row in rows}
        yield rows
        for row in rows:
            _finish(step, row, before[row.pk], reason, field_name)


@contextmanager
def take(
    step: Step,
    model: type[Row],
    pk: Any,
    *,
    actor: audit.Actor,
    version: int | None = None,
    reason: str = "",
    claim: Callable[[], object] | None = None,
    field_name: str = "state",
) -> Iterator[Row]:
    """Move one row; see `take_many`. Takes a key, never an instance."""
    versions = {pk: version} if version is not None else None
    with take_many(
        step, model, [pk], actor=actor, versions=versions, reason=reason, claim=claim, field_name=field_name
    ) as rows:
        yield rows[0]


def offers(
    workflow: Workflow,
    row: models.Model,
    actor: audit.Actor,
    url: Callable[[Step], str],
    refusals: dict[str, Finding] | None = None,
) -> list[Offer]:
    """The steps that start from the row's state and are the actor's, with the refusal that would meet each."""
    drawn = []
    for step in workflow.steps:
        if getattr(row, workflow.field) not in step.from_ or not _visible(
            type(row), row.pk, actor, step.permission
        ):
            continue
        offer = Offer(step, url(step), getattr(row, "version", 0))
        finding = (refusals or {}).get(step.name)
        if finding is not None:
            offer.allowed, offer.why_not = False, finding.message
            offer.source, offer.doors = finding.source, finding.doors
        drawn.append(offer)
    return drawn
