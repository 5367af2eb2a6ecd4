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


LEVEL_WORDS = {DEPARTMENT: "部门", SUBTREE: "乡镇", DISPATCHED: "站所", OWN: "村（社区）"}


def role_words(role: Role) -> str:
    """The role with its level, unmistakable in lists of all roles: 部门经办人, 站所经办人, 村（社区）填报员."""
    return role.label if role.code == "obs" else f"{LEVEL_WORDS.get(role.reach, '')}{role.label}"
