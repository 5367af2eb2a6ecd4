"""Check, then confirm: a checked file is kept as a row, confirmed once, all of it or none, in one audit act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404

from core import audit, clock
from core.errors import Refused
from core.models import SheetCheck
from core.sheets.check import CheckResult, SheetSpec, check
from core.sheets.lookups import Lookup
from core.text import display_name
from core.workflow import Step, take

STATE = SheetCheck.State
MAX_STORED_PROBLEMS = 2_000
CONFIRM = Step(
    "confirm_sheet", "确认导入", from_=frozenset({STATE.CHECKED}), to=STATE.CONFIRMED,
    permission="core.confirm_sheet", source="architecture: Spreadsheets", primary=True,
)  # fmt: skip
VOID = Step(
    "void_sheet", "作废", from_=frozenset({STATE.CHECKED}), to=STATE.VOID,
    permission="core.confirm_sheet", source="architecture: Spreadsheets",
)  # fmt: skip


def check_upload(
    *,
    content: bytes,
    name: str,
    spec: SheetSpec,
    lookups: Mapping[str, Lookup],
    actor: audit.Actor,
    target: str = "",
) -> tuple[SheetCheck, CheckResult]:
    """Check a file and keep the outcome. Raises `SheetRefused` when the file is not read at all."""
    result = check(content, name, spec, lookups)
    with audit.act(actor):
        row = SheetCheck.objects.create(
            hash=result.digest,
            kind=spec.kind,
            uploaded_name=display_name(name),
            target=target,
            rows=[{key: _plain(value) for key, value in line.items()} for line in result.rows]
            if result.ok
            else [],
            problems=[
                {
                    "sheet": p.sheet,
                    "row": p.row,
                    "column": p.column,
                    "header": p.header,
                    "value": p.value,
                    "message": str(p),
                }
                for p in result.problems[:MAX_STORED_PROBLEMS]
            ],
            notes=result.notes,
            actor_id=actor.pk,
            created_at=clock.now(),
        )
        audit.record("核对表格", row, count=len(result.rows), digest=result.digest)
    return row, result


def confirm(
    *, pk: int, spec: SheetSpec, actor: audit.Actor, apply: Callable[[list[dict[str, Any]]], object]
) -> SheetCheck:
    """Hand all rows of a checked file to `apply` in one act; its refusal leaves nothing written.

    Confirmed a second time it does nothing; the same bytes uploaded anew are a new check, and `apply` finds them
    unchanged. `apply` re-reads and locks what it changes, and refuses what has changed since the check.
    Raises Http404 (another's file), Refused (problems left), WrongState (void, or just being confirmed).
    """
    held = SheetCheck.objects.filter(pk=pk, actor_id=actor.pk, kind=spec.kind).first()
    if held is None:
        raise Http404
    if held.problems:
        raise Refused("表格还有未改正的问题，不能导入。请改正后重新上传。", code="sheet_problems")
    if held.state == STATE.CONFIRMED:
        return held
    # The row belongs to its uploader, which was asked above; the act carries the actor into the trail.
    with audit.act(actor), take(CONFIRM, SheetCheck, pk, actor=audit.SYSTEM) as row:
        apply(restored(row.rows, spec))
        row.confirmed_at = clock.now()
    return row


def restored(rows: list[dict[str, Any]], spec: SheetSpec) -> list[dict[str, Any]]:
    """Stored rows with their dates and decimals again."""
    back: dict[str, Callable[[str], Any]] = {}
    for column in spec.columns:
        if column.kind == "date":
            back[column.key] = dt.date.fromisoformat
        elif column.kind == "decimal":
            back[column.key] = Decimal
    return [
        {key: back[key](value) if key in back and value is not None else value for key, value in row.items()}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value
