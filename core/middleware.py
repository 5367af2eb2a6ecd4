"""Request id, headers, and refusals turned into pages."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from core import errors, problems

log = logging.getLogger("yitong.request")


class RequestIdMiddleware:
    """Gives each request an id that the footer, the error page and the log share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.request_id` and the header X-Request-ID."""
        number = uuid.uuid4().hex[:12]
        request.request_id = number  # type: ignore[attr-defined]  # ours, beside Django's
        response = self.get_response(request)
        response["X-Request-ID"] = number
        return response


class HeadersMiddleware:
    """No page of a signed-in person stays in a cache; the browser's device features are off."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add Cache-Control and Permissions-Policy where the view set none."""
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store")
        response.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        return response


def refusal(request: HttpRequest, refused: errors.Refused) -> HttpResponse:
    """A refusal as an answer: problem+json for the API, the page of its status otherwise."""
    if request.path.startswith("/api/"):
        return problems.response(refused)
    return errors.page(
        request, refused.status if refused.status in {400, 403, 409, 429} else 409, refused.message
    )


class RefusalMiddleware:
    """Answers Refused and a lost database from any view: problem+json for the API, a page otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; exceptions of the view arrive in `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a refusal into an answer; leave every other exception to Django."""
        if isinstance(exception, errors.Refused):
            return refusal(request, exception)
        if isinstance(exception, OperationalError | InterfaceError):
            log.error("database unavailable: %s", exception.__class__.__name__)
            return HttpResponse(
                "<!doctype html><meta charset=utf-8><title>暂时不可用</title><h1>系统暂时不可用</h1>"
                "<p>数据库正在恢复，刚才的内容未保存，请稍后重试。</p>",
                status=503,
                headers={"Retry-After": "5"},
            )
        return None
