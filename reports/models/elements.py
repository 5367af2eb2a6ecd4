"""The indicator library (指标库): one definition per indicator, versioned."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core import audit
from core.periods import Frequency
from organization.models import Unit
from reports.choices import Aggregation, Carry, ElementStatus, Sensitivity, ValueType
from reports.querysets import ElementQuerySet


class Element(models.Model):
    """An indicator. Its words stand in the newest ElementVersion; changing the 口径 makes a version.

    `name`, `pinyin` and `initials` repeat the newest version's name for look-up.
    """

    VIEW_PERMISSION = "reports.view_elements"

    code = models.CharField(
        "指标代码", max_length=20, unique=True, error_messages={"unique": "该指标代码已使用。"}
    )
    name = models.CharField("指标名称", max_length=60)
    pinyin = models.CharField(max_length=400, blank=True)
    initials = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        "状态", max_length=12, choices=ElementStatus.choices, default=ElementStatus.PENDING
    )
    source_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="elements", verbose_name="来源部门"
    )
    basic = models.BooleanField("基础字段", default=False, help_text="户数、人口、耕地等，不计入重复。")
    sensitivity = models.CharField(
        "共享范围", max_length=10, choices=Sensitivity.choices, default=Sensitivity.SHARED
    )
    period_type = models.CharField(
        "更新周期", max_length=12, choices=Frequency.choices, default=Frequency.MONTHLY
    )
    aggregation = models.CharField(
        "汇总方式", max_length=6, choices=Aggregation.choices, default=Aggregation.LAST
    )
    carry = models.CharField("带出方式", max_length=8, choices=Carry.choices, default=Carry.CARRY)
    likely_to_change = models.BooleanField("常变动", default=False)
    external_code = models.CharField("省平台代码", max_length=60, blank=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    version = models.IntegerField(default=1)

    objects = ElementQuerySet.as_manager()

    class Meta:
        verbose_name = "指标"
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(status__in=["pending", "active"]),
                name="one_present_element_per_name",
                violation_error_message="已有同名指标；口径不同请作为新版本，或换一个名称。",
            )
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ElementVersion(models.Model):
    """One wording of an indicator, in force from a period on; past values keep theirs."""

    element = models.ForeignKey(Element, on_delete=models.CASCADE, related_name="versions")
    n = models.SmallIntegerField("版本", default=1)
    name = models.CharField("指标名称", max_length=60)
    definition = models.CharField("口径", max_length=300)
    value_type = models.CharField(
        "值类型", max_length=8, choices=ValueType.choices, default=ValueType.INTEGER
    )
    unit = models.CharField("计量单位", max_length=12, blank=True)
    decimals = models.SmallIntegerField("小数位", default=0)
    low = models.DecimalField("下限", max_digits=18, decimal_places=4, null=True, blank=True)
    high = models.DecimalField("上限", max_digits=18, decimal_places=4, null=True, blank=True)
    choices = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="选项")
    from_period = models.DateField("自何期起")

    class Meta:
        verbose_name = "指标版本"
        constraints = [
            models.UniqueConstraint(fields=["element", "n"], name="one_element_version_per_number"),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True)
                | models.Q(high__isnull=True)
                | models.Q(low__lte=models.F("high")),
                name="low_not_above_high",
                violation_error_message="下限不能大于上限。",
            ),
            models.CheckConstraint(
                condition=models.Q(decimals__gte=0, decimals__lte=4),
                name="decimals_from_0_to_4",
                violation_error_message="小数位应为 0 至 4。",
            ),
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.name} v{self.n}"
