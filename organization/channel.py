"""The one channel out: a signed JSON POST to the county's SMS or 政务微信 gateway. Nothing configured: in-app only."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from django.conf import settings

from organization.models import User

log = logging.getLogger("yitong.channel")
TIMEOUT_SECONDS = 5


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """A gateway that redirects is not followed."""


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def signature(body: bytes) -> str:
    """HMAC-SHA256 of the body under CHANNEL_SECRET."""
    return hmac.new(settings.CHANNEL_SECRET.encode(), body, hashlib.sha256).hexdigest()


def send(user: User, texts: Sequence[str]) -> bool:
    """One message to one person; True when it may count as sent. Carries titles and deadlines, never content."""
    if not settings.CHANNEL_URL:
        return True
    body = json.dumps(
        {"to": user.username, "phone": user.phone, "texts": list(texts)}, ensure_ascii=False
    ).encode()
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked when the settings are read
        settings.CHANNEL_URL,
        data=body,
        headers={"Content-Type": "application/json", "X-Signature": signature(body)},
        method="POST",
    )
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return bool(200 <= response.status < 300)
    except (urllib.error.URLError, HTTPException, OSError) as error:
        log.warning("channel refused: %s", error.__class__.__name__)
        return False
