"""Requests for a form (一表一审): what, why, at what cost, and what was decided."""

from __future__ import annotations

from django.db import models

from core import audit
from core.periods import Frequency
from organization.models import Unit
from reports.choices import ReasonCode, RequestKind, RequestState
from reports.models.forms import Form, FormVersion
from reports.querysets import FormRequestQuerySet


class FormRequest(models.Model):
    """One request, one decision. D × E × G: respondents × times a year × minutes each."""

    VIEW_PERMISSION = "reports.view_requests"
    LABEL_RELATED = ("form",)

    kind = models.CharField("申请类型", max_length=10, choices=RequestKind.choices, default=RequestKind.NEW)
    requester = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="form_requests", verbose_name="申请单位"
    )
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="requests", verbose_name="报表")
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="requests")
    purpose = models.TextField("目的", blank=True)
    use = models.TextField("用途", blank=True)
    basis = models.CharField("依据（文号）", max_length=200, blank=True)
    superior_ref = models.CharField("上级报表或通知", max_length=200, blank=True)
    superior_frequency = models.CharField(
        "上级报表频次", max_length=12, choices=Frequency.choices, blank=True
    )
    sources = models.TextField("已查过的现有数据来源", blank=True)
    respondents = models.IntegerField("填报单位数（D）", default=0)
    times_a_year = models.IntegerField("每年次数（E）", default=0)
    minutes_each = models.DecimalField("每次分钟（G）", max_digits=8, decimal_places=2, default=0)
    hours_before = models.DecimalField("变更前每年小时", max_digits=12, decimal_places=2, default=0)
    hours_after = models.DecimalField("变更后每年小时", max_digits=12, decimal_places=2, default=0)
    change_code = models.CharField("变化原因", max_length=16, choices=ReasonCode.choices, blank=True)
    valid_until = models.DateField("申请有效期至", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=RequestState.choices, default=RequestState.DRAFT)
    reason_code = models.CharField("驳回原因", max_length=16, choices=ReasonCode.choices, blank=True)
    opinion = models.TextField("审核意见", blank=True)
    merged_into = models.ForeignKey(
        Form, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="并入"
    )
    taken_elements = models.JSONField("直接取用的指标", default=list)
    review_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="review", verbose_name="复核自"
    )
    created_at = models.DateTimeField("建立时间")
    submitted_at = models.DateTimeField("送审时间", null=True)
    decide_by = models.DateField("审结期限", null=True)
    decided_at = models.DateTimeField("审结时间", null=True)
    decided_by = models.CharField("审核人", max_length=100, blank=True)
    created_by_id = models.BigIntegerField("经办人编号", null=True)
    created_by = models.CharField("经办人", max_length=100, blank=True)
    version = models.IntegerField(default=1)

    objects = FormRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "报表申请"
        indexes = [models.Index(fields=["state", "decide_by"])]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.form.name}（{self.get_kind_display()}）"
