"""Accounts: created by one person, granted by another; a township opens and stops those of its villages.

trust A1 (three administrations apart, two people for county roles), users.md decision on sign-in (villages by township).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from psycopg2.extras import DateRange

from core import audit, clock
from core.errors import Invalid, NotAllowed, Refused
from core.text import clean_line
from organization.choices import Level, Power, Rank
from organization.models import Posting, Unit, User
from organization.models.people import fold_username
from organization.roles import role_words
from organization.services.units import display_name

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
VILLAGE_ROLE = "village"
LEVELS_OF_ROLE = {
    "village": {Level.VILLAGE},
    "obs": {Level.VILLAGE},
    "station": {Level.OFFICE},
    "township": {Level.TOWNSHIP},
    "department": {Level.DEPARTMENT},
}
COUNTY_LEVELS = {Level.DEPARTMENT, Level.COUNTY}


@dataclass(frozen=True)
class Opened:
    """An account with the initial password that is shown once."""

    user: User
    unit: str
    password: str


def initial_password() -> str:
    """Sixteen characters without look-alikes (about 79 bits), in groups of four that can be read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def create_account(
    *, actor: Any, username: str, name: str, unit: Unit, role: str, title: str = "", phone: str = ""
) -> Opened:
    """Make a person with one posting that waits for its grant; until then the door stays shut.

    Raises NotAllowed without the right, Invalid for a taken name or a role that does not fit the unit.
    """
    _needs(actor, "organization.create_accounts")
    with audit.act(actor):
        user, password = _new_user(username, name, phone)
        add_posting(actor=actor, user=user, unit=unit, role=role, title=title)
    return Opened(user, display_name(unit), password)


def _new_user(username: str, name: str, phone: str = "") -> tuple[User, str]:
    folded = fold_username(username)
    if not folded or len(folded) > 40 or any(c.isspace() for c in folded):
        raise Invalid("用户名应为 1 至 40 个字符，不含空格。", field="username")
    if User.objects.filter(username=folded).exists():
        raise Invalid(f"用户名 {folded} 已有人使用。", field="username")
    user = User(
        username=folded, name=clean_line(name), phone=phone, must_change_password=True, created_at=clock.now()
    )
    if not user.name:
        raise Invalid("请填写姓名。", field="name")
    password = initial_password()
    user.set_password(password)
    audit.save(user, "建立账号")
    return user, password


def add_posting(
    *, actor: Any, user: User, unit: Unit, role: str, title: str = "", rank: str = Rank.CLERK
) -> Posting:
    """Give a person one more posting; it waits for its grant. Raises Invalid, NotAllowed."""
    _needs(actor, "organization.create_accounts")
    return _posting(actor, user, unit, role, title=title, rank=rank)


def _posting(
    actor: Any,
    user: User,
    unit: Unit,
    role: str,
    *,
    title: str = "",
    rank: str = Rank.CLERK,
    granted_by: int | None = None,
) -> Posting:
    found = settings.ROLES.get(role)
    if found is None:
        raise Invalid("没有这个角色。", field="role")
    if unit.level not in LEVELS_OF_ROLE.get(role, COUNTY_LEVELS):
        raise Invalid(
            f"“{role_words(found)}”不能设在“{unit.name}”（{unit.get_level_display()}）。", field="role"
        )
    row = Posting(
        user=user,
        unit=unit,
        role=role,
        power=found.power,
        title=title,
        rank=rank,
        needs_two=granted_by is None,
        during=DateRange(clock.today(), None),
        created_by=actor.pk,
        granted_by=granted_by,
    )
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), field="role") from error
    with audit.act(actor):
        audit.save(row, "建立岗位")
    return row


def grant(*, actor: Any, posting: Posting) -> None:
    """Grant a posting that waits. Two people: neither its creator nor its holder grants it. Raises NotAllowed, Refused."""
    _needs(actor, "organization.grant_postings")
    with audit.act(actor):
        row = Posting.objects.select_for_update().get(pk=posting.pk)
        if row.granted_by is not None:
            raise Refused("该岗位已授权。", code="granted")
        if row.user_id == actor.pk:
            raise NotAllowed("不能给自己授权，请由另一名安全管理员办理。")
        if row.needs_two and row.created_by == actor.pk:
            raise NotAllowed("建立和授权须由两人分别办理。")
        row.granted_by = actor.pk
        audit.save(row, "授予岗位")


def end_posting(*, actor: Any, posting: Posting, reason: str = "") -> None:
    """End a posting now: it holds no more at the next request. Raises NotAllowed, Refused for the last holder."""
    _needs(actor, "organization.grant_postings")
    with audit.act(actor):
        row = Posting.objects.select_for_update().get(pk=posting.pk)
        if row.user_id == actor.pk:
            raise NotAllowed("不能结束自己的岗位，请由另一名安全管理员办理。")
        _keep_an_administrator(row)
        row.during = _ended(row.during)
        audit.save(row, "结束岗位", reason=reason)


def _ended(during: Any) -> DateRange:
    """The period up to, not including, today; empty when it began today."""
    today = clock.today()
    if during.lower is not None and during.lower >= today:
        return DateRange(empty=True)
    return DateRange(during.lower, today)


