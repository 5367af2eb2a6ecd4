"""At each request: the posting still holds, the session is not idle, the second factor is there."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from organization import api_auth, second_factor

OPEN_PREFIXES = ("/accounts/", "/static/", "/healthz", "/readyz", "/public/", "/privacy/", "/api/", "/styleguide/")
STAMP_EVERY = 300


class PostingMiddleware:
    """Shuts the door of an ended posting, an idle session, and of a role that still lacks its second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through, or send to sign-in, enrolment or the page without postings."""
        request.bearer_user_id = api_auth.bearer_user_id(request)  # type: ignore[attr-defined]
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if self._idle(request):
            logout(request)
            return redirect(f"{reverse('account_login')}?idle=1")
        if request.path.startswith(OPEN_PREFIXES):
            return self.get_response(request)
        if user.reaches.main is None:
            return render(request, "organization/no_posting.html", status=403)
        if user.must_change_password:
            return redirect("account_change_password")
        if second_factor.missing(request):
            return redirect("second_factor")
        return self.get_response(request)

    @staticmethod
    def _idle(request: HttpRequest) -> bool:
        remembered = request.session.get("remembered")
        now = int(time.time())
        seen = request.session.get("seen", now)
        minutes = min((role.idle_minutes for role in request.user.reaches.roles()), default=30)
        if not remembered and now - seen > minutes * 60:
            return True
        if now - seen > STAMP_EVERY or "seen" not in request.session:
            request.session["seen"] = now
        return False

