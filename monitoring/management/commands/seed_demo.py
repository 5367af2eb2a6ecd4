"""The demonstration county."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitoring.demo.seed import seed


class Command(BaseCommand):
    """Idempotent; refused where real data exists."""

    help = "建立演示县（仅 DEMO=1；已建立则不动）。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was built."""
        if not settings.DEMO:
            raise CommandError("只有演示安装（DEMO=1）才能建立演示县。")
        self.stdout.write("演示县已建立" if seed(self.stdout.write) else "演示县已在，未改动")
