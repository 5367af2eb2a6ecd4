"""Writing a confirmed block: all cells or none, one statement, one act; origin 乡镇代填."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from core import audit, clock
from core.errors import Stale, WrongState
from core.models import SheetCheck
from reports.choices import Origin
from reports.services import values
from reports.services.block.grid import Cell, Grid, load_grid
from reports.services.block.planning import CONFLICT, WRITE, Change, changes_of, kept

if TYPE_CHECKING:
    from organization.models import User

_WRITE = """
WITH given AS (
  SELECT * FROM unnest(%(elements)s::bigint[], %(units)s::bigint[], %(starts)s::date[], %(periods)s::text[],
    %(element_versions)s::bigint[], %(kinds)s::text[], %(numbers)s::numeric[], %(texts)s::text[], %(firsts)s::bigint[],
    %(versions)s::int[], %(olds)s::text[], %(news)s::text[])
    AS g(element_id, unit_id, period_start, period, element_version_id, kind, number, text, first_id, version, old, new)),
stored AS (
  INSERT INTO reports_value AS v (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
    origin_ref, confirmed_at, reason, first_assignment_id, at, version)
  SELECT element_id, unit_id, period_start, period, element_version_id, kind, number, text, %(origin)s, %(ref)s, %(at)s, '', first_id,
    %(at)s, version + 1
  FROM given g WHERE g.version = 0 OR EXISTS (SELECT 1 FROM reports_value x WHERE x.element_id = g.element_id
    AND x.unit_id = g.unit_id AND x.period_start = g.period_start)
  ON CONFLICT (period_start, unit_id, element_id) DO UPDATE SET element_version_id = excluded.element_version_id,
    kind = excluded.kind, number = excluded.number, text = excluded.text, origin = excluded.origin,
    origin_ref = excluded.origin_ref, confirmed_at = excluded.confirmed_at, reason = '', at = excluded.at, version = excluded.version
  WHERE v.version = excluded.version - 1
  RETURNING element_id, unit_id, period_start),
history AS (
  INSERT INTO reports_valuechange (element_id, unit_id, period_start, old, new, origin, actor_id, actor, act, at)
  SELECT g.element_id, g.unit_id, g.period_start, g.old, g.new, %(origin)s, %(actor_id)s, %(actor)s, %(act)s, %(at)s
  FROM given g JOIN stored s USING (element_id, unit_id, period_start))
SELECT count(*) FROM stored
"""


@dataclass(frozen=True)
class Written:
    """How many cells of how many villages were written, and how many of the village's own were left."""

    cells: int
    villages: int
    left: int


def confirm(*, check_pk: int, form_pk: int, period: str, actor: User, overwrite: bool) -> Written:
    """Write a kept preview. What the village typed itself is written over only with `overwrite` (both were shown).

    Raises Http404 (outside reach), WrongState (confirmed before, wrong cells, locked since), Stale (a value changed since).
    """
    with audit.act(actor) as act:
        grid = load_grid(actor, form_pk, period, lock=True)
        check = kept(check_pk, grid, actor)
        changes = changes_of(check)
        conflicts = [change for change in changes if change.kind == CONFLICT]
        chosen = [change for change in changes if change.kind == WRITE] + (conflicts if overwrite else [])
        if not chosen:
            raise WrongState("没有要写入的格；村里已填的，请勾选“以本次内容替换”后再确认。")
        _write(grid, chosen, actor, str(act.id), check.uploaded_name)
        check.state = SheetCheck.State.CONFIRMED
        check.confirmed_at = clock.now()
        check.save(update_fields=["state", "confirmed_at"])
        villages = len({change.unit_id for change in chosen})
        digest = hashlib.sha256(
            "\n".join(f"{c.unit_id} {c.element_id} {c.new}" for c in chosen).encode()
        ).hexdigest()
        audit.record(
            "代填",
            grid.form,
            after={"period": period, "cells": len(chosen), "villages": villages},
            count=len(chosen),
            digest=digest,
        )
    return Written(len(chosen), villages, 0 if overwrite else len(conflicts))


def _write(grid: Grid, changes: Sequence[Change], actor: User, act: str, ref: str) -> None:
    cells = grid.cells
    rows = [(_still(cells.get((change.unit_id, change.element_id)), change), change) for change in changes]
    readings = [values.read_text(change.new, cell.held) for cell, change in rows]
    who = actor.who()
    given: dict[str, Any] = {
        "elements": [change.element_id for change in changes],
        "units": [change.unit_id for change in changes],
        "starts": [cell.held.period_start for cell, _ in rows],
        "periods": [cell.held.period_code for cell, _ in rows],
        "element_versions": [cell.held.element_version_id for cell, _ in rows],
        "kinds": [reading.kind for reading in readings],
        "numbers": [reading.number for reading in readings],
        "texts": [reading.text for reading in readings],
        "firsts": [cell.first for cell, _ in rows],
        "versions": [change.version for change in changes],
        "olds": [change.old for change in changes],
        "news": [change.new for change in changes],
        "origin": Origin.BY_TOWNSHIP.value,
        "ref": f"{who.unit}代填（{ref}）"[:120],
        "at": clock.now(),
        "actor_id": who.id,
        "actor": who.name,
        "act": act,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, given)
        stored = cursor.fetchone()
    if stored is None or stored[0] != len(changes):
        raise Stale("核对以后有数值被他人修改，未作任何改动，请重新核对。")


def _still(cell: Cell | None, change: Change) -> Cell:
    """The cell as it was shown; refused when it was locked or changed since."""
    if cell is None:
        raise WrongState(f"{change.unit}“{change.name}”已不在本表之内，未作任何改动。")
    if cell.locked:
        raise WrongState(f"{change.unit}“{change.name}”：{cell.locked}未作任何改动。")
    if cell.version != change.version:
        raise Stale(
            f"{change.unit}“{change.name}”在核对以后被改为“{cell.stored_text or '空'}”，本次是“{change.new}”，未作任何改动，请重新核对。",
            current={"value": cell.stored_text},
        )
    return cell
