"""Demonstration doors: exist only with DEMO=1, on loopback."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from organization.models import User
from organization.models.people import fold_username

LOOPBACK = {"127.0.0.1", "::1"}
DEMO_PASSWORD = "demo"  # noqa: S105 - printed on the sign-in page of the demonstration


class DemoBackend(BaseBackend):
    """Signs in demonstration accounts without a second factor."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """A demonstration account from loopback; None for everybody else."""
        if (
            not settings.DEMO
            or request is None
            or request.META.get("REMOTE_ADDR", "127.0.0.1") not in LOOPBACK
        ):
            return None
        if password != DEMO_PASSWORD or not username:
            return None
        found: User | None = User.objects.filter(
            username=fold_username(username), is_demo=True, is_active=True
        ).first()
        return found

    def get_user(self, user_id: int) -> User | None:
        """An active demonstration account."""
        found: User | None = User.objects.filter(pk=user_id, is_active=True).first()
        return found


DOORS = (
    ("县级", ("cpo", "cgo", "sup", "dgb", "eso", "swd", "org", "dis", "tongji", "ldr")),
    ("部门", ("minzheng", "nongye", "yingji", "weijian", "shili1")),
    ("乡镇（街道）", ("twn1", "twn2", "sta1")),
    ("村（社区）", ("vil1", "vil2", "vil3", "obs")),
    ("三员", ("sysadmin", "secadmin", "auditor")),
)
