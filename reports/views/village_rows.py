"""Rows of a fill page as the component `value_field` draws them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from core.clock import COUNTY
from core.periods import Frequency, containing, previous
from reports.choices import Carry, ValueType
from reports.services import checks
from reports.services.collection.carrying import Held
from reports.services.collection.filling import Field, Sheet, change_text

LAST = {
    Frequency.DAILY: "上次",
    Frequency.WEEKLY: "上周",
    Frequency.TEN_DAY: "上旬",
    Frequency.MONTHLY: "上月",
    Frequency.QUARTERLY: "上季",
    Frequency.HALF_YEARLY: "上半年度",
    Frequency.YEARLY: "上年",
    Frequency.ONE_OFF: "上次",
}
Errors = Mapping[int, str]
Typed = Mapping[int, tuple[str, str]]


@dataclass
class Section:
    """A folded group of carried fields."""

    title: str
    rows: list[dict[str, Any]]
    confirm: str
    open: bool = False


def last_text(held: Held) -> str:
    """上月 16, or the period's name when the last value is older."""
    if held.last is None:
        return ""
    before = previous(held.cycle, containing(held.cycle, held.period_start))
    cycle = Frequency(held.cycle)
    when = (
        LAST[cycle]
        if held.last.period_start == before.start
        else containing(held.cycle, held.last.period_start).label
    )
    last = held.last
    text = checks.shown(last.number, held.decimals) if last.kind == "number" else (last.text or "不适用")
    return f"{when} {text}"


def source_text(one: Field) -> str:
    """来源 县民政局 10-31 under a provided value; why a value is locked under the others."""
    held = one.held
    if held.ledger:
        stands = held.stands
        if stands is None:
            return f"待{held.source}提供，不影响报送"
        day = stands.at.astimezone(COUNTY) if stands.at else None
        return f"来源 {stands.origin_ref or held.source}{f' {day:%Y-%m-%d}' if day and not stands.origin_ref else ''}"
    return one.locked if one.locked and not held.derived else ""


def _state(one: Field) -> str:
    held = one.held
    if held.derived:
        return "derived"
    if one.locked:
        return "locked"
    if held.by_a_person:
        return "typed"
    return "carried" if held.stands is not None else "anew"


def _change(one: Field) -> str:
    held = one.held
    if held.derived or one.locked:
        return ""
    if held.by_a_person:
        return change_text(held.number, held)
    if held.stands is not None:
        return "沿用"
    return "每期重填" if held.carry == Carry.ANEW else ""


def _saved(one: Field) -> str:
    current = one.held.current
    if current is None or one.locked or current.at is None:
        return ""
    if one.held.by_a_person:
        return f"已保存 {current.at.astimezone(COUNTY):%H:%M}"
    return "已核对" if current.confirmed else ""


def row_of(one: Field, errors: Errors, typed: Typed) -> dict[str, Any]:
    """One field as the component takes it."""
    held = one.held
    key = held.element_id
    current = held.current
    value, reason = typed.get(key, (checks.text_of(held), current.reason if current else ""))
    return {
        "name": f"v{key}",
        "label": held.name,
        "definition": held.definition,
        "unit": held.unit,
        "value": value,
        "state": _state(one),
        "last_text": last_text(held),
        "change_text": _change(one),
        "source_text": source_text(one),
        "hint": one.hint,
        "reason": reason,
        "error": errors.get(key, ""),
        "saved_text": _saved(one),
        "inputmode": "decimal" if held.numeric else "text",
        "choices": [("", "请选择"), *((text, text) for text in held.choices)]
        if held.value_type == ValueType.CHOICE
        else None,
        "save_url": reverse("reports:save_value", args=[one.assignments[0], key]) if one.open else "",
        "version": current.version if current else 0,
        "used_in": one.used_in if one.used_in > 1 else 0,
        "comment": held.comment,
        "wide": not held.numeric,
    }


def sections_of(sheet: Sheet, errors: Errors, typed: Typed) -> list[Section]:
    """The carried fields in folded groups: by section of the form, or by form; opened where something is wrong."""
    names = {row.pk: row.form.name for row in sheet.assignments}
    groups: dict[str, list[Field]] = {}
    for one in sheet.carried:
        groups.setdefault(one.held.section or names[one.assignments[0]], []).append(one)
    return [
        Section(
            title,
            [row_of(one, errors, typed) for one in fields],
            ",".join(
                str(one.held.element_id)
                for one in fields
                if one.open and one.held.current is None and one.held.carried is not None
            ),
            any(one.held.element_id in errors for one in fields),
        )
        for title, fields in groups.items()
    ]


def confirmable(fields: Iterable[Field]) -> str:
    """Keys of fields to look at whose carried value stands unconfirmed."""
    return ",".join(
        str(one.held.element_id)
        for one in fields
        if one.open and (one.held.current is None and one.held.carried is not None)
    )


def changed_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Changed against the last period: what the check page shows before sending."""
    return [
        {
            "id": one.held.element_id,
            "name": one.held.name,
            "unit": one.held.unit,
            "now": checks.text_of(one.held),
            "last": last_text(one.held),
            "change": change_text(one.held.number, one.held),
            "hint": one.hint,
            "reason": one.held.current.reason if one.held.current else "",
            "used_in": one.used_in,
        }
        for one in sheet.fields
        if not one.held.derived and one.held.by_a_person and one.open and _differs(one.held)
    ]


def _differs(held: Held) -> bool:
    stands, last = held.stands, held.last
    return stands is not None and (
        last is None or (stands.kind, stands.number, stands.text) != (last.kind, last.number, last.text)
    )


def saved_clock(moment: dt.datetime) -> str:
    """Time of day of a save in the county."""
    return f"{moment.astimezone(COUNTY):%H:%M}"
