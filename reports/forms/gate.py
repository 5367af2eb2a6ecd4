"""Forms of the gate: the eight questions, the urgent demand, the number check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from core.periods import Frequency
from organization.models import Unit
from reports.choices import REAL_CUTS, Category, DueKind, ReasonCode
from reports.forms.offers import offer
from reports.models import Element
from reports.services import due_days
from reports.services.admission_asking import REQUIRED, Chosen, Draft, requesters

AREA = {"rows": "3", "data-ime": "true"}
SCOPES = (("all", "全县各村（社区）"), ("townships", "所选乡镇的村（社区）"), ("units", "所选村（社区）"))
CHANGES = [("", "没有减少")] + [
    (code, ReasonCode(code).label)
    for code in ReasonCode.values
    if code in REAL_CUTS or code == "re_estimated"
]
MOST_FIELDS = 200
LATEST = Draft.due_n


if TYPE_CHECKING:
    UnitField = forms.ModelMultipleChoiceField[Unit]
else:
    UnitField = forms.ModelMultipleChoiceField


class UnitChoices(UnitField):
    """Units with their township's name."""

    def label_from_instance(self, unit: Unit) -> str:
        """伊通镇 示例一村."""
        return f"{unit.parent.name} {unit.name}" if unit.level == "village" and unit.parent else unit.name


