"""Days that differ from the week's ordinary course."""

from django.db import models


class CalendarDay(models.Model):
    """A holiday or make-up working day, national or the county's own (8月30日 县庆)."""

    class Kind(models.TextChoices):
        """What the day is."""

        HOLIDAY = "holiday", "休"
        WORKDAY = "workday", "班"

    day = models.DateField("日期", primary_key=True)
    kind = models.CharField("类型", max_length=8, choices=Kind.choices)
    name = models.CharField("名称", max_length=40, blank=True)
    source = models.CharField("出处", max_length=120)

    class Meta:
        verbose_name = "工作日历"

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"
