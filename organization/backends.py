"""Sign-in by password with lock-out in the database, and permission with an object."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest

from core import buckets
from core.errors import TooMany
from organization.models import User
from organization.models.people import fold_username

MOST_FAILURES = 5
LOCKED_FOR = dt.timedelta(minutes=15)


def _source(request: HttpRequest | None) -> str:
    return request.META.get("REMOTE_ADDR", "") if request else ""


def refuse_if_locked(username: str, source: str) -> None:
    """Raise TooMany while the account or the source has five failures within fifteen minutes (等保 8.1.4.1 b)."""
    keys = [f"login:{fold_username(username)}", f"login-from:{source}"]
    limits = [MOST_FAILURES, MOST_FAILURES * 6]
    if any(buckets.failures(key, within=LOCKED_FOR) >= most for key, most in zip(keys, limits, strict=True)):
        raise TooMany("口令错误次数过多，请 15 分钟后再试。")


class PasswordBackend(BaseBackend):
    """User name and Argon2 password; the same work for unknown names."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The person, or None; counts failures per account and per source."""
        if not username or not password:
            return None
        source = _source(request)
        refuse_if_locked(username, source)
        user: User | None = User.objects.filter(username=fold_username(username)).first()
        if user is None:
            User().set_password(password)
        elif not user.is_demo and check_password(password, user.password) and user.is_active:
            buckets.forget(f"login:{user.username}")
            return user
        buckets.fail(f"login:{fold_username(username)}", within=LOCKED_FOR)
        buckets.fail(f"login-from:{source}", within=LOCKED_FOR)
        return None

    def get_user(self, user_id: int) -> User | None:
        """An active person of a session; a stopped account is signed out at the next request."""
        found: User | None = User.objects.filter(pk=user_id, is_active=True).first()
        return found


class ScopeBackend(BaseBackend):
    """`has_perm` asks `for_user`; without an object it raises, since only menus ask "anywhere"."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the row is within the person's scope for the permission."""
        if obj is None:
            raise TypeError("has_perm needs an object; menus ask may_anywhere")
        return bool(type(obj).objects.for_user(user_obj, perm).filter(pk=obj.pk).exists())

    def get_user(self, user_id: int) -> User | None:
        """Not a sign-in backend."""
        return None
