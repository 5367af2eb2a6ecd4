"""The door of a page: signed in, and holding a permission somewhere."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.generic import View

from organization.models import User
from organization.signed_in import person_of


class Guarded(View):
    """Signed in, and holding one of the permissions in some posting; rows are scoped further down."""

    permissions: tuple[str, ...] = ()
    refusal: type[Exception] = PermissionDenied

    @property
    def person(self) -> User:
        """The signed-in person."""
        return person_of(self.request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign-in page, refusal, or the view."""
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not any(user.may_anywhere(permission) for permission in self.permissions):
            raise self.refusal
        return super().dispatch(request, *args, **kwargs)


class Hidden(Guarded):
    """A page whose existence is not told to others: 404 instead of 403."""

    refusal = Http404
