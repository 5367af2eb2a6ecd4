"""Start an empty real system."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from core import audit, installation
from core.models import Installation
from organization.services.accounts import bootstrap_administrators
from organization.services.units import root


class Command(BaseCommand):
    """Rules, calendar, the county itself, and two one-time codes; says nothing on a system that has them."""

    help = "在空的正式系统上：装入规则和工作日历，建立系统管理员和安全管理员并各打印一个一次性口令。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to repeat: codes are printed only when the administrators are new."""
        installation.claim(Installation.Kind.REAL)
        if "install_reference" in get_commands():
            call_command("install_reference", stdout=self.stdout)
        with audit.act(audit.SYSTEM, reason="首次启用"):
            opened = bootstrap_administrators(root())
        for row in opened:
            self.stdout.write(f"{row.user.name}：用户名 {row.user.username}，一次性口令 {row.password}")
        if opened:
            self.stdout.write("口令只显示这一次。首次登录须改密，并设置动态口令或通行密钥。")
