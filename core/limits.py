"""Limits, hard and soft. HARD refuses; SOFT asks for a reason and leaves an Exceedance. There is no force flag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.apps import apps

from core import audit, clock
from core.errors import RuleRefused
from core.models import Exceedance, RuleVersion

if TYPE_CHECKING:
    from django.db import models

Reasons = Mapping[str, str]
HARD = RuleVersion.Strength.HARD
SOFT = RuleVersion.Strength.SOFT


@dataclass(frozen=True)
class Door:
    """A lawful way past a refusal, shown beside it."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Finding:
    """One rule that applies: what is, what is allowed, and where it is written."""

    rule: str
    strength: str
    message: str
    actual: str = ""
    allowed: str = ""
    source: str = ""
    text: str = ""
    doors: tuple[Door, ...] = field(default=())

    @property
    def hard(self) -> bool:
        """Whether the finding refuses whatever the reason."""
        return self.strength == HARD


@dataclass(frozen=True)
class RuleSpec:
    """A rule as an app declares it: code, first value, strength, text and source (never empty).

    `label` is its short name; `words` says each part of the value, as a format of the number (`{:.0%}` for a share).
    """

    code: str
    strength: str
    text: str
    source: str
    value: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    words: dict[str, str] = field(default_factory=dict)


@cache
def declared() -> dict[str, RuleSpec]:
    """The rules that the installed apps declare in their `rules` modules, by code."""
    found: list[RuleSpec] = []
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.rules") is not None:
            found += getattr(import_module(f"{config.name}.rules"), "RULES", [])
    return {spec.code: spec for spec in found}


def label(code: str) -> str:
    """Short name of a rule; the code itself where no app declares it."""
    spec = declared().get(code)
    return spec.label if spec and spec.label else code


def spoken(code: str, value: Mapping[str, Any]) -> list[str]:
    """The parts of a rule's value in words, in the declared order (重复比例 80%); what has no words is shown as it is."""
    spec = declared().get(code)
    words = spec.words if spec else {}
    names = [name for name in words if name in value] + [name for name in value if name not in words]
    return [_said(name, value[name], words.get(name, "")) for name in names]


def _said(name: str, one: object, form: str) -> str:
    if form and isinstance(one, int | float) and not isinstance(one, bool):
        return form.format(one)
    return f"{name}={one}"


class MissingRule(LookupError):
    """No version of the rule is in force on the day: reference data was not installed."""


def in_force(code: str, on: dt.date | None = None) -> RuleVersion:
    """The version of a rule in force on a day (today by default)."""
    version = RuleVersion.objects.filter(code=code, during__contains=on or clock.today()).first()
    if version is None:
        raise MissingRule(code)
    return version


def finding(
    code: str, message: str, *, actual: object = "", allowed: object = "", doors: Iterable[Door] = ()
) -> Finding:
    """A finding against the version of the rule in force today; the clause says when it is not yet checked."""
    rule = in_force(code)
    source = rule.source if rule.checked else f"{rule.source}（条款号以正式文件为准）"
    return Finding(code, rule.strength, message, str(actual), str(allowed), source, rule.text, tuple(doors))


def enforce(
    findings: Iterable[Finding], reasons: Reasons, *, row: models.Model, unit_id: int | None = None
) -> list[Exceedance]:
    """Refuse on hard findings and on soft ones without a reason; otherwise store one Exceedance for each soft one.

    Call inside an audit act, after `row` has a key. Raises RuleRefused with all findings that still refuse.
    """
    found = list(findings)
    refusing = [item for item in found if item.hard or not reasons.get(item.rule, "").strip()]
    if refusing:
        raise RuleRefused(sorted(refusing, key=lambda item: not item.hard))
    now = audit.current()
    return [
        Exceedance.objects.create(
            rule=item.rule,
            rule_text=item.text,
            source=item.source,
            actual=item.actual,
            allowed=item.allowed,
            reason=reasons[item.rule].strip(),
            approver_id=now.who.id,
            approver=now.who.name,
            unit_id=unit_id,
            model=row._meta.label,
            object_id=str(row.pk),
            label=str(row)[:200],
            act=now.id,
            at=clock.now(),
        )
        for item in found
    ]


def install(specs: Iterable[RuleSpec]) -> int:
    """Put the declared rules into the RuleSet where a code has no version yet; returns how many were new."""
    known = set(RuleVersion.objects.values_list("code", flat=True))
    fresh = [
        RuleVersion(
            code=spec.code,
            value=spec.value,
            strength=spec.strength,
            text=spec.text,
            source=spec.source,
            during=(dt.date(2024, 1, 1), None),
            entered_by="系统",
            confirmed_by="系统",
        )
        for spec in specs
        if spec.code not in known
    ]
    RuleVersion.objects.bulk_create(fresh)
    return len(fresh)
