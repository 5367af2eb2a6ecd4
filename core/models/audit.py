"""The trail: who, in which posting, did what to which row, before and after, why. Append-only."""

import pgtrigger
from django.db import models


class AuditEntry(models.Model):
    """One change. Labels are copied so that the row outlives its object; `act` is one id per human act."""

    act = models.UUIDField("操作编号", db_index=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor = models.CharField("操作人", max_length=100)
    posting = models.CharField("岗位", max_length=100, blank=True)
    unit_id = models.BigIntegerField("单位编号", null=True)
    unit = models.CharField("单位", max_length=100, blank=True)
    verb = models.CharField("动作", max_length=60)
    step = models.CharField("步骤", max_length=60, blank=True)
    model = models.CharField("对象类型", max_length=60)
    object_id = models.CharField("对象编号", max_length=40, blank=True)
    label = models.CharField("对象", max_length=200, blank=True)
    before = models.JSONField("改前", default=dict)
    after = models.JSONField("改后", default=dict)
    reason = models.TextField("理由", blank=True)
    count = models.IntegerField("行数", default=1)
    digest = models.CharField("摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = "操作记录"
        indexes = [models.Index(fields=["model", "object_id"]), models.Index(fields=["at"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.label}"


class AuditSeal(models.Model):
    """The chained hash of one day's trail; `head` is handed out of the machine.

    `links` keeps key and hash of each row (`core.trail.LINK`), so that a broken row can be named.
    """

    day = models.DateField("日期", primary_key=True)
    first_id = models.BigIntegerField("首条", null=True)
    last_id = models.BigIntegerField("末条", null=True)
    rows = models.IntegerField("条数")
    previous = models.CharField("前一日链头", max_length=64, blank=True)
    head = models.CharField("链头", max_length=64)
    links = models.BinaryField("各条摘要", default=b"")
    handed_out_at = models.DateTimeField("送出时间", null=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.head[:12]}"
