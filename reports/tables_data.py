"""Columns of stored values: the page of what one delivered, its export, and an indicator's values."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.lists import Column
from reports.choices import Origin, ValueKind
from reports.models import Value

TONES = {Origin.BY_TOWNSHIP: "blue", Origin.LEDGER: "green"}


def shown(row: Value) -> Any:
    """The value as its wording asks: decimals of the version, 不适用 in words."""
    if row.kind == ValueKind.NUMBER and row.number is not None:
        return round(row.number, row.element_version.decimals)
    return "不适用" if row.kind == ValueKind.NOT_APPLICABLE else row.text


def history_url(row: Value) -> str:
    """Where the value's history opens."""
    return reverse("reports:value_changes", args=[row.element_id, row.unit_id, row.period])


def _origin(row: Value) -> str:
    return f"{row.get_origin_display()} {row.origin_ref}".strip()


def _tone(row: Value) -> str:
    return TONES.get(Origin(row.origin), "")


AREA = Column("code", "REF_AREA", "unit.code", code=True, export_only=True)
VALUE = Column("value", "数值", shown, align="right", url=history_url)
MEASURE = Column("measure", "计量单位", "element_version.unit")
ORIGIN = Column("origin", "来源", _origin, tone=_tone)
AT = Column("at", "更新时间", "at", sort="at")


def _indicator_url(row: Value) -> str:
    return reverse("reports:element", args=[row.element_id])


def own_columns(*, several: bool) -> tuple[Column, ...]:
    """本单位数据: what one delivered; the unit is shown where there are several, and always exported."""
    return (
        Column("period", "期别", "period", sort="period_start", code=True),
        Column("unit", "单位", "unit.name", export_only=not several),
        AREA,
        Column("indicator_code", "INDICATOR", "element.code", code=True, export_only=True),
        Column("indicator", "指标", "element_version.name", sort="element__code", url=_indicator_url),
        VALUE,
        MEASURE,
        ORIGIN,
        AT,
    )


OF_ELEMENT = (
    Column("township", "乡镇", "unit.parent.name", sort="unit__parent__order_no"),
    Column("unit", "村（社区）", "unit.name"),
    AREA,
    Column("period", "TIME_PERIOD", "period", code=True, export_only=True),
    VALUE,
    MEASURE,
    ORIGIN,
    AT,
)
"""An indicator's values in one period."""
