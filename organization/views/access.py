"""Who may open a page of this app."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest


class Needs(LoginRequiredMixin):
    """404 for those who hold none of the permissions anywhere."""

    permission = ""
    more_permissions: tuple[str, ...] = ()
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Deny by default."""
        user = request.user
        if user.is_authenticated and not any(
            user.may_anywhere(name) for name in (self.permission, *self.more_permissions)
        ):
            raise Http404
        return super().dispatch(request, *args, **kwargs)
