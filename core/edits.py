"""Optimistic edits: a save against an older version is refused with the present values, never overwritten."""

from __future__ import annotations

from typing import Any

from django.db import models

from core import audit
from core.errors import Stale


def update(row: models.Model, version: int, verb: str, *, reason: str = "", **fields: Any) -> None:
    """Write `fields` if the row still has `version` (`UPDATE … WHERE version = n`); audited, inside the open act.

    Raises Stale with the present text of each field.
    """
    stored = type(row)._base_manager.get(pk=row.pk)
    before = audit.snapshot(stored)
    changed = {name: value for name, value in fields.items() if getattr(stored, name) != value}
    present: Any = stored
    if not changed and present.version == version:
        return
    hit = type(row)._base_manager.filter(pk=row.pk, version=version).update(**changed, version=version + 1)
    if not hit:
        stored.refresh_from_db()
        raise Stale(current={name: str(getattr(stored, name) or "") for name in fields})
    row.refresh_from_db()
    old, new = audit.changes(before, audit.snapshot(row))
    audit.record(verb, row, before=old, after=new, reason=reason)
