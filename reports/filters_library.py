"""Filters of the indicator library and of stored values."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from core.periods import Frequency
from organization.models import Unit
from reports.choices import ElementStatus, Origin, Sensitivity, ValueType
from reports.querysets import matching

ANY = "全部"
SEARCH = {"type": "search", "data-ime": "", "autocomplete": "off", "placeholder": "名称、代码、拼音或首字母"}


def sources(request: Any) -> QuerySet[Unit]:
    """Departments that may be the source of an indicator, in 机构序列."""
    return Unit.objects.for_user(request.user, "organization.view_units").departments()


class FoundBy(django_filters.CharFilter):
    """Chinese, code, pinyin or initials, as the rows' own `found_by` searches."""

    def filter(self, qs: Any, value: str) -> Any:
        """All rows without words."""
        return qs.found_by(value) if value else qs


class ElementFilter(django_filters.FilterSet):
    """指标库: words, status, source, cycle, sharing, value type."""

    q = FoundBy(label="搜索", widget=forms.TextInput(attrs=SEARCH))
    status = django_filters.ChoiceFilter(label="状态", choices=ElementStatus.choices, empty_label=ANY)
    source_unit = django_filters.ModelChoiceFilter(label="来源部门", queryset=sources, empty_label=ANY)  # type: ignore[arg-type]  # its types know no function of the request
    period_type = django_filters.ChoiceFilter(label="更新周期", choices=Frequency.choices, empty_label=ANY)
    sensitivity = django_filters.ChoiceFilter(label="共享范围", choices=Sensitivity.choices, empty_label=ANY)
    value_type = django_filters.ChoiceFilter(
        label="值类型", choices=ValueType.choices, field_name="value_type_now", empty_label=ANY
    )


class ValueFilter(django_filters.FilterSet):
    """本单位数据: indicator, periods from and to, origin."""

    q = django_filters.CharFilter(label="指标", method="by_words", widget=forms.TextInput(attrs=SEARCH))
    period = django_filters.CharFilter(
        label="期别",
        method="by_period",
        widget=forms.TextInput(attrs={"placeholder": "如 2026、2026-Q3、2026-11"}),
    )
    origin = django_filters.ChoiceFilter(label="来源", choices=Origin.choices, empty_label=ANY)

    def by_words(self, rows: Any, name: str, words: str) -> Any:
        """Chinese, code, pinyin or initials of the indicator."""
        found = matching(words)
        return rows.filter(_prefixed(found, "element__"))

    def by_period(self, rows: Any, name: str, code: str) -> Any:
        """A period's own code, or every period of a year."""
        text = code.strip().upper()
        return (
            rows.filter(period_start__year=int(text))
            if re.fullmatch(r"20\d{2}", text)
            else rows.filter(period=text)
        )


def _prefixed(found: Any, prefix: str) -> Any:
    """The same condition, asked through a relation."""
    from django.db.models import Q

    moved = Q(_connector=found.connector, _negated=found.negated)
    moved.children = [
        (prefix + child[0], child[1]) if isinstance(child, tuple) else _prefixed(child, prefix)
        for child in found.children
    ]
    return moved
