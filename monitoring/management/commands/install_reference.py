"""Install rules and the work calendar."""

from typing import Any

from django.core.management.base import BaseCommand

from monitoring.reference import install_reference_data


class Command(BaseCommand):
    """Safe to repeat."""

    help = "装入规则和工作日历（可重复执行）。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many rules were new."""
        self.stdout.write(f"新装入规则 {install_reference_data()} 条")
