"""Input of the township's pages."""

from __future__ import annotations

import re
from typing import Any

from django import forms

MONTH = re.compile(r"^20\d{2}-(0[1-9]|1[0-2])$")
MOST_ROWS = 5_000
LONGEST_PASTE = 2_000_000


class MonthForm(forms.Form):
    """Which month, tab and 包村干部 the review page shows; what is not understood falls back to the default."""

    month = forms.CharField(label="月份", required=False)
    period = forms.CharField(label="期别", required=False, max_length=10)
    tab = forms.ChoiceField(
        label="分类",
        required=False,
        choices=[("look", "待办"), ("done", "已办"), ("missing", "未报"), ("all", "全部")],
    )
    officer = forms.IntegerField(label="包村干部", required=False, min_value=1)

    def clean_month(self) -> str:
        """A month code `2026-11`, or nothing."""
        month = str(self.cleaned_data["month"])
        if month and not MONTH.match(month):
            raise forms.ValidationError("月份应如 2026-11。")
        return month


class StepForm(forms.Form):
    """A step of one submission: version as shown, comment, and the single field it is about."""

    version = forms.IntegerField(required=False, min_value=0)
    reason = forms.CharField(required=False, max_length=200, label="意见")
    element = forms.IntegerField(required=False, min_value=1)


class VersionsForm(forms.Form):
    """What one press concerns, as shown: `key.version` with commas."""

    rows = forms.CharField(max_length=200_000)

    def clean_rows(self) -> dict[int, int]:
        """Version by key."""
        found: dict[int, int] = {}
        for part in str(self.cleaned_data["rows"]).split(","):
            match = re.fullmatch(r"(\d{1,18})\.(\d{1,9})", part)
            if match is None or len(found) >= MOST_ROWS:
                raise forms.ValidationError("页面已过期，请刷新后重试。")
            found[int(match[1])] = int(match[2])
        return found


class PasteForm(forms.Form):
    """A table copied in Excel or WPS: its text, and its html where the browser gave it."""

    pasted = forms.CharField(
        label="粘贴区",
        widget=forms.Textarea,
        max_length=LONGEST_PASTE,
        strip=False,
        error_messages={
            "required": "请先把表格粘贴到框内。",
            "max_length": "粘贴的内容过大，请只复制本表的区域。",
        },
    )
    pasted_html = forms.CharField(
        required=False, max_length=LONGEST_PASTE * 2, strip=False, widget=forms.HiddenInput
    )


class ConfirmForm(forms.Form):
    """Confirmation of a preview; `overwrite` replaces what villages typed themselves."""

    overwrite = forms.BooleanField(required=False)


class DispatchForm(forms.Form):
    """Chosen assignments and where they go."""

    target = forms.CharField(max_length=40, error_messages={"required": "请选择站所或人员。"})


def chosen(data: Any) -> list[int]:
    """Keys of the ticked rows (`pk` many times); what is no number is left out."""
    return [
        int(text)
        for text in data.getlist("pk")[:MOST_ROWS]
        if text.isascii() and text.isdigit() and len(text) < 19
    ]