class WhoForm(forms.Form):
    """Who is asked."""

    scope = forms.ChoiceField(label="填报范围", choices=SCOPES, initial="all", widget=forms.RadioSelect)
    townships = UnitChoices(
        label="乡镇（街道）",
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    units = UnitChoices(
        label="村（社区）",
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": "8"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            longest = getattr(field, "max_length", None)
            if longest:
                field.error_messages["max_length"] = f"最长 {longest} 个字。"
        seen = Unit.objects.for_user(user, "organization.view_units")
        own = seen.filter(pk__in=requesters(user).filter(level="township").values("pk"))
        townships, villages = seen.townships(), seen.villages().select_related("parent")
        if own.exists():
            townships = townships.filter(pk__in=own)
            villages = villages.filter(parent__in=own)
            scope = self.fields["scope"]
            assert isinstance(scope, forms.ChoiceField)
            scope.choices, scope.initial = SCOPES[1:], "townships"
        offer(self, "townships", townships)
        offer(self, "units", villages)

    def rule(self) -> dict[str, Any]:
        """The respondent rule as FormVersion keeps it."""
        kind = self.cleaned_data.get("scope", "all")
        if kind == "all":
            return {"kind": "all"}
        return {"kind": kind, "ids": [unit.pk for unit in self.cleaned_data.get(kind, ())]}

    def present_rule(self) -> dict[str, Any]:
        """The respondent rule of what the page shows now, checked or not, for the estimate beside it."""
        kind = str(self["scope"].value() or "all")
        if kind not in {"townships", "units"}:
            return {"kind": "all"}
        field = self.fields[kind]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        assert field.queryset is not None
        ids = [int(str(one)) for one in self[kind].value() or () if str(one).isdigit()]
        return {"kind": kind, "ids": list(field.queryset.filter(pk__in=ids).values_list("pk", flat=True))}

    def present_frequency(self) -> str:
        """The frequency that the page shows now; once where it asks none."""
        shown = str(self["frequency"].value()) if "frequency" in self.fields else Frequency.ONE_OFF
        return shown if shown in Frequency.values else Frequency.MONTHLY

    @staticmethod
    def filled(rule: dict[str, Any]) -> dict[str, Any]:
        """Initial values of a stored rule."""
        kind = str(rule.get("kind") or "all")
        return {"scope": kind} if kind == "all" else {"scope": kind, kind: list(rule.get("ids") or [])}


class RequestForm(WhoForm):
    """A form as it is asked for. Only what a draft cannot be stored without is required here."""

    INDICATORS_BEFORE = "frequency"
    """The field before which the page asks for the indicators."""
    field_order = (
        "requester_id",
        "name",
        "category",
        "change_code",
        "frequency",
        "due_kind",
        "due_n",
        "valid_until",
        "scope",
        "townships",
        "units",
    )
    requester_id = forms.ModelChoiceField(label="申请单位", queryset=Unit.objects.none(), empty_label=None)
    name = forms.CharField(
        label="报表名称",
        max_length=80,
        widget=forms.TextInput(attrs={"data-ime": "true", "autocomplete": "off"}),
        error_messages={"required": "请填写报表名称。"},
    )
    category = forms.ChoiceField(label="类别", choices=Category.choices, initial=Category.COUNTY)
    frequency = forms.ChoiceField(label="频次", choices=Frequency.choices, initial=Frequency.MONTHLY)
    due_kind = forms.ChoiceField(label="截止方式", choices=DueKind.choices, initial=DueKind.DAY)
    due_n = forms.IntegerField(
        label="截止",
        min_value=1,
        max_value=366,
        initial=LATEST,
        required=False,
        help_text="每周不超过 7，每旬 10，每月 28，每季 92，每半年 184；不填按 28 或期末，每日不看这一项。",
        error_messages={
            "min_value": "截止至少填 1。",
            "max_value": "截止最大填 366。",
            "invalid": "截止请填整数。",
        },
    )
    purpose = forms.CharField(label="收集目的", widget=forms.Textarea(attrs=AREA), max_length=2000)
    use = forms.CharField(label="数据用在哪里", widget=forms.Textarea(attrs=AREA), max_length=2000)
    basis = forms.CharField(label="依据（文号）", max_length=200)
    superior_ref = forms.CharField(
        label="上级报表或通知",
        required=False,
        max_length=200,
        help_text="有上级表的写明文号；超出上级要求的指标逐项写理由。",
    )
    superior_frequency = forms.ChoiceField(
        label="上级报表频次",
        required=False,
        choices=[("", "没有上级报表"), *Frequency.choices],
        help_text="与本表的频次对照；高于上级要求的会在审核页标出。",
    )
    sources = forms.CharField(
        label="已查过哪些现有数据来源",
        widget=forms.Textarea(attrs=AREA),
        max_length=2000,
        help_text="不填不能送审。先看上方“已有数据”，能直接取用的不再向村要。",
    )
    valid_until = forms.DateField(
        label="申请有效期至",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="最长 12 个月，不填按 12 个月。",
    )
    change_code = forms.ChoiceField(label="变化原因", choices=CHANGES, required=False)

    def __init__(self, *args: Any, user: Any, revises: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        asking = requesters(user)
        offer(self, "requester_id", asking, initial=asking.first())
        if asking.filter(level="township").exists():
            self.fields["category"].initial = Category.TOWNSHIP
        if not revises:
            del self.fields["change_code"]

    def full_clean(self) -> None:
        """A draft may leave open what is needed for sending in; the page still marks it as needed."""
        for needed in (False, True):
            for name in REQUIRED:
                self.fields[name].required = needed
            if not needed:
                super().full_clean()

    def clean_due_n(self) -> int:
        """The day as typed, or the usual one as far as the frequency has it."""
        typed: int | None = self.cleaned_data["due_n"]
        frequency = self.cleaned_data.get("frequency", Frequency.MONTHLY)
        return due_days.bounded(frequency, LATEST) if typed is None else typed

    def draft(self, chosen: tuple[Chosen, ...]) -> Draft:
        """The draft as the service takes it; of a form with errors, what of it is well."""
        data = self.cleaned_data
        owner = data.get("requester_id")
        words = (
            "category",
            "frequency",
            "due_kind",
            "due_n",
            "purpose",
            "use",
            "basis",
            "superior_ref",
            "superior_frequency",
            "sources",
            "valid_until",
            "change_code",
        )
        return Draft(
            requester_id=owner.pk if owner else 0,
            name=data.get("name", ""),
            respondent_rule=self.rule(),
            chosen=chosen,
            **{name: data[name] for name in words if name in data},
        )

    @classmethod
    def initial_of(cls, draft: Draft) -> dict[str, Any]:
        """Initial values of a stored draft."""
        names = [
            name for name in cls.base_fields if name not in {"scope", "townships", "units", "requester_id"}
        ]
        return {
            **{name: getattr(draft, name) for name in names},
            **cls.filled(draft.respondent_rule),
            "requester_id": draft.requester_id,
        }


class UrgentForm(WhoForm):
    """上级急要数."""

    INDICATORS_BEFORE = "name"
    field_order = ("requester_id", "superior_ref", "purpose", "name", "days", "scope", "townships", "units")

    requester_id = forms.ModelChoiceField(label="申请单位", queryset=Unit.objects.none(), empty_label=None)
    name = forms.CharField(label="报表名称", max_length=80)
    superior_ref = forms.CharField(label="上级通知文号或标题", max_length=200)
    days = forms.IntegerField(
        label="几天内报齐",
        min_value=1,
        max_value=30,
        initial=3,
        help_text="最长 30 天，一次性使用。",
        error_messages={
            "min_value": "至少 1 天。",
            "max_value": "临时编号最长 30 天。",
            "invalid": "请填整数天数。",
        },
    )
    purpose = forms.CharField(
        label="上级要求", required=False, widget=forms.Textarea(attrs=AREA), max_length=2000
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        asking = requesters(user)
        offer(self, "requester_id", asking, initial=asking.first())

    def draft(self, chosen: tuple[Chosen, ...]) -> Draft:
        """The draft as the service takes it; the form is valid."""
        data = self.cleaned_data
        return Draft(
            requester_id=data["requester_id"].pk,
            name=data["name"],
            superior_ref=data["superior_ref"],
            purpose=data["purpose"],
            respondent_rule=self.rule(),
            chosen=chosen,
        )


class NumberForm(forms.Form):
    """A number as somebody read it."""

    number = forms.CharField(label="准入编号", max_length=40, help_text="如 伊表〔2026〕12号")


def chosen_of(posted: QueryDict) -> tuple[Chosen, ...]:
    """Indicators of the page in their order: hidden `element` with place, section, required, by_superior, reason."""
    rows: list[tuple[int, int, Chosen]] = []
    for text in posted.getlist("element")[:MOST_FIELDS]:
        if not text.isdigit():
            continue
        place = posted.get(f"place-{text}", "")
        one = Chosen(
            int(text),
            posted.get(f"section-{text}", "")[:40],
            posted.get(f"required-{text}") == "on",
            posted.get(f"superior-{text}") == "on",
            posted.get(f"reason-{text}", "")[:200],
        )
        rows.append((int(place) if place.isdigit() and len(place) < 5 else len(rows) + 1, len(rows), one))
    return tuple(one for _, _, one in sorted(rows, key=lambda row: row[:2]))


def with_added(chosen: tuple[Chosen, ...], posted: QueryDict) -> tuple[Chosen, ...]:
    """The chosen ones after the press: one added at the end, or one removed."""
    add, remove = posted.get("add", ""), posted.get("remove", "")
    if add.isdigit() and int(add) not in {one.element_id for one in chosen}:
        usable = Element.objects.usable().filter(pk=int(add)).exists()
        return (*chosen, Chosen(int(add))) if usable else chosen
    if remove.isdigit():
        return tuple(one for one in chosen if one.element_id != int(remove))
    return chosen
