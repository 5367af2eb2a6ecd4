"""Health pages: /healthz (the process lives) and /readyz (what it needs answers, each with its age in seconds)."""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import clock
from core.models import Job

OLDEST_SECONDS = 60.0


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return {"ok": False, "age": None}
    return {"ok": True, "age": 0}


def _broker() -> dict[str, Any]:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    try:
        redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1).ping()
    except (redis.RedisError, OSError):
        return {"ok": False, "age": None}
    return {"ok": True, "age": 0}


def _heartbeat(name: str) -> dict[str, Any]:
    try:
        seen = Job.objects.filter(key=f"heartbeat:{name}").values_list("finished_at", flat=True).first()
    except DatabaseError:
        seen = None
    if seen is None:
        return {"ok": False, "age": None}
    age = round((clock.now() - seen).total_seconds(), 1)
    return {"ok": age <= OLDEST_SECONDS, "age": age}


def readyz(request: HttpRequest) -> JsonResponse:
    """JSON of database, broker, worker and beat; 503 when one is down."""
    parts = {
        "database": _database(),
        "broker": _broker(),
        "worker": _heartbeat("worker"),
        "beat": _heartbeat("beat"),
    }
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)
