"""Accounts from a sheet: checked row by row, then made all or none."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.sheets.check import SheetSpec
from core.sheets.columns import Column
from core.sheets.lookups import Entry, Lookup
from organization.models import Unit, UnitAlias
from organization.roles import role_words
from organization.services.accounts import Opened, create_account


def spec() -> SheetSpec:
    """用户名 姓名 单位 (乡镇, 代码) 角色 职务 手机."""
    return SheetSpec(
        kind="organization.accounts",
        sheet_title="账号",
        columns=(
            Column("用户名", "username", required=True, max_length=40),
            Column("姓名", "name", required=True, max_length=40),
            Column("乡镇", "township", note="村（社区）和站所填所在乡镇（街道）"),
            Column(
                "单位", "unit", kind="ref", required=True, lookup="units", parent="township", code_in="code"
            ),
            Column("代码", "code", kind="code", length=12, note="12 位代码，有代码的以代码为准"),
            Column(
                "角色",
                "role",
                kind="choice",
                required=True,
                choices={role_words(role): role.code for role in settings.ROLES.values()},
            ),
            Column("职务", "title", max_length=40),
            Column("手机", "phone", max_length=20),
        ),
        key=("username",),
    )


def lookups(actor: Any) -> dict[str, Lookup]:
    """Units that the actor may see, by code, name, or township and name."""
    units = Unit.objects.for_user(actor, "organization.view_units").present().select_related("parent")
    entries = [
        Entry(
            unit.pk,
            unit.code or "",
            unit.name,
            unit.parent.name if unit.parent and unit.parent.level == "township" else "",
        )
        for unit in units
    ]
    aliases = dict(UnitAlias.objects.filter(unit__in=units).values_list("name", "unit__name"))
    return {"units": Lookup(entries, noun="单位", aliases=aliases)}


def apply(rows: list[dict[str, Any]], *, actor: Any) -> list[Opened]:
    """Make all accounts of the checked rows inside the open act. Raises Invalid naming the row's fault."""
    units = Unit.objects.in_bulk([row["unit"] for row in rows])
    return [
        create_account(
            actor=actor,
            username=row["username"],
            name=row["name"],
            unit=units[row["unit"]],
            role=row["role"],
            title=row.get("title") or "",
            phone=row.get("phone") or "",
        )
        for row in rows
    ]
