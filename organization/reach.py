"""How far a person's postings reach. The only place that turns a role into rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q

from core import clock
from core.audit import Who
from organization.roles import COUNTY, DEPARTMENT, DISPATCHED, OWN, SUBTREE, Role

if TYPE_CHECKING:
    from organization.models import Posting, User

EVERYTHING = ~Q(pk__in=[])
"""True of every row. Not `Q()`: an empty Q joined with `|` vanishes and would leave the other side alone."""


@dataclass(frozen=True)
class Reach:
    """The union of what the postings holding one permission reach."""

    county: bool = False
    paths: tuple[str, ...] = ()
    departments: frozenset[int] = frozenset()
    offices: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    homes: frozenset[int] = frozenset()
    """Units of the postings themselves, also where the reach is the whole county."""

    @property
    def empty(self) -> bool:
        """Whether nothing is reached."""
        return not (self.county or self.paths or self.departments or self.offices or self.own)

    def units(self, field_name: str = "unit") -> Q:
        """Rows whose unit is reached by tree or ownership (county, subtree, own). Not: dispatched, department."""
        if self.county:
            return ~Q(pk__in=[])  # everything; an empty Q would vanish where it is combined with `|`
        prefix = f"{field_name}__" if field_name else ""
        pk = f"{field_name}_id" if field_name else "pk"
        found = Q(pk__in=[])
        for path in self.paths:
            found |= Q(**{f"{prefix}path__startswith": path})
        if self.own:
            found |= Q(**{f"{pk}__in": self.own})
        return found

    def owned(self, field_name: str) -> Q:
        """Rows that belong to a reached department (or to any, for the county), or to a reached subtree's units."""
        if self.county:
            return EVERYTHING
        return self.units(field_name) | Q(**{f"{field_name}_id__in": self.departments})


@dataclass
class Reaches:
    """All postings in force of one person, read once."""

    user: User
    postings: list[Posting] = field(default_factory=list)

    @classmethod
    def of(cls, user: User) -> Reaches:
        """Postings in force today, granted, with their units."""
        if not user.is_active:
            return cls(user, [])
        rows = user.postings.in_force(clock.today()).select_related("unit").order_by("pk")
        return cls(user, list(rows))

    def roles(self) -> list[Role]:
        """The roles of the postings."""
        return [settings.ROLES[posting.role] for posting in self.postings if posting.role in settings.ROLES]

    def holds(self, permission: str) -> bool:
        """Whether some role has the permission."""
        return any(permission in role.permissions for role in self.roles())

    def over(self, permission: str) -> Reach:
        """What the permission reaches."""
        holding = [
            p
            for p in self.postings
            if p.role in settings.ROLES and permission in settings.ROLES[p.role].permissions
        ]

        def of(kind: str) -> list[Posting]:
            return [posting for posting in holding if settings.ROLES[posting.role].reach == kind]

        return Reach(
            county=bool(of(COUNTY)),
            paths=tuple(posting.unit.path for posting in of(SUBTREE)),
            departments=frozenset(posting.unit_id for posting in of(DEPARTMENT)),
            offices=frozenset(posting.unit_id for posting in of(DISPATCHED)),
            own=frozenset(posting.unit_id for posting in of(OWN)),
            homes=frozenset(posting.unit_id for posting in holding),
        )

    @property
    def main(self) -> Posting | None:
        """The posting in whose name the person acts: the first."""
        return self.postings[0] if self.postings else None

    def who(self) -> Who:
        """Labels for the trail."""
        if self.main is None:
            return Who(self.user.pk, self.user.name)
        role = settings.ROLES.get(self.main.role)
        return Who(
            self.user.pk,
            self.user.name,
            role.label if role else self.main.role,
            self.main.unit_id,
            self.main.unit.name,
        )


def reach(user: Any, permission: str) -> Reach:
    """What `permission` reaches for a signed-in person; nothing for anybody else."""
    reaches = getattr(user, "reaches", None)
    return reaches.over(permission) if reaches is not None else Reach()
