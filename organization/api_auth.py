"""Bearer tokens of the API."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from core import audit, clock
from organization import second_factor
from organization.models import ApiToken, User

PREFIX = "yt_"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(*, user: User, days: int, actor: audit.Actor, name: str = "") -> str:
    """Make a token valid for `days` (1–366) and return it; it is shown once and kept as a hash."""
    if not 1 <= days <= 366:
        raise ValueError("令牌有效期应为 1 至 366 天。")
    token = PREFIX + secrets.token_urlsafe(32)
    with audit.act(actor):
        row = ApiToken.objects.create(
            user=user,
            name=name,
            hash=_hash(token),
            created_at=clock.now(),
            expires_at=clock.now() + dt.timedelta(days=days),
        )
        audit.record("建立接口令牌", row, after={"user": user.username, "days": days})
    return token


def _valid(token: str) -> ApiToken | None:
    rows = ApiToken.objects.select_related("user").filter(hash=_hash(token), revoked_at__isnull=True)
    return rows.filter(expires_at__gt=clock.now(), user__is_active=True).first()


def _bearer(request: HttpRequest) -> str:
    header = request.headers.get("Authorization", "")
    return header[7:].strip() if header.startswith("Bearer ") else ""


def bearer_user_id(request: HttpRequest) -> int | None:
    """The person of a valid bearer token, for the idempotency key."""
    token = _bearer(request)
    row = _valid(token) if token else None
    return row.user_id if row else None


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer …`; the person must still hold a posting."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Person and token, None without the header."""
        token = _bearer(request._request)
        if not token:
            return None
        row = _valid(token)
        if row is None:
            raise exceptions.AuthenticationFailed("令牌无效或已过期。")
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        """Makes refusals 401."""
        return "Bearer"


class SignedIn(permissions.BasePermission):
    """A person with a posting that may use the API, and the second factor where the session needs it."""

    message = "您没有使用接口的权限。"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Deny by default."""
        user = request.user
        if not user.is_authenticated or not user.may_anywhere("organization.use_api"):
            return False
        return bool(request.auth) or not second_factor.missing(request._request)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the schema names the bearer token."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer."""
        return {"type": "http", "scheme": "bearer"}
