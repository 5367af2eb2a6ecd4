"""Numbers: gapless series, whatever carries a number, and who cites it."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models


class Series(models.Model):
    """The counter of one code and year. Its locked row gives gapless serials."""

    code = models.CharField("代字", max_length=20)
    year = models.SmallIntegerField("年份")
    next = models.IntegerField("下一号", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "year"], name="one_counter_per_series_and_year")
        ]

    def __str__(self) -> str:
        return f"{self.code}〔{self.year}〕{self.next}"


class NumberedItem(models.Model):
    """Whatever got a number: admission, document, sign filing. Cited and looked up through this row."""

    code = models.CharField("代字", max_length=20)
    year = models.SmallIntegerField("年份")
    serial = models.IntegerField("序号")
    kind = models.CharField("类别", max_length=40)
    title = models.CharField("名称", max_length=200)
    owner_unit_id = models.BigIntegerField("制表单位编号")
    owner = models.CharField("单位", max_length=100)
    valid = DateRangeField("有效期", null=True)  # type: ignore[misc]  # the library's types know no empty range
    state = models.CharField("状态", max_length=20, default="valid")
    url = models.CharField(max_length=200, blank=True)
    minutes = models.IntegerField("每次用时（分钟）", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "year", "serial"],
                name="one_item_per_number",
                violation_error_message="该编号已使用。",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number as printed, such as 伊表〔2026〕12号."""
        return f"{self.code}〔{self.year}〕{self.serial}号"


class Citation(models.Model):
    """A row that rests on a numbered item."""

    item = models.ForeignKey(NumberedItem, on_delete=models.PROTECT, related_name="citations")
    model = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "model", "object_id"], name="cited_once_per_row")
        ]

    def __str__(self) -> str:
        return f"{self.label} → {self.item_id}"
