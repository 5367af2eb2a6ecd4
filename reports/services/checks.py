"""Looking at numbers: unlike the past (soft), out of range (wrong), and at odds with each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core import limits
from core.limits import Finding
from reports.choices import Operator
from reports.models import FormCheck
from reports.services.collection.carrying import Held

OUTLIER = "reports.outlier"
SHORTEST_REASON = 2
FEWEST_PAST = 1
"""Periods that must be known before a number is called unlike them."""
SIGNS = {Operator.EQ: "≠", Operator.LE: ">", Operator.GE: "<"}


def shown(number: Decimal | None, decimals: int = 0) -> str:
    """A number as pages show it: separators, at most `decimals` places, no trailing zeros."""
    if number is None:
        return ""
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spread() -> dict[str, Any]:
    """Value of the rule in force: `ratio` up or down against the mean, at least `least` apart."""
    rule: dict[str, Any] = limits.in_force(OUTLIER).value
    return rule


def is_outlier(number: Decimal, mean: Decimal | None, past: int, rule: Mapping[str, Any]) -> bool:
    """Whether a number is `ratio` times above or below the mean of the last 12 periods and at least `least` apart."""
    if mean is None or past < FEWEST_PAST:
        return False
    ratio, least = Decimal(str(rule["ratio"])), Decimal(str(rule["least"]))
    return abs(number - mean) >= least and (number >= mean * ratio or number * ratio <= mean)


def outlier_hint(held: Held, rule: Mapping[str, Any]) -> str:
    """Sentence about an entered number unlike its past, or nothing. Carried and summed ones are not asked about."""
    number = held.number
    if number is None or not held.by_a_person or not is_outlier(number, held.mean, held.past, rule):
        return ""
    last = held.last.number if held.last else None
    if last:
        share = (number - last) / abs(last) * 100
        return f"比上期{'多' if share >= 0 else '少'} {abs(share):,.0f}%。确认无误请写一句原因，或改正。"
    return f"近 {held.past} 期平均 {shown(held.mean, held.decimals or 1)}，本期 {shown(number, held.decimals)}。确认无误请写一句原因，或改正。"


def explained(held: Held) -> bool:
    """Whether the reason of an unlike number was given."""
    return held.current is not None and len(held.current.reason.strip()) >= SHORTEST_REASON


def outlier_finding(held: Held, hint: str) -> Finding:
    """The finding behind a hint, for the record of reasons given."""
    return limits.finding(
        OUTLIER,
        f"“{held.name}”{hint}",
        actual=shown(held.number, held.decimals),
        allowed=shown(held.mean, held.decimals or 1),
    )


def range_error(number: Decimal, held: Held) -> str:
    """Sentence when a number is outside the indicator's range, or nothing."""
    if held.low is not None and number < held.low:
        return f"不应小于 {shown(held.low, held.decimals)}，请核对。"
    if held.high is not None and number > held.high:
        return f"不应大于 {shown(held.high, held.decimals)}，请核对。"
    return ""


@dataclass(frozen=True)
class Broken:
    """A relation between fields that does not hold: 男 120 + 女 118 ≠ 总人数 240，差 2."""

    check: FormCheck
    message: str
    elements: tuple[int, ...]

    @property
    def hard(self) -> bool:
        """Whether the form can't be handed in so."""
        return self.check.strength == "hard"


def broken_checks(checks: Iterable[FormCheck], held: Mapping[int, Held]) -> list[Broken]:
    """Relations that fail; one with a missing or textual side is not judged. `held` by indicator."""
    found = []
    for check in checks:
        sides = [*check.left, *check.right]
        if any(key not in held or held[key].number is None for key in sides):
            continue
        left, right = (
            sum((held[key].number or Decimal(0) for key in side), Decimal(0))
            for side in (check.left, check.right)
        )
        if _holds(check.op, left, right):
            continue
        places = max(held[key].decimals for key in sides)
        sentence = f"{_side(check.left, held)} {SIGNS[Operator(check.op)]} {_side(check.right, held)}，差 {shown(abs(left - right), places)}"
        found.append(
            Broken(check, f"{check.message}：{sentence}" if check.message else sentence, tuple(sides))
        )
    return found


def _holds(op: str, left: Decimal, right: Decimal) -> bool:
    return {Operator.EQ: left == right, Operator.LE: left <= right, Operator.GE: left >= right}[Operator(op)]


def _side(elements: Iterable[int], held: Mapping[int, Held]) -> str:
    return " + ".join(f"{held[key].name} {shown(held[key].number, held[key].decimals)}" for key in elements)


def flags_of(
    fields: Iterable[Held], checks: Iterable[FormCheck], rule: Mapping[str, Any], old: Mapping[int, str]
) -> list[dict[str, Any]]:
    """What a reviewer should look at: unlike numbers with their reason, soft relations, answers to a returned field.

    `old` holds the text at the time of the return by indicator.
    """
    held = {field.element_id: field for field in fields}
    flags = []
    for field in held.values():
        hint = outlier_hint(field, rule)
        if hint:
            flags.append(_flag(field, "outlier", hint.split("。")[0]))
        if field.element_id in old:
            flags.append(
                _flag(
                    field,
                    "returned",
                    "退回后已改" if text_of(field) != old[field.element_id] else "退回后未改",
                    old[field.element_id],
                )
            )
    flags.extend(
        _flag(held[broken.elements[0]], "check", broken.message) for broken in broken_checks(checks, held)
    )
    return flags


def _flag(field: Held, kind: str, message: str, last: str | None = None) -> dict[str, Any]:
    was = shown(field.last.number, field.decimals) if field.last else ""
    return {
        "element_id": field.element_id,
        "name": field.name,
        "unit": field.unit,
        "kind": kind,
        "message": message,
        "reason": field.current.reason if field.current else "",
        "last": was if last is None else last,
        "now": text_of(field),
    }


def text_of(field: Held) -> str:
    """What stands in a field as text, without its unit."""
    stands = field.stands
    if stands is None:
        return ""
    return (
        shown(stands.number, field.decimals)
        if stands.kind == "number"
        else ("不适用" if stands.kind == "na" else stands.text)
    )
