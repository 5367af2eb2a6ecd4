"""Figures: each number is computed from records, carries its definition, and opens into the rows that make it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

Number = int | Decimal | float


@dataclass(frozen=True)
class Definition:
    """What a figure means: code, label, unit, 统计口径, and the queryset that makes its rows for a user.

    `rows(user, **scope)` returns the numerator's rows; `base(user, **scope)` the denominator's, where there is one.
    `measure` turns rows into the number (count by default).
    """

    code: str
    label: str
    unit: str
    definition: str
    rows: Callable[..., QuerySet[Any]]
    base: Callable[..., QuerySet[Any]] | None = None
    measure: Callable[[QuerySet[Any]], Number] = lambda rows: rows.count()
    decimals: int = 0
    row_columns: tuple[tuple[str, str], ...] = ()


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


def compute(definition: Definition, user: Any, *, as_of: dt.datetime, rows_url: str = "", **scope: Any) -> Figure:
    """Number and n/N from the same querysets that the rows page lists."""
    numerator = definition.measure(definition.rows(user, **scope))
    denominator: Number | None = None
    value: Number | None = numerator
    if definition.base is not None:
        denominator = definition.measure(definition.base(user, **scope))
        value = Decimal(numerator) * 100 / Decimal(denominator) if denominator else None
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
