"""At each request: the posting still holds, the session is not over, the second factor is there."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from organization import api_auth, second_factor, sessions
from organization.signed_in import person_of

OPEN_PREFIXES = ("/static/", "/healthz", "/readyz", "/public/", "/privacy/", "/styleguide/")
"""Addresses that ask nobody who he is."""
ENTRANCE = ("/accounts/login/", "/accounts/logout/", "/accounts/reauthenticate/", "/accounts/2fa/", "/accounts/password/",
            "/accounts/second-factor/")  # fmt: skip
"""Addresses that a person without second factor or with an initial password may still reach."""


class PostingMiddleware:
    """Shuts the door of an ended posting, of a session that is over, and of a role that still lacks its second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through, or send to sign-in, enrolment or the page without postings."""
        if request.path.startswith(OPEN_PREFIXES):
            return self.get_response(request)
        request.bearer_user_id = api_auth.bearer_user_id(request)  # type: ignore[attr-defined]  # ours, beside Django's
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if sessions.over(request, user):
            logout(request)
            return redirect(f"{reverse('account_login')}?idle=1")
        return self._door(request) or self.get_response(request)

    @staticmethod
    def _door(request: HttpRequest) -> HttpResponse | None:
        """What stands before the page, None when nothing does."""
        user = person_of(request)
        if request.path == reverse("account_logout"):
            return None
        if user.reaches.main is None:
            return render(request, "organization/no_posting.html", status=403)
        if request.path.startswith(ENTRANCE):
            return None
        if user.must_change_password:
            return redirect("account_change_password")
        if not request.path.startswith("/api/") and second_factor.missing(request):
            return redirect("second_factor")
        if sessions.asks_again(request, user):
            return redirect(
                f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
            )
        return None
