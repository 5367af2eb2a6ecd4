"""A double click, a retry or a replayed request has one effect: key and answer are stored with the effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from core import clock
from core.errors import KeyReused
from core.middleware import refusal
from core.models import Idempotency

LONGEST_ANSWER = 65_536
FORM_FIELD = "_key"


def key_of(request: HttpRequest) -> str:
    """The key of a writing request: header `Idempotency-Key`, or the hidden field of a page's form."""
    header = request.headers.get("Idempotency-Key", "")
    if header or not (request.content_type or "").startswith(("application/x-www-form", "multipart/form")):
        return header[:64]
    return str(request.POST.get(FORM_FIELD, ""))[:64]


def body_hash(request: HttpRequest) -> str:
    """Digest of method, path and body; uploaded files count by name and size."""
    if request.content_type == "multipart/form-data":
        fields = {k: v for k, v in sorted(request.POST.lists()) if k != "csrfmiddlewaretoken"}
        files = {k: [(f.name, f.size) for f in request.FILES.getlist(k)] for k in sorted(request.FILES)}
        body = json.dumps([fields, files], ensure_ascii=False).encode()
    elif (request.content_type or "").startswith("application/x-www-form"):
        fields = {k: v for k, v in sorted(request.POST.lists()) if k != "csrfmiddlewaretoken"}
        body = json.dumps(fields, ensure_ascii=False).encode()
    else:
        body = request.body
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()


class IdempotencyMiddleware:
    """Wraps a keyed POST, PUT, PATCH or DELETE of a signed-in actor in one transaction with its stored answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a known key from its row; otherwise run the view and store its answer with its effect."""
        if request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}:
            return self.get_response(request)
        actor_id = self._actor_id(request)
        key = key_of(request) if actor_id else ""
        return self._once(request, actor_id, key) if key and actor_id else self.get_response(request)

    @staticmethod
    def _actor_id(request: HttpRequest) -> int | None:
        if request.user.is_authenticated:
            return int(request.user.pk)
        return getattr(request, "bearer_user_id", None)

    def _once(self, request: HttpRequest, actor_id: int, key: str) -> HttpResponse:
        digest = body_hash(request)
        with transaction.atomic():
            row = Idempotency(actor_id=actor_id, key=key, body_hash=digest, answer=None, at=clock.now())
            Idempotency.objects.bulk_create([row], ignore_conflicts=True)
            stored = Idempotency.objects.select_for_update().get(actor_id=actor_id, key=key)
            if stored.body_hash != digest:
                return refusal(request, KeyReused())
            if stored.answer is not None:
                return replay(stored.answer)
            response = self.get_response(request)
            if response.status_code >= 400 or getattr(response, "streaming", False):
                transaction.set_rollback(True)
                return response
            stored.answer = keep(response)
            stored.save(update_fields=["answer"])
            return response


def keep(response: HttpResponse) -> dict[str, Any]:
    """The part of an answer that a replay needs."""
    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
        response.render()
    content = response.content if len(response.content) <= LONGEST_ANSWER else b""
    return {
        "status": response.status_code,
        "location": response.get("Location", ""),
        "type": response.get("Content-Type", ""),
        "body": content.decode("utf-8", "replace"),
    }


def replay(answer: dict[str, Any]) -> HttpResponse:
    """The first answer again."""
    response = HttpResponse(answer["body"], status=answer["status"], content_type=answer["type"])
    if answer["location"]:
        response["Location"] = answer["location"]
    response["Idempotency-Replayed"] = "true"
    return response
