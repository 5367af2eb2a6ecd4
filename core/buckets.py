"""Limits of speed in PostgreSQL: token buckets and failure counts that survive a flushed cache."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from core import clock
from core.errors import TooMany
from core.models import Bucket

_TAKE = """
INSERT INTO core_bucket (key, tokens, at) VALUES (%(key)s, %(size)s - 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
  tokens = LEAST(%(size)s, core_bucket.tokens + EXTRACT(EPOCH FROM (%(now)s - core_bucket.at)) * %(rate)s) - 1,
  at = %(now)s
WHERE LEAST(%(size)s, core_bucket.tokens + EXTRACT(EPOCH FROM (%(now)s - core_bucket.at)) * %(rate)s) >= 1
RETURNING tokens
"""


def spend(key: str, *, size: float, per_seconds: float) -> None:
    """Take one of `size` tokens that refill within `per_seconds`; raises TooMany when none is left. Atomic."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE, {"key": key[:120], "size": size, "rate": size / per_seconds, "now": clock.now()}
        )
        if cursor.fetchone() is None:
            raise TooMany("操作过于频繁，请稍后再试。")


_FAIL = """
INSERT INTO core_bucket (key, tokens, at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
  tokens = CASE WHEN core_bucket.at < %(since)s THEN 1 ELSE core_bucket.tokens + 1 END, at = %(now)s
"""


def fail(key: str, *, within: dt.timedelta) -> None:
    """Count one failure; the count starts anew after `within` without one."""
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, {"key": key[:120], "now": clock.now(), "since": clock.now() - within})


def failures(key: str, *, within: dt.timedelta) -> int:
    """Failures counted within the window."""
    row = Bucket.objects.filter(pk=key[:120], at__gte=clock.now() - within).first()
    return int(row.tokens) if row else 0


def forget(key: str) -> None:
    """Clear a count after success."""
    Bucket.objects.filter(pk=key[:120]).delete()
