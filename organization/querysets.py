"""Which units, people and postings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from core.scope import ScopedQuerySet
from organization.choices import Level
from organization.reach import reach

if TYPE_CHECKING:
    from organization.models import Posting, Unit, User  # noqa: F401 - named in the quoted bases below


class UnitQuerySet(ScopedQuerySet["Unit"]):
    """Units; the tree itself is no secret among those signed in."""

    def for_user(self, user: Any, permission: str) -> Self:
        """The whole tree with the view permission; otherwise what the permission reaches."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if permission == "organization.view_units":
            return self
        return self.filter(reached.units("") | Q(pk__in=reached.departments | reached.offices))

    def present(self) -> Self:
        """Units not retired."""
        return self.filter(retired_on__isnull=True)

    def townships(self) -> Self:
        """Present townships and subdistricts in official order."""
        return self.present().filter(level=Level.TOWNSHIP).order_by("order_no", "pk")

    def villages(self) -> Self:
        """Present villages and communities that count."""
        return self.present().filter(level=Level.VILLAGE, counted=True).order_by("path", "pk")

    def departments(self) -> Self:
        """Present county departments in 机构序列."""
        return self.present().filter(level=Level.DEPARTMENT).order_by("order_no", "pk")

    def under(self, unit: Unit) -> Self:
        """The unit and everything below it."""
        return self.filter(path__startswith=unit.path)


class UserQuerySet(ScopedQuerySet["User"]):
    """People."""

    def for_user(self, user: Any, permission: str) -> Self:
        """People with a posting in a reached unit; account managers of the county see all."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        if reached.county:
            return self
        return self.filter(
            Q(
                postings__in=self._postings().filter(
                    reached.units("unit") | Q(unit_id__in=reached.departments | reached.offices)
                )
            )
        ).distinct()

    def _postings(self) -> PostingQuerySet:
        from organization.models import Posting

        return Posting.objects.all()


class PostingQuerySet(ScopedQuerySet["Posting"]):
    """Postings."""

    def for_user(self, user: Any, permission: str) -> Self:
        """Postings of reached units."""
        reached = reach(user, permission)
        if reached.empty:
            return self.none()
        return self.filter(reached.units("unit") | Q(unit_id__in=reached.departments | reached.offices))

    def in_force(self, on: dt.date) -> Self:
        """Granted postings that hold on a day."""
        return self.filter(during__contains=on, granted_by__isnull=False)
