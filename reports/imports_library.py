"""The library's sheet: its columns, its check, the file that comes back, and the confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import TextChoices

from core import audit
from core.models import SheetCheck
from core.periods import Frequency
from core.sheets import service
from core.sheets.check import CheckResult, Problem, SheetSpec
from core.sheets.columns import Column
from core.sheets.formulas import column_letters
from core.sheets.lookups import Entry, Lookup
from core.sheets.returned import returned_workbook
from core.sheets.template import blank_template
from organization.models import Unit
from reports.choices import Aggregation, Carry, Sensitivity, ValueType
from reports.services import library_sheet
from reports.services.library_sheet import Plan

KIND = "reports.elements"
MOST_KEPT = 500
"""Wrong rows kept for the returned file."""
FURTHEST = 10**13


def _of(choices: type[TextChoices]) -> dict[str, str]:
    return {str(label): str(value) for value, label in choices.choices}


COLUMNS = (
    Column("指标代码", "code", "code", max_length=20, note="新增可不填，由系统编；填已有代码即为修改"),
    Column("指标名称", "name", required=True, max_length=60),
    Column("口径", "definition", required=True, max_length=300, multiline=True),
    Column("值类型", "value_type", "choice", required=True, choices=_of(ValueType)),
    Column("计量单位", "unit", max_length=12),
    Column("小数位", "decimals", "integer", low=0, high=4),
    Column("下限", "low", "decimal", low=-FURTHEST, high=FURTHEST, decimals=4),
    Column("上限", "high", "decimal", low=-FURTHEST, high=FURTHEST, decimals=4),
    Column("选项", "choices", max_length=400, note="用顿号分开"),
    Column("来源部门", "source_unit_id", "ref", required=True, lookup="departments"),
    Column("更新周期", "period_type", "choice", required=True, choices=_of(Frequency)),
    Column("汇总方式", "aggregation", "choice", required=True, choices=_of(Aggregation)),
    Column("带出方式", "carry", "choice", required=True, choices=_of(Carry)),
    Column("共享范围", "sensitivity", "choice", required=True, choices=_of(Sensitivity)),
    Column("基础字段", "basic", "bool"),
    Column("常变动", "likely_to_change", "bool"),
    Column("省平台代码", "external_code", max_length=60),
    Column("自何期起", "from_period", "date", note="口径有变时新版本的起始日期；不填为下一期"),
)
SPEC = SheetSpec(KIND, "指标库", COLUMNS, key=("code",), ignored=("在用报表", "状态"))
HEADERS = {column.key: column.header for column in COLUMNS}
LETTERS = {column.key: column_letters(i) for i, column in enumerate(COLUMNS, 1)}
EMPTY = {
    "code": "",
    "unit": "",
    "external_code": "",
    "decimals": 0,
    "basic": False,
    "likely_to_change": False,
}


def template() -> bytes:
    """The blank sheet."""
    return blank_template(SPEC)


def _departments(user: Any) -> Lookup:
    units = Unit.objects.for_user(user, "organization.view_units").departments()
    return Lookup((Entry(unit.pk, unit.code or "", unit.name) for unit in units), noun="来源部门")


def given(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as the service takes them: columns left out or empty are the plain default."""
    found = []
    for row in rows:
        filled = {key: row.get(key) for key in HEADERS}
        filled.update({key: default for key, default in EMPTY.items() if filled[key] is None})
        filled["choices"] = [
            text for text in re.split(r"[、,，;；\n]", filled["choices"] or "") if text.strip()
        ]
        found.append(filled)
    return found


def check_file(*, content: bytes, name: str, actor: Any) -> SheetCheck:
    """Check a file against its columns and against the library; keeps the outcome and, where rows are wrong, the rows.

    Raises SheetRefused when the file is not read at all.
    """
    with audit.act(actor):
        held, result = service.check_upload(
            content=content, name=name, spec=SPEC, lookups={"departments": _departments(actor)}, actor=actor
        )
        _judge(result, library_sheet.plan_rows(given(result.rows)))
        if not result.ok:
            held.rows = _kept(result)
            held.problems = [{"row": problem.row, "message": str(problem)} for problem in result.problems]
            held.save(update_fields=["rows", "problems"])
    return held


def _judge(result: CheckResult, plan: Plan) -> None:
    """What stands against the library joins the problems of the sheet."""
    ids = {row["source_unit_id"] for row in result.rows}
    units = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    for wrong in plan.wrong:
        row = result.rows[wrong.place]
        value = _plain(row.get(wrong.key))
        result.problems.append(
            Problem(
                result.sheet,
                row["_row"],
                LETTERS.get(wrong.key, ""),
                HEADERS.get(wrong.key, ""),
                str(value or ""),
                wrong.message,
            )
        )
        result.wrong[row["_row"]] = {
            column.header: _written(column, row.get(column.key), units) for column in COLUMNS
        }
    result.problems.sort(key=lambda problem: problem.row)


def _written(column: Column, value: Any, units: Mapping[int, str]) -> Any:
    """A stored value as the sheet writes it."""
    for label, stored in column.choices.items():
        if stored == value:
            return label
    if column.kind == "ref":
        return units.get(value, "")
    return ("是" if value else "否") if isinstance(value, bool) else _plain(value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _kept(result: CheckResult) -> list[dict[str, Any]]:
    """Wrong rows with their sentences, as plain values, for the returned file."""
    kept: dict[int, dict[str, Any]] = {}
    for problem in result.problems:
        if problem.row not in kept and len(kept) >= MOST_KEPT:
            continue
        cells = {header: _plain(value) for header, value in result.wrong.get(problem.row, {}).items()}
        row = kept.setdefault(problem.row, {"_row": problem.row, "cells": cells, "sentences": []})
        row["sentences"].append([problem.column, problem.header, problem.message])
    return list(kept.values())


def returned(held: SheetCheck, watermark: str) -> bytes:
    """The wrong rows as they came, with a column 「错误」."""
    problems = [
        Problem("", row["_row"], column, header, "", message)
        for row in held.rows
        for column, header, message in row["sentences"]
    ]
    wrong = {row["_row"]: row["cells"] for row in held.rows}
    return returned_workbook(CheckResult([], problems, [], held.hash, wrong=wrong), SPEC, watermark=watermark)


def plan_of(held: SheetCheck) -> Plan:
    """What a checked file would change now."""
    return library_sheet.plan_rows(given(service.restored(held.rows, SPEC)))


def confirm_file(*, pk: int, actor: Any) -> tuple[SheetCheck, int]:
    """Write a checked file, all rows or none, once; returns the check and how many rows changed something.

    Raises what `service.confirm` and `apply_rows` raise.
    """
    changed: list[int] = []

    def apply(rows: list[dict[str, Any]]) -> None:
        changed.append(library_sheet.apply_rows(given(rows), actor))

    held = service.confirm(pk=pk, spec=SPEC, actor=actor, apply=apply)
    return held, sum(changed)


def checks_of(actor: Any) -> Any:
    """Checks of this kind made by a person: nobody sees another's."""
    return SheetCheck.objects.filter(kind=KIND, actor_id=actor.pk)
