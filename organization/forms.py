"""Forms of accounts and rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from core.models import RuleVersion
from organization.models import Unit
from organization.roles import role_words


class AccountForm(forms.Form):
    """One new account with its first posting."""

    username = forms.CharField(
        label="用户名", max_length=40, help_text="字母、数字或拼音，登录时不分大小写。"
    )
    name = forms.CharField(label="姓名", max_length=40)
    unit = forms.ModelChoiceField(label="单位", queryset=Unit.objects.none(), empty_label="请选择")
    role = forms.ChoiceField(label="角色")
    title = forms.CharField(label="职务", max_length=40, required=False)
    phone = forms.CharField(
        label="手机号", max_length=20, required=False, help_text="加密保存，只用于发送消息。"
    )

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = units
        self.fields["role"] = forms.ChoiceField(
            label="角色",
            choices=[("", "请选择"), *((role.code, role_words(role)) for role in settings.ROLES.values())],
        )


class SheetForm(forms.Form):
    """A sheet to check."""

    file = forms.FileField(label="文件", help_text="xlsx 或 csv，用下载的模板填写。")


class RuleForm(forms.Form):
    """A new version of a rule: values, text and source, from a future day on."""

    strength = forms.ChoiceField(label="强度", choices=RuleVersion.Strength.choices)
    text = forms.CharField(label="条文", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    source = forms.CharField(label="出处", max_length=200)
    value = forms.JSONField(label="数值", required=False, help_text='按现行版本的名称填写，如 {"days": 5}。')
    starts = forms.DateField(label="施行日期", widget=forms.DateInput(attrs={"type": "date"}))
