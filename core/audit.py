"""Every change is recorded: `act()` opens one human act in a transaction, `record()` writes its rows.

A tripwire (statement trigger) on audited tables refuses any write while no act is open. It proves that an act was
open, not that it named this row; `docs/security.md` says so.
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import pgtrigger
from django.db import connection, models, transaction

from core import clock
from core.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Who:
    """The labels of an actor at the time of the act."""

    id: int | None
    name: str
    posting: str = ""
    unit_id: int | None = None
    unit: str = ""


class Actor(Protocol):
    """Whoever acts: a user in a posting, or the system."""

    pk: Any

    def who(self) -> Who:
        """The labels that the trail keeps."""


class _System:
    pk = None

    def who(self) -> Who:
        """The system itself: beat, worker, command line."""
        return Who(None, "系统")


SYSTEM = _System()


@dataclass(frozen=True)
class Act:
    """One human act: its id, who, and why."""

    id: uuid.UUID
    who: Who
    reason: str


_current: ContextVar[Act | None] = ContextVar("act", default=None)


class NoAct(RuntimeError):
    """`record()` was called outside `act()`: a fault of the program."""


def current() -> Act:
    """The open act."""
    act_now = _current.get()
    if act_now is None:
        raise NoAct("no audit act is open")
    return act_now


def _mark(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.act = %s", [value])


@contextmanager
def act(actor: Actor, *, reason: str = "") -> Iterator[Act]:
    """Open a transaction in which audited tables may be written; an inner act joins the outer one."""
    outer = _current.get()
    if outer is not None and connection.in_atomic_block:
        with transaction.atomic():
            yield outer
        return
    opened = Act(uuid.uuid4(), actor.who(), reason)
    with transaction.atomic():
        token = _current.set(opened)
        _mark(str(opened.id))
        try:
            yield opened
        finally:
            _current.reset(token)
        _mark("")


def record(
    verb: str,
    row: models.Model | type[models.Model],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    step: str = "",
    reason: str = "",
    count: int = 1,
    digest: str = "",
) -> AuditEntry:
    """Write one entry of the open act. `before`/`after` hold named fields; sensitive ones by name only."""
    now = current()
    is_row = isinstance(row, models.Model)
    return AuditEntry.objects.create(
        act=now.id,
        at=clock.now(),
        actor_id=now.who.id,
        actor=now.who.name,
        posting=now.who.posting,
        unit_id=now.who.unit_id,
        unit=now.who.unit,
        verb=verb,
        step=step,
        model=row._meta.label,
        object_id=str(row.pk) if is_row else "",
        label=str(row)[:200] if is_row else str(row._meta.verbose_name),
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason or now.reason,
        count=count,
        digest=digest,
    )


def plain(value: Any) -> Any:
    """A value as it is kept in the trail: JSON types and text."""
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value)


def snapshot(row: models.Model) -> dict[str, Any]:
    """Concrete fields of a row as plain values; fields named in `AUDIT_SENSITIVE` are replaced by a mark."""
    hidden = set(getattr(row, "AUDIT_SENSITIVE", ()))
    return {
        field.attname: "（不记录内容）"
        if field.name in hidden and field.value_from_object(row)
        else plain(field.value_from_object(row))
        for field in row._meta.concrete_fields
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, as (before, after)."""
    names = [name for name, value in after.items() if before.get(name) != value]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def save(row: models.Model, verb: str, *, reason: str = "") -> None:
    """Insert or update a row inside the open act and record what changed."""
    current()
    adding = row._state.adding
    before: dict[str, Any] = {}
    if not adding:
        stored = type(row)._base_manager.get(pk=row.pk)
        before = snapshot(stored)
    row.save()
    old, new = changes(before, snapshot(row))
    if adding or new:
        record(verb, row, before=old, after=new, reason=reason)


def tripwire() -> pgtrigger.Trigger:
    """Statement trigger for `Meta.triggers` of an audited model: refuses writes outside an act."""
    return pgtrigger.Trigger(
        name="tripwire",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="IF coalesce(current_setting('app.act', true), '') = '' THEN"
        " RAISE EXCEPTION 'write outside an audit act' USING ERRCODE = 'insufficient_privilege'; END IF; RETURN NULL;",
    )
