"""What a service may answer instead of doing it. Pages, API and sheets show the same sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.limits import Finding


class Refused(Exception):
    """Base of all refusals: a Chinese sentence, a code and the HTTP status."""

    status = 409
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code:
            self.code = code


class NotAllowed(Refused):
    """The row is visible, the act is not the actor's (403)."""

    status = 403
    code = "not_allowed"


class WrongState(Refused):
    """The step does not start from the row's state (409)."""

    code = "wrong_state"


class Stale(Refused):
    """The row changed since it was read (409); `current` holds the present values by field."""

    code = "stale"

    def __init__(
        self, message: str = "内容已被他人修改，请核对后再保存。", *, current: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.current = current or {}


class Busy(Refused):
    """Another transaction holds the row (409)."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("正在被他人处理，请稍后再试。")


class KeyReused(Refused):
    """An idempotency key came back with another body (409)."""

    code = "key_reused"

    def __init__(self) -> None:
        super().__init__("同一提交编号的内容不同，未作任何改动，请刷新页面后重试。")


class Invalid(Refused):
    """Input that is well formed but not acceptable (400); `errors` by field."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, errors: dict[str, str] | None = None, field: str = "") -> None:
        super().__init__(message, field=field)
        self.errors = errors or ({field: message} if field else {})


class RuleRefused(Refused):
    """A hard rule applies, or a soft one lacks its reason (422); `findings` decided it."""

    status = 422
    code = "rule"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        first = self.findings[0]
        super().__init__(first.message, code=first.rule)


class TooMany(Refused):
    """Too many attempts (429)."""

    status = 429
    code = "too_many"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Page for a missing or stale CSRF token."""
    return render(
        request,
        "errors/403.html",
        {"detail": "页面已过期，请返回上一页刷新后重试；未作任何改动。"},
        status=403,
    )


def page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """Render the error page of `status`."""
    return render(request, f"errors/{status}.html", {"detail": detail}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler 400."""
    return page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler 403."""
    return page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handler 404: the same answer for absent and forbidden."""
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Handler 500."""
    return render(request, "errors/500.html", status=500)
