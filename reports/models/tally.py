"""Tallies of burden: runs with revisions, months by unit, quarters by department."""

from __future__ import annotations

from django.db import models

from organization.models import Unit
from reports.querysets import TallyQuerySet


class TallyRun(models.Model):
    """One computation.

    Until published revision 1 is upserted in place; publishing freezes it; later changes make revision n+1 that
    holds the changed units only.
    """

    class Kind(models.TextChoices):
        """What is tallied."""

        MONTH = "month", "月"
        QUARTER = "quarter", "季"

    VIEW_PERMISSION = "monitoring.view_tallies"

    kind = models.CharField("类型", max_length=8, choices=Kind.choices)
    period = models.CharField("期别", max_length=10)
    revision = models.SmallIntegerField("修订", default=1)
    as_of = models.DateTimeField("截至")
    reason = models.CharField("修订原因", max_length=200, blank=True)
    digest = models.CharField("摘要", max_length=64)
    published_at = models.DateTimeField("发布时间", null=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "统计"
        constraints = [
            models.UniqueConstraint(fields=["kind", "period", "revision"], name="one_run_per_revision")
        ]

    def __str__(self) -> str:
        return f"{self.period} r{self.revision}"


class UnitMonth(models.Model):
    """A unit's month: forms, expected, received, on time, overdue, typed, checked, minutes, people who fill."""

    run = models.ForeignKey(TallyRun, on_delete=models.CASCADE, related_name="unit_months")
    month = models.CharField("月份", max_length=7)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="months")
    forms = models.IntegerField("报表数", default=0)
    expected = models.IntegerField("应报", default=0)
    received = models.IntegerField("已报", default=0)
    on_time = models.IntegerField("按时", default=0)
    overdue = models.IntegerField("逾期", default=0)
    typed = models.IntegerField("填写项", default=0)
    checked = models.IntegerField("核对项", default=0)
    minutes = models.DecimalField("用时（分钟）", max_digits=12, decimal_places=2, default=0)
    people = models.IntegerField("填报员", default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "单位月度负担"
        constraints = [
            models.UniqueConstraint(fields=["month", "unit", "run"], name="one_month_per_unit_and_run")
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.unit_id}"


class DepartmentQuarter(models.Model):
    """A department's quarter: forms and hours imposed, real cuts apart from re-estimates (F24, 口径调整)."""

    run = models.ForeignKey(TallyRun, on_delete=models.CASCADE, related_name="department_quarters")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="quarters")
    active = models.IntegerField("在用", default=0)
    admitted = models.IntegerField("准入", default=0)
    taken_directly = models.IntegerField("直接取用", default=0)
    cancelled = models.IntegerField("停用", default=0)
    merged = models.IntegerField("并入", default=0)
    rejected = models.IntegerField("驳回", default=0)
    urgent = models.IntegerField("上级急要数", default=0)
    minutes = models.DecimalField("要数用时（分钟）", max_digits=14, decimal_places=2, default=0)
    superior_minutes = models.DecimalField("其中上级部署（分钟）", max_digits=14, decimal_places=2, default=0)
    real_cut = models.DecimalField("实际压减（小时）", max_digits=12, decimal_places=2, default=0)
    re_estimate = models.DecimalField("口径调整（小时）", max_digits=12, decimal_places=2, default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "部门季度负担"
        constraints = [
            models.UniqueConstraint(fields=["run", "unit"], name="one_quarter_per_department_and_run")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.unit_id}"
