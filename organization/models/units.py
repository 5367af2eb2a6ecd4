"""The unit tree of the county."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models

from core import audit
from organization.choices import Level, Side
from organization.querysets import UnitQuerySet


class Unit(models.Model):
    """A unit. Identity is the 12-digit code, or (parent, name); names repeat inside a county."""

    VIEW_PERMISSION = "organization.view_units"

    code = models.CharField(
        "代码",
        max_length=12,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(r"^[0-9]{12}$", "代码应为 12 位数字。")],
    )
    name = models.CharField("名称", max_length=60)
    level = models.CharField("层级", max_length=12, choices=Level.choices)
    kind = models.CharField("类别", max_length=20)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField("路径", max_length=200, db_index=True, default="")
    side = models.CharField("系统", max_length=12, choices=Side.choices, default=Side.GOVERNMENT)
    counted = models.BooleanField("计入村（社区）数", default=False)
    order_no = models.IntegerField("机构序列", default=0)
    second_script = models.CharField("民族文字名称", max_length=100, blank=True)
    pinyin = models.CharField(max_length=400, blank=True)
    initials = models.CharField(max_length=200, blank=True)
    phone = models.CharField("办公电话", max_length=40, blank=True)
    invented = models.BooleanField("虚构示例", default=False)
    retired_on = models.DateField("撤销日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    version = models.IntegerField(default=1)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                condition=models.Q(retired_on__isnull=True),
                name="one_name_per_parent",
                violation_error_message="同一上级下已有同名单位。",
            )
        ]
        indexes = [models.Index(fields=["path"], opclasses=["text_pattern_ops"], name="unit_path_prefix")]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.name


class UnitAlias(models.Model):
    """A former or other name of a unit, valid during a time (马鞍镇 → 马鞍山镇)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField("别名", max_length=60)
    during = DateRangeField("期间")

    class Meta:
        verbose_name = "单位别名"
        constraints = [
            ExclusionConstraint(
                name="alias_once_at_a_time",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message="该别名在此期间已登记。",
            )
        ]

    def __str__(self) -> str:
        return self.name
