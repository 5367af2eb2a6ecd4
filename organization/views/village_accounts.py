"""A township opens and stops the accounts of its villages from one list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core.errors import Refused
from organization.choices import Level
from organization.models import Posting, Unit, User
from organization.services import accounts
from organization.views.access import Hidden
from organization.views.accounts import initial_passwords, state_of

MANAGE = "organization.manage_village_accounts"


class VillageAccounts(Hidden):
    """Each village with its 填报员 accounts."""

    permissions = (MANAGE,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        return village_list(request)


def village_list(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    """Villages in official order, those without an account first to see."""
    villages = (
        Unit.objects.for_user(request.user, MANAGE)
        .present()
        .filter(level=Level.VILLAGE)
        .order_by("order_no", "pk")
    )
    held: dict[int, list[dict[str, Any]]] = {}
    for row in (
        Posting.objects.for_user(request.user, MANAGE)
        .filter(role="village", unit__in=villages)
        .select_related("user")
    ):
        held.setdefault(row.unit_id, []).append({"posting": row, "state": state_of(row)})
    rows = [{"unit": unit, "accounts": held.get(unit.pk, [])} for unit in villages]
    missing = [row["unit"] for row in rows if not row["accounts"]]
    context = {"rows": rows, "missing": len(missing), "refused": [("", refused.message)] if refused else []}
    return render(
        request, "organization/village_accounts.html", context, status=refused.status if refused else 200
    )


class VillageAccountStep(Hidden):
    """开通, 停用, 启用 for the ticked villages, or all; 重置口令 for one."""

    permissions = (MANAGE,)

    def post(self, request: HttpRequest, step: str) -> HttpResponse:
        """Take the step; initial passwords are shown once."""
        actor: Any = request.user
        try:
            if step == "open":
                opened = accounts.open_village_accounts(actor=actor, villages=self._villages())
                if opened:
                    return initial_passwords(
                        request, opened, f"已开通 {len(opened)} 个账号", reverse("village_accounts")
                    )
                messages.info(request, "所选村（社区）都已有账号，没有新开。")
            elif step == "reset":
                opened = [accounts.reset_password(actor=actor, user=user) for user in self._users()[:1]]
                return initial_passwords(request, opened, "口令已重置", reverse("village_accounts"))
            else:
                done = accounts.stop_village_accounts(
                    actor=actor, users=self._users(), active=step == "start"
                )
                messages.success(request, f"已{'启用' if step == 'start' else '停用'} {done} 个账号。")
        except Refused as refused:
            return village_list(request, refused)
        return redirect("village_accounts")

    def _villages(self) -> list[int]:
        picked = [int(pk) for pk in self.request.POST.getlist("pk") if pk.isdigit()]
        if picked:
            return picked
        return list(
            Unit.objects.for_user(self.request.user, MANAGE)
            .filter(level=Level.VILLAGE)
            .values_list("pk", flat=True)
        )

    def _users(self) -> list[User]:
        picked = [int(pk) for pk in self.request.POST.getlist("user") if pk.isdigit()]
        reached = Posting.objects.for_user(self.request.user, MANAGE).filter(user__in=picked, role="village")
        return list(User.objects.filter(pk__in=reached.values("user_id")))
