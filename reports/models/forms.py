"""Forms and their versions: fields are indicators only, never free."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import audit
from core.models import NumberedItem
from core.periods import Frequency
from organization.models import Unit
from reports.choices import Category, DueKind, FormState, Operator
from reports.models.elements import Element
from reports.querysets import FormQuerySet


class Form(models.Model):
    """A form (报表). Nothing may be asked through it before it has a number."""

    VIEW_PERMISSION = "reports.view_forms"

    code = models.CharField("表号", max_length=20, unique=True)
    name = models.CharField("报表名称", max_length=80)
    pinyin = models.CharField(max_length=400, blank=True)
    initials = models.CharField(max_length=200, blank=True)
    category = models.CharField("类别", max_length=10, choices=Category.choices)
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="forms", verbose_name="制表单位")
    state = models.CharField("状态", max_length=10, choices=FormState.choices, default=FormState.DRAFT)
    number = models.OneToOneField(
        NumberedItem, on_delete=models.PROTECT, null=True, related_name="form", verbose_name="准入编号"
    )
    temporary = models.BooleanField("临时编号", default=False)
    valid_from = models.DateField("生效日期", null=True)
    valid_until = models.DateField("有效期至", null=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="predecessors", verbose_name="并入"
    )
    reference = models.CharField("文号", max_length=120, blank=True)
    version = models.IntegerField(default=1)

    objects = FormQuerySet.as_manager()

    class Meta:
        verbose_name = "报表"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="active")
                | models.Q(number__isnull=False, valid_until__isnull=False),
                name="active_form_has_number_and_expiry",
                violation_error_message="在用报表须有准入编号和有效期。",
            )
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.name


class FormVersion(models.Model):
    """What a form asks, of whom, how often and until when. Running periods keep their version."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="versions")
    n = models.SmallIntegerField("版本", default=1)
    frequency = models.CharField("频次", max_length=12, choices=Frequency.choices, default=Frequency.MONTHLY)
    opens_day = models.SmallIntegerField("开填日", default=0, help_text="期内第几日；0 为首个工作日。")
    due_kind = models.CharField("截止方式", max_length=16, choices=DueKind.choices, default=DueKind.DAY)
    due_n = models.SmallIntegerField("截止", default=28)
    respondent_rule = models.JSONField(
        "填报范围", default=dict, help_text='{"kind": "all"} 或 {"kind": "units", "ids": [...]}'
    )
    minutes_fixed = models.DecimalField("每次固定用时（分钟）", max_digits=6, decimal_places=2, default=5)
    from_period = models.DateField("自何期起", null=True)
    in_force = models.BooleanField("已准入", default=False)

    class Meta:
        verbose_name = "报表版本"
        constraints = [models.UniqueConstraint(fields=["form", "n"], name="one_form_version_per_number")]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.form_id} v{self.n}"


class FormField(models.Model):
    """One indicator in a form version."""

    form_version = models.ForeignKey(FormVersion, on_delete=models.CASCADE, related_name="fields")
    element = models.ForeignKey(
        Element, on_delete=models.PROTECT, related_name="form_fields", verbose_name="指标"
    )
    place = models.SmallIntegerField("顺序")
    section = models.CharField("分组", max_length=40, blank=True)
    required = models.BooleanField("必填", default=True)
    by_superior = models.BooleanField("上级表要求", default=False)
    extra_reason = models.CharField("超出上级要求的理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "报表指标"
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form_version", "element"],
                name="element_once_per_form",
                violation_error_message="同一指标在一张表中只能出现一次。",
            )
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.place} {self.element_id}"


class FormCheck(models.Model):
    """A rule between fields: sum of left `op` sum of right (element ids)."""

    form_version = models.ForeignKey(FormVersion, on_delete=models.CASCADE, related_name="checks")
    left = ArrayField(models.BigIntegerField(), verbose_name="左侧指标")
    op = models.CharField("关系", max_length=2, choices=Operator.choices)
    right = ArrayField(models.BigIntegerField(), verbose_name="右侧指标")
    strength = models.CharField(
        "强度", max_length=4, choices=[("hard", "必须符合"), ("soft", "提示核对")], default="hard"
    )
    message = models.CharField("提示", max_length=120)

    class Meta:
        verbose_name = "表内关系"
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.message


class Respondent(models.Model):
    """A unit that fills a form version: the respondent rule frozen to rows at admission."""

    form_version = models.ForeignKey(FormVersion, on_delete=models.CASCADE, related_name="respondents")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="respondent_of")

    class Meta:
        verbose_name = "填报单位"
        constraints = [
            models.UniqueConstraint(fields=["form_version", "unit"], name="respondent_once_per_form")
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.form_version_id} {self.unit_id}"
