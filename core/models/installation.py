"""What this database is: a demonstration or a real county."""

from django.db import models


class Installation(models.Model):
    """One row: the kind and the county's 12-digit code. A start with the other kind is refused."""

    class Kind(models.TextChoices):
        """Kinds of installation."""

        DEMO = "demo", "演示县"
        REAL = "real", "正式"

    id = models.SmallIntegerField(primary_key=True, default=1)
    kind = models.CharField("类型", max_length=8, choices=Kind.choices)
    county_code = models.CharField("县代码", max_length=12)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="one_installation",
                violation_error_message="只能有一条安装记录。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.county_code}"
