"""Forms of the indicator library."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django import forms

from core import periods
from core.periods import Frequency
from organization.choices import Level
from organization.models import Unit
from organization.reach import reach
from reports.choices import Aggregation, Carry, Sensitivity, ValueType
from reports.forms.offers import offer
from reports.models import Element, ElementVersion
from reports.services.library import MANAGE, PROPOSE, Words

DECIMAL = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


def source_units(user: Any) -> Any:
    """Units that may stand as the source: departments for 政数局, one's own unit otherwise."""
    units = Unit.objects.for_user(user, "organization.view_units")
    if not reach(user, MANAGE).empty:
        return units.departments()
    return (
        Unit.objects.for_user(user, PROPOSE)
        .present()
        .filter(level__in=(Level.DEPARTMENT, Level.TOWNSHIP))
        .order_by("pk")
    )


class WordsForm(forms.Form):
    """The meaning of an indicator and the period from which it holds."""

    name = forms.CharField(label="指标名称", max_length=60)
    definition = forms.CharField(
        label="口径",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text="统计范围、时点、包括什么、不包括什么；填报时显示在指标下方。",
    )
    value_type = forms.ChoiceField(label="值类型", choices=ValueType.choices)
    unit = forms.CharField(label="计量单位", max_length=12, required=False)
    decimals = forms.IntegerField(label="小数位", min_value=0, max_value=4, initial=0)
    low = forms.DecimalField(label="下限", widget=DECIMAL, max_digits=18, decimal_places=4, required=False)
    high = forms.DecimalField(label="上限", widget=DECIMAL, max_digits=18, decimal_places=4, required=False)
    choices = forms.CharField(
        label="选项",
        required=False,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text="值类型为选项时填写，每行一个。",
    )
    from_period = forms.CharField(
        label="自何期起", max_length=10, help_text="如 2026、2026-Q3、2026-11；此前各期沿用原口径。"
    )

    def clean_name(self) -> str:
        """Without outer or doubled spaces."""
        return " ".join(self.cleaned_data["name"].split())

    def clean_choices(self) -> list[str]:
        """One choice a line, each once."""
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if len(set(lines)) != len(lines):
            raise forms.ValidationError("选项不能重复。")
        if any(len(line) > 40 for line in lines):
            raise forms.ValidationError("每个选项不超过 40 个字。")
        return lines

    def clean_from_period(self) -> dt.date:
        """First day of the period named."""
        try:
            return periods.parse(self.cleaned_data["from_period"].strip().upper()).start
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """The lower bound is not above the upper one."""
        data = super().clean() or {}
        low, high = data.get("low"), data.get("high")
        if low is not None and high is not None and low > high:
            self.add_error("low", "下限不能大于上限。")
        return data

    def words(self) -> Words:
        """The meaning as the service takes it."""
        return Words(**{name: self.cleaned_data[name] for name in Words.__dataclass_fields__})

    @staticmethod
    def worded(version: ElementVersion) -> dict[str, Any]:
        """Initial values from a stored wording."""
        words = asdict(Words.of(version))
        bounds = {
            key: None if words[key] is None else f"{words[key].normalize():f}" for key in ("low", "high")
        }
        return {**words, **bounds, "choices": "\n".join(words["choices"])}


class SettingsForm(forms.Form):
    """What may change without changing the meaning."""

    source_unit = forms.ModelChoiceField(label="来源部门", queryset=Unit.objects.none(), empty_label="请选择")
    period_type = forms.ChoiceField(label="更新周期", choices=Frequency.choices, initial=Frequency.MONTHLY)
    aggregation = forms.ChoiceField(
        label="汇总方式",
        choices=Aggregation.choices,
        initial=Aggregation.LAST,
        help_text="短周期的数汇成长周期的数时用；不汇总的指标不计合计。",
    )
    carry = forms.ChoiceField(label="带出方式", choices=Carry.choices, initial=Carry.CARRY)
    sensitivity = forms.ChoiceField(label="共享范围", choices=Sensitivity.choices, initial=Sensitivity.SHARED)
    basic = forms.BooleanField(label="基础字段（户数、人口、耕地等，不计入重复）", required=False)
    likely_to_change = forms.BooleanField(label="常变动（填报时展开核对）", required=False)
    external_code = forms.CharField(label="省平台代码", max_length=60, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = source_units(user)
        offer(self, "source_unit", units, initial=units.first() if units.count() == 1 else None)

    def settings(self) -> dict[str, Any]:
        """Fields as the service takes them."""
        names = [name for name in SettingsForm.base_fields if name != "source_unit"]
        return {
            "source_unit_id": self.cleaned_data["source_unit"].pk,
            **{name: self.cleaned_data[name] for name in names},
        }

    @staticmethod
    def filled(element: Element) -> dict[str, Any]:
        """Initial values from a stored indicator."""
        return {name: getattr(element, name) for name in SettingsForm.base_fields}


class ElementForm(SettingsForm, WordsForm):
    """A new indicator: its meaning and its settings."""

    code = forms.RegexField(
        label="指标代码",
        regex=r"^[A-Za-z0-9_-]{2,20}$",
        required=False,
        error_messages={"invalid": "指标代码用 2 至 20 位字母、数字。"},
        help_text="不填则由系统编。",
    )
    field_order = ("name", "code", *list(WordsForm.base_fields)[1:], *SettingsForm.base_fields)


class ReviseForm(WordsForm):
    """A new wording, why, and the version that was read."""

    reason = forms.CharField(label="变动原因", max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class EditForm(SettingsForm):
    """Settings and the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
