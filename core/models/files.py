"""Files that people hand in: sheets being checked, attachments."""

from django.db import models


class SheetCheck(models.Model):
    """A sheet that was checked and may be confirmed once."""

    class State(models.TextChoices):
        """A check is confirmed once or void."""

        CHECKED = "checked", "待确认"
        CONFIRMED = "confirmed", "已导入"
        VOID = "void", "已作废"

    hash = models.CharField("文件摘要", max_length=64)
    kind = models.CharField("用途", max_length=60)
    uploaded_name = models.CharField("文件名", max_length=200)
    target = models.CharField("对象", max_length=80, blank=True)
    rows = models.JSONField("行", default=list)
    problems = models.JSONField("问题", default=list)
    notes = models.JSONField("提示", default=list)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.CHECKED)
    actor_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["actor_id", "kind", "hash"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.uploaded_name} {self.state}"


class Attachment(models.Model):
    """A stored file, named by the hash of its bytes, served only as a download and only when scanned (or in demo)."""

    class Scan(models.TextChoices):
        """Result of the virus scanner's adapter."""

        UNSCANNED = "unscanned", "未查毒"
        CLEAN = "clean", "已查毒"
        INFECTED = "infected", "有病毒"

    hash = models.CharField(max_length=64)
    name = models.CharField("文件名", max_length=200)
    type = models.CharField("类型", max_length=80)
    size = models.IntegerField("字节")
    scan = models.CharField(max_length=10, choices=Scan.choices, default=Scan.UNSCANNED)
    model = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    uploaded_by_id = models.BigIntegerField()
    uploaded_by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["model", "object_id"])]

    def __str__(self) -> str:
        return self.name
