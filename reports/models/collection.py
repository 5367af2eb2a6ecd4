"""What is due from whom, and the values: one store per (indicator, unit, period)."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models

from core import audit
from core.periods import Frequency
from organization.models import Unit
from reports.choices import AssignmentState, Origin, ValueKind
from reports.models.elements import Element, ElementVersion
from reports.models.forms import Form, FormVersion
from reports.querysets import AssignmentQuerySet, ValueQuerySet


class Assignment(models.Model):
    """One form, one unit, one period. `burden_month` is the month of the first due date, frozen."""

    VIEW_PERMISSION = "reports.view_assignments"
    LABEL_RELATED = ("form", "unit")

    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="assignments", verbose_name="报表")
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="assignments", verbose_name="填报单位"
    )
    frequency = models.CharField("频次", max_length=12, choices=Frequency.choices)
    period = models.CharField("期别", max_length=10)
    period_start = models.DateField("期初")
    opens_on = models.DateField("开填日期")
    due_on = models.DateField("截止日期")
    due_provisional = models.BooleanField("按周末推算", default=False)
    burden_month = models.CharField("负担月份", max_length=7)
    state = models.CharField(
        "状态", max_length=20, choices=AssignmentState.choices, default=AssignmentState.OPEN
    )
    fields = models.SmallIntegerField("指标数", default=0)
    typed = models.SmallIntegerField("填写", default=0)
    checked = models.SmallIntegerField("核对", default=0)
    minutes = models.DecimalField("用时（分钟）", max_digits=8, decimal_places=2, default=0)
    flags = models.JSONField("提示", default=list)
    submitted_at = models.DateTimeField("报送时间", null=True)
    submitted_by = models.CharField("报送人", max_length=100, blank=True)
    approved_on = models.DateField("乡镇审核日期", null=True)
    by_township = models.BooleanField("乡镇代填", default=False)
    returns = models.SmallIntegerField("退回次数", default=0)
    act = models.UUIDField(null=True)
    version = models.IntegerField(default=1)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "填报任务"
        constraints = [
            models.UniqueConstraint(
                fields=["form", "unit", "period"], name="one_assignment_per_form_unit_period"
            )
        ]
        indexes = [
            models.Index(fields=["burden_month", "unit"]),
            models.Index(fields=["unit", "state", "due_on"]),
            models.Index(fields=["form", "period_start"]),
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.form.name} {self.period} {self.unit.name}"


class Value(models.Model):
    """The value of an indicator for a unit and period. Missing = no row; no foreign key points here."""

    VIEW_PERMISSION = "reports.view_values"

    element = models.ForeignKey(Element, on_delete=models.PROTECT, related_name="values", verbose_name="指标")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="values", verbose_name="单位")
    period_start = models.DateField("期初")
    period = models.CharField("期别", max_length=10)
    element_version = models.ForeignKey(ElementVersion, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=6, choices=ValueKind.choices, default=ValueKind.NUMBER)
    number = models.DecimalField("数值", max_digits=18, decimal_places=4, null=True)
    text = models.CharField("文字", max_length=500, blank=True)
    origin = models.CharField("来源", max_length=12, choices=Origin.choices)
    origin_ref = models.CharField("来源说明", max_length=120, blank=True)
    confirmed_at = models.DateTimeField("核对时间", null=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    first_assignment_id = models.BigIntegerField("首次用于", null=True)
    at = models.DateTimeField("更新时间")
    version = models.IntegerField(default=1)

    objects = ValueQuerySet.as_manager()

    class Meta:
        verbose_name = "数值"
        constraints = [
            models.UniqueConstraint(
                fields=["period_start", "unit", "element"], name="one_value_per_element_unit_period"
            ),
            models.CheckConstraint(
                # PostgreSQL sorts NaN above every number, so an upper bound keeps it out.
                condition=models.Q(number__isnull=True)
                | models.Q(number__lte=Decimal("99999999999999.9999")),
                name="value_is_a_number",
                violation_error_message="数值无效。",
            ),
        ]
        indexes = [models.Index(fields=["unit", "element", "-period_start"])]

    def __str__(self) -> str:
        return f"{self.element_id} {self.unit_id} {self.period}"


class ValueChange(models.Model):
    """History of a value: who, when, old, new. Append-only, chained daily with the trail."""

    element_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    period_start = models.DateField()
    old = models.CharField("原值", max_length=500, blank=True)
    new = models.CharField("新值", max_length=500, blank=True)
    origin = models.CharField("来源", max_length=12, choices=Origin.choices)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField("操作人", max_length=100)
    act = models.UUIDField(null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "数值变动"
        indexes = [
            models.Index(fields=["unit_id", "element_id", "period_start"]),
            models.Index(fields=["at"]),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class FieldReturn(models.Model):
    """One field sent back with a comment; only that field reopens."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="field_returns")
    element = models.ForeignKey(Element, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField("意见", max_length=200)
    old_text = models.CharField("退回时的值", max_length=500, blank=True)
    by = models.CharField("退回人", max_length=100)
    act = models.UUIDField()
    at = models.DateTimeField("退回时间")
    answered_at = models.DateTimeField("改后报送时间", null=True)

    class Meta:
        verbose_name = "单项退回"
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.comment
