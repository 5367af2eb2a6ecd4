"""Rules as dated data, what exceeded them, and what lawfully passed them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models


class RuleVersion(models.Model):
    """The value of one rule while it is in force. Codes are declared by the apps (`<app>.rules`)."""

    class Strength(models.TextChoices):
        """HARD refuses; SOFT asks for a reason."""

        HARD = "hard", "刚性规定"
        SOFT = "soft", "原则性规定"

    code = models.CharField("规则", max_length=80)
    value = models.JSONField("数值", default=dict)
    strength = models.CharField("强度", max_length=4, choices=Strength.choices)
    text = models.CharField("条文", max_length=400)
    source = models.CharField("出处", max_length=200)
    checked = models.BooleanField("条款号已核", default=False)
    during = DateRangeField("施行期间")
    proposed_from = models.DateField("拟施行日期", null=True, blank=True)
    entered_by = models.CharField("录入", max_length=100, blank=True)
    confirmed_by = models.CharField("确认", max_length=100, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_version_of_a_rule_at_a_time",
                expressions=[("code", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message="同一规则的施行期间不能重叠。",
            ),
            models.CheckConstraint(
                condition=~models.Q(source=""),
                name="rule_has_a_source",
                violation_error_message="规则须注明出处。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Exceedance(models.Model):
    """One soft rule passed with a reason (突破一般规定说明)."""

    rule = models.CharField("规则", max_length=80)
    rule_text = models.CharField("条文", max_length=400)
    source = models.CharField("出处", max_length=200)
    actual = models.CharField("实际", max_length=100)
    allowed = models.CharField("规定", max_length=100)
    reason = models.TextField("理由")
    approver_id = models.BigIntegerField(null=True)
    approver = models.CharField("批准人", max_length=100)
    unit_id = models.BigIntegerField(null=True)
    model = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    label = models.CharField(max_length=200, blank=True)
    act = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["model", "object_id"]), models.Index(fields=["rule", "at"])]

    def __str__(self) -> str:
        return f"{self.rule} {self.actual}/{self.allowed}"


class Waiver(models.Model):
    """The record a hard rule itself names: an approval, a superior's notice, a declared emergency."""

    class Kind(models.TextChoices):
        """Lawful doors of hard rules (`users.md` 0 in docs)."""

        APPROVAL = "approval", "批准"
        SUPERIOR = "superior", "上级通知"
        EMERGENCY = "emergency", "应急"

    rule = models.CharField("规则", max_length=80)
    kind = models.CharField("依据类型", max_length=12, choices=Kind.choices)
    reference = models.CharField("文号或标题", max_length=200)
    basis = models.TextField("依据", blank=True)
    until = models.DateField("有效期至", null=True)
    filed_at = models.DateTimeField("补办时间", null=True)
    model = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    attachment_id = models.BigIntegerField(null=True)
    act = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["model", "object_id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
