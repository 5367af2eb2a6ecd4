"""People and their postings: person × unit × role, dated."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.utils.functional import cached_property

from core import audit
from core.crypto import EncryptedTextField
from organization.choices import Power, Rank
from organization.models.units import Unit
from organization.querysets import PostingQuerySet, UserQuerySet
from organization.reach import Reaches

if TYPE_CHECKING:
    from core.audit import Who


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # a base made at run time
    """Finds people by folded user name."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The person of a user name, whatever its case."""
        found: User = self.get(username=fold_username(username or ""))
        return found


def fold_username(username: str) -> str:
    """User names are compared without case and width."""
    import unicodedata

    return unicodedata.normalize("NFKC", username).strip().lower()


class User(AbstractBaseUser):
    """A person. No superuser, no groups, no last-seen time."""

    VIEW_PERMISSION = "organization.view_people"
    AUDIT_SENSITIVE = ("password", "phone")

    last_login = None
    username = models.CharField(
        "用户名", max_length=40, unique=True, error_messages={"unique": "该用户名已有人使用。"}
    )
    name = models.CharField("姓名", max_length=40)
    phone = EncryptedTextField("手机号", blank=True, default="")
    is_active = models.BooleanField("启用", default=True)
    is_demo = models.BooleanField("演示账号", default=False)
    must_change_password = models.BooleanField("须先改密", default=False)
    created_at = models.DateTimeField("建立时间")
    version = models.IntegerField(default=1)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Fold the user name."""
        self.username = fold_username(self.username)

    @cached_property
    def reaches(self) -> Reaches:
        """What the postings in force today reach; read once a request."""
        return Reaches.of(self)

    def who(self) -> Who:
        """Labels for the trail: name, posting and unit."""
        return self.reaches.who()

    def may_anywhere(self, permission: str) -> bool:
        """Whether some posting holds the permission (menus ask this)."""
        return self.reaches.holds(permission)

    @property
    def is_staff(self) -> bool:
        """Never: there is no Django admin."""
        return False


class Posting(models.Model):
    """A person in a role of a unit during a time. Its end shuts the door at the next request."""

    VIEW_PERMISSION = "organization.view_people"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="postings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="postings")
    role = models.CharField("角色", max_length=20)
    power = models.SmallIntegerField("权限类别", choices=Power.choices, default=Power.BUSINESS)
    rank = models.CharField("职级", max_length=12, choices=Rank.choices, default=Rank.CLERK)
    title = models.CharField("职务", max_length=40, blank=True)
    needs_two = models.BooleanField("须两人办理", default=True)
    villages = models.ManyToManyField(Unit, blank=True, related_name="contact_postings", verbose_name="包村")
    during = DateRangeField("任职期间")
    created_by = models.BigIntegerField("建立人", null=True)
    granted_by = models.BigIntegerField("授权人", null=True)
    version = models.IntegerField(default=1)

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = "岗位"
        constraints = [
            ExclusionConstraint(
                name="one_power_per_person_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("power", RangeOperators.NOT_EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message="系统、安全、审计管理员三者及业务岗位不能由同一人兼任。",
            ),
            models.CheckConstraint(
                condition=models.Q(needs_two=False)
                | models.Q(granted_by__isnull=True)
                | models.Q(created_by__isnull=True)
                | ~models.Q(created_by=models.F("granted_by")),
                name="two_people_for_a_posting",
                violation_error_message="建立和授权须由两人分别办理。",
            ),
        ]
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ApiToken(models.Model):
    """A bearer token, kept as a hash, shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField("用途", max_length=60, blank=True)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "接口令牌"
        triggers = [audit.tripwire()]

    def __str__(self) -> str:
        return self.name or self.hash[:8]
