"""Filters as lists show them."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms


class YesNoFilter(django_filters.BooleanFilter):
    """全部, 是 or 否; whatever else is asked for counts as 全部."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("unknown", "全部"), ("true", "是"), ("false", "否")]
        widget = forms.NullBooleanSelect()
        widget.choices = choices
        super().__init__(widget=widget, **kwargs)
