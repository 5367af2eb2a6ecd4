"""Figures: each number is computed from records, carries its definition, and opens into the rows that make it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

Number = int | Decimal | float


def percent(numerator: Decimal, denominator: Decimal, scope: Mapping[str, Any]) -> Decimal:
    """The numerator in hundredths of the denominator."""
    return numerator * 100 / denominator


@dataclass(frozen=True)
class Definition:
    """What a figure means: code, label, unit, 统计口径, and the querysets that make its rows for a user.

    `rows(user, **scope)` are the numerator's rows, counted, or summed over the field `total`.
    `base(user, **scope)` are the denominator's rows, counted; `ratio` makes the value of both (hundredths by default).
    """

    code: str
    label: str
    unit: str
    definition: str
    rows: Callable[..., QuerySet[Any]]
    base: Callable[..., QuerySet[Any]] | None = None
    total: str = ""
    ratio: Callable[[Decimal, Decimal, Mapping[str, Any]], Decimal] = percent
    decimals: int = 0

    def measure(self, rows: QuerySet[Any]) -> Decimal:
        """The number that rows make: their count, or the sum of `total`."""
        if not self.total:
            return Decimal(rows.count())
        return Decimal(rows.aggregate(total=Sum(self.total))["total"] or 0)


@dataclass(frozen=True)
class Figure:
    """A computed number with everything needed to check it."""

    code: str
    label: str
    unit: str
    definition: str
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    as_of: dt.datetime
    rows_url: str = ""
    decimals: int = 0
    change_text: str = ""
    change_tone: str = ""

    @property
    def value_text(self) -> str:
        """The number with separators; 「暂无数据」 where nothing was recorded, never 0."""
        return "暂无数据" if self.value is None else f"{self.value:,.{self.decimals}f}"


def everything(rows: QuerySet[Any]) -> QuerySet[Any]:
    """No narrowing."""
    return rows


def compute(
    definition: Definition,
    user: Any,
    *,
    as_of: dt.datetime,
    rows_url: str = "",
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]] = everything,
    **scope: Any,
) -> Figure:
    """Number and n/N from the same querysets that the rows page lists; no value where there is no base."""
    numerator = definition.measure(narrow(definition.rows(user, **scope)))
    denominator: Decimal | None = None
    value: Decimal | None = numerator
    if definition.base is not None:
        denominator = Decimal(narrow(definition.base(user, **scope)).count())
        value = definition.ratio(numerator, denominator, scope) if denominator else None
    return Figure(
        definition.code,
        definition.label,
        definition.unit,
        definition.definition,
        value,
        numerator,
        denominator,
        as_of,
        rows_url,
        definition.decimals,
    )