def set_active(*, actor: Any, user: User, active: bool, reason: str = "") -> None:
    """Stop or reopen a whole account; a stopped one is signed out at its next request. Raises NotAllowed, Refused."""
    if not manages(actor, user):
        raise NotAllowed("您不能开停这个账号。")
    if user.pk == actor.pk:
        raise NotAllowed("不能停用自己的账号。")
    with audit.act(actor):
        row = User.objects.select_for_update().get(pk=user.pk)
        if not active:
            for posting in row.postings.in_force(clock.today()):
                _keep_an_administrator(posting)
        row.is_active = active
        audit.save(row, "启用账号" if active else "停用账号", reason=reason)


def reset_password(*, actor: Any, user: User) -> Opened:
    """A new initial password, shown once; must be changed at the next sign-in. Raises NotAllowed."""
    if not manages(actor, user):
        raise NotAllowed("您不能重置这个账号的口令。")
    password = initial_password()
    with audit.act(actor):
        row = User.objects.select_for_update().get(pk=user.pk)
        row.set_password(password)
        row.must_change_password = True
        audit.save(row, "重置口令")
    first = row.postings.select_related("unit__parent").first()
    return Opened(row, display_name(first.unit) if first else "", password)


def set_password(*, user: User, password: str, actor: audit.Actor) -> None:
    """The person's own new password; the content is not kept in the trail."""
    with audit.act(actor):
        row = User.objects.select_for_update().get(pk=user.pk)
        row.set_password(password)
        row.must_change_password = False
        audit.save(row, "修改口令")
    user.password, user.must_change_password = row.password, False


def manages(actor: Any, user: User) -> bool:
    """The system administrator manages every account; a township only those that hold nothing but postings in its villages."""
    if actor.may_anywhere("organization.create_accounts"):
        return True
    if not actor.may_anywhere("organization.manage_village_accounts"):
        return False
    held = list(user.postings.select_related("unit"))
    reached = Posting.objects.for_user(actor, "organization.manage_village_accounts").filter(user=user)
    return (
        bool(held) and reached.count() == len(held) and all(row.role in {VILLAGE_ROLE, "obs"} for row in held)
    )


def open_village_accounts(*, actor: Any, villages: Iterable[int]) -> list[Opened]:
    """Open one 填报员 account for each village without one, in one act; the rest is left alone.

    Villages outside the actor's township are not reached. Raises NotAllowed without the right.
    """
    _needs(actor, "organization.manage_village_accounts")
    reached = Unit.objects.for_user(actor, "organization.manage_village_accounts").present()
    wanted = reached.filter(pk__in=list(villages), level=Level.VILLAGE).exclude(
        postings__in=_village_postings()
    )
    opened = []
    with audit.act(actor):
        for unit in wanted.select_related("parent").order_by("order_no", "pk"):
            user, password = _new_user(_free_username(unit), f"{unit.name}填报员")
            _posting(actor, user, unit, VILLAGE_ROLE, title="填报员", granted_by=actor.pk)
            opened.append(Opened(user, display_name(unit), password))
    return opened


def _free_username(unit: Unit) -> str:
    base = f"c{(unit.code or str(unit.pk))[-9:]}"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 100))) if name not in taken)


def _village_postings() -> Any:
    return Posting.objects.in_force(clock.today()).filter(role=VILLAGE_ROLE)


def stop_village_accounts(*, actor: Any, users: Sequence[User], active: bool = False) -> int:
    """Stop (or reopen) the accounts of several villages in one act; returns how many changed."""
    changed = [user for user in users if user.is_active != active]
    with audit.act(actor):
        for user in changed:
            set_active(actor=actor, user=user, active=active)
    return len(changed)


def _keep_an_administrator(posting: Posting) -> None:
    if posting.power == Power.BUSINESS:
        return
    Posting.objects.select_for_update().filter(power=posting.power).order_by("pk").first()
    others = (
        Posting.objects.in_force(clock.today())
        .filter(power=posting.power, user__is_active=True)
        .exclude(user=posting.user_id)
    )
    if not others.exists():
        raise Refused(f"这是唯一的{posting.get_power_display()}，请先另设一名。", code="last_administrator")


def _needs(actor: Any, permission: str) -> None:
    if not actor.may_anywhere(permission):
        raise NotAllowed("您没有办理这件事的权限。")


def bootstrap_administrators(unit: Unit) -> list[Opened]:
    """The first system and security administrator of an empty system, each with a one-time code; nothing otherwise."""
    opened: list[Opened] = []
    with audit.act(audit.SYSTEM, reason="首次启用"):
        for role in ("sysadmin", "secadmin"):
            found = settings.ROLES[role]
            if Posting.objects.filter(role=role).exists():
                continue
            user, code = _new_user(role, found.label)
            row = Posting(
                user=user, unit=unit, role=role, power=found.power, needs_two=False, created_by=0, granted_by=0,
                during=DateRange(clock.today(), None),
            )  # fmt: skip
            audit.save(row, "建立岗位")
            opened.append(Opened(user, unit.name, code))
    return opened
