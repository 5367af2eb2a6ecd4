"""What a role is. Light on purpose: settings import it before any app is loaded."""

from __future__ import annotations

from dataclasses import dataclass

COUNTY, DEPARTMENT, SUBTREE, DISPATCHED, OWN = "county", "department", "subtree", "dispatched", "own"


@dataclass(frozen=True)
class Role:
    """A role: its label, level, how far it reaches, what it may, and what its sign-in needs."""

    code: str
    label: str
    reach: str
    permissions: frozenset[str]
    power: int = 0
    second_factor: bool = True
    two_people: bool = True
    idle_minutes: int = 30
