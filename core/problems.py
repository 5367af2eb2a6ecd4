"""Errors of the API as application/problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import Invalid, Refused, RuleRefused, Stale

TITLES = {
    400: "请求内容有误",
    401: "未登录",
    403: "没有权限",
    404: "未找到",
    405: "不支持此操作",
    406: "不支持此格式",
    409: "状态已变化",
    413: "内容过大",
    415: "不支持此内容类型",
    422: "不符合规定",
    429: "请求过于频繁",
    503: "暂时不可用",
}


def body_of(refused: Refused) -> dict[str, Any]:
    """The problem of a refusal: type, title, status, detail, code, errors, and the rule where one decided."""
    body: dict[str, Any] = {
        "type": f"/problems/{refused.code}",
        "title": TITLES.get(refused.status, "未能办理"),
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
        "errors": [],
    }
    if isinstance(refused, Invalid):
        body["errors"] = [
            {"field": name, "message": text, "code": "invalid"} for name, text in refused.errors.items()
        ]
    if isinstance(refused, Stale):
        body["current"] = refused.current
    if isinstance(refused, RuleRefused):
        first = refused.findings[0]
        body["rule"] = {
            "code": first.rule,
            "text": first.text,
            "source": first.source,
            "strength": first.strength,
        }
        body["errors"] = [
            {"field": f"reasons.{f.rule}", "message": f.message, "code": f.strength} for f in refused.findings
        ]
        body["doors"] = [door.label for door in first.doors]
    return body


def response(refused: Refused) -> JsonResponse:
    """A refusal as an HTTP answer."""
    return JsonResponse(
        body_of(refused),
        status=refused.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            row
            for key, value in detail.items()
            for row in _flatten(value, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(detail, list):
        nested = [
            row
            for i, value in enumerate(detail)
            if isinstance(value, dict | list)
            for row in _flatten(value, f"{path}.{i}")
        ]
        return nested + [
            {"field": path, "message": str(value), "code": getattr(value, "code", "invalid")}
            for value in detail
            if not isinstance(value, dict | list)
        ]
    return [{"field": path, "message": str(detail), "code": getattr(detail, "code", "invalid")}]


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every answer outside 2xx is a problem with a Chinese sentence."""
    if isinstance(error, Refused):
        set_rollback()
        return Response(body_of(error), status=error.status, content_type="application/problem+json")
    if isinstance(error, Http404):
        error = exceptions.NotFound("未找到，或不在您的管理范围内。")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied("您没有办理此事项的权限。")
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    rows = _flatten(error.detail)
    code = error.get_codes() if isinstance(error.get_codes(), str) else "invalid"
    body = {
        "type": f"/problems/{code}",
        "title": TITLES.get(error.status_code, "未能办理"),
        "status": error.status_code,
        "detail": rows[0]["message"] if rows else TITLES.get(error.status_code, "未能办理"),
        "code": code,
        "errors": rows if isinstance(error, exceptions.ValidationError) else [],
    }
    answer = Response(body, status=error.status_code, content_type="application/problem+json")
    challenge = getattr(error, "auth_header", None)
    if challenge:
        answer["WWW-Authenticate"] = challenge
    return answer
