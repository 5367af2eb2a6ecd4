"""Columns of the indicator library: page, export and the sheet that comes back in share their headers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from core.lists import Column
from reports.choices import ElementStatus, FormState, ValueType
from reports.models import Element, ElementVersion, FormField

TONES = {
    ElementStatus.PENDING: "amber",
    ElementStatus.ACTIVE: "green",
    ElementStatus.SUPERSEDED: "blue",
    ElementStatus.RETIRED: "",
}
NOW = ("definition", "value_type", "unit", "decimals", "low", "high", "choices", "from_period", "n")


def with_words(rows: QuerySet[Element]) -> QuerySet[Element]:
    """Rows with the newest wording as `<name>_now` and the count of forms in force as `form_count`."""
    newest = ElementVersion.objects.filter(element_id=OuterRef("pk")).order_by("-n")
    words = {f"{name}_now": Subquery(newest.values(name)[:1]) for name in NOW}
    in_force = (
        FormField.objects.filter(
            element_id=OuterRef("pk"), form_version__in_force=True, form_version__form__state=FormState.ACTIVE
        )
        .values("element_id")
        .annotate(forms=Count("form_version__form_id", distinct=True))
        .values("forms")
    )
    forms = Coalesce(Subquery(in_force), 0)
    return rows.select_related("source_unit").annotate(form_count=forms, **words)


def tone(element: Element) -> str:
    """Colour of a status."""
    return TONES[ElementStatus(element.status)]


def value_type(element: Any) -> str:
    """Value type as people read it."""
    return ValueType(element.value_type_now).label


def page_of(element: Element) -> str:
    """The indicator's page."""
    return reverse("reports:element", args=[element.pk])


COLUMNS = (
    Column("code", "指标代码", "code", sort="code", code=True),
    Column("name", "指标名称", "name", sort="name", url=page_of),
    Column("definition", "口径", "definition_now"),
    Column("value_type", "值类型", value_type, export_only=True),
    Column("unit", "计量单位", "unit_now"),
    Column("decimals", "小数位", "decimals_now", export_only=True),
    Column("low", "下限", "low_now", export_only=True),
    Column("high", "上限", "high_now", export_only=True),
    Column("choices", "选项", lambda row: "、".join(row.choices_now or []), export_only=True),
    Column("source_unit", "来源部门", "source_unit.name", sort="source_unit__order_no"),
    Column("period_type", "更新周期", "get_period_type_display"),
    Column("aggregation", "汇总方式", "get_aggregation_display", export_only=True),
    Column("carry", "带出方式", "get_carry_display", export_only=True),
    Column("sensitivity", "共享范围", "get_sensitivity_display"),
    Column("basic", "基础字段", lambda row: "是" if row.basic else "否", export_only=True),
    Column(
        "likely_to_change", "常变动", lambda row: "是" if row.likely_to_change else "否", export_only=True
    ),
    Column("external_code", "省平台代码", "external_code", code=True, export_only=True),
    Column("from_period", "自何期起", lambda row: f"{row.from_period_now:%Y-%m-%d}", export_only=True),
    Column("form_count", "在用报表", "form_count", align="right", sort="form_count"),
    Column("status", "状态", "get_status_display", tone=tone, sort="status"),
)
