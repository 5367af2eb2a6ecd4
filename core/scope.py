"""Scope is decided once: `Model.objects.for_user(user, permission)`. Everything else asks it."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Row]):
    """Base of every queryset whose rows people may see; each model says which rows a permission reaches."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Rows that `user` may reach with `permission`; none when the permission is not held anywhere."""
        raise NotImplementedError


def permitted(model: Any, user: Any, permission: str, **lookup: Any) -> Any:
    """The one row inside scope; Http404 for absent and forbidden alike."""
    from django.shortcuts import get_object_or_404

    return get_object_or_404(model.objects.for_user(user, permission), **lookup)
