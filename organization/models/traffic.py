"""What is handed on inside a unit, and what people are told."""

from django.db import models

from core import audit
from organization.models.people import User
from organization.models.units import Unit


class Dispatch(models.Model):
    """A row handed to an office or a person of the same unit (分派); the newest counts."""

    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="dispatches")
    to_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="dispatches")
    act = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "分派"
        constraints = [models.UniqueConstraint(fields=["model", "object_id"], name="one_dispatch_per_row")]
        indexes = [models.Index(fields=["to_unit", "model"])]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"


class Notice(models.Model):
    """One message to one person; `key` makes it once. Urgent ones leave at once, the rest in a daily digest."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField("类型", max_length=40)
    key = models.CharField(max_length=160)
    text = models.CharField("内容", max_length=300)
    url = models.CharField(max_length=200, blank=True)
    urgent = models.BooleanField("即时", default=False)
    at = models.DateTimeField("时间")
    send_after = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "消息"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_key")]
        indexes = [
            models.Index(
                fields=["send_after"], condition=models.Q(sent_at__isnull=True), name="notice_unsent"
            ),
            models.Index(fields=["user", "-at"]),
        ]

    def __str__(self) -> str:
        return self.text
