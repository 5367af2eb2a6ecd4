"""Jobs, once-only answers, limits of speed and frozen baselines."""

from django.db import models


class Job(models.Model):
    """Truth about a piece of background work; the broker only nudges."""

    class State(models.TextChoices):
        """A job waits, runs under a lease, is done or failed."""

        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    kind = models.CharField("类型", max_length=60)
    key = models.CharField("键", max_length=120, unique=True)
    args = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    done = models.IntegerField("已完成", default=0)
    total = models.IntegerField("总数", default=0)
    result = models.JSONField("结果", default=dict)
    attempts = models.SmallIntegerField("次数", default=0)
    leased_until = models.DateTimeField("租约至", null=True)
    worker = models.CharField("执行进程", max_length=120, blank=True)
    error = models.TextField("错误", blank=True)
    created_at = models.DateTimeField("建立")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "leased_until"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="job_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.state}"


class Idempotency(models.Model):
    """The answer to one key of one actor, stored in the transaction of its effect."""

    actor_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_id", "key"], name="one_answer_per_key")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.key}"


class Bucket(models.Model):
    """A token bucket or a count of failures; survives the loss of the broker and the cache."""

    key = models.CharField(max_length=120, primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} {self.tokens:.1f}"


class Baseline(models.Model):
    """A figure frozen on a day (底数, 锁定底数): its definition, numerator, denominator and the digest of its rows."""

    figure = models.CharField("指标", max_length=80)
    scope = models.CharField("范围", max_length=80)
    frozen_on = models.DateField("锁定日")
    definition = models.TextField("统计口径")
    numerator = models.DecimalField("分子", max_digits=20, decimal_places=4)
    denominator = models.DecimalField("分母", max_digits=20, decimal_places=4, null=True)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["figure", "scope", "frozen_on"], name="baseline_frozen_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.scope} {self.frozen_on}"
