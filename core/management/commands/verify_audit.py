"""Show that the audit trail agrees with its seals and with the heads handed out."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import trail


class Command(BaseCommand):
    """Exit 1 and the broken entries when something does not agree."""

    help = "核对操作记录与封存链头；可附送出的链头清单（csv：日期,链头）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """`--heads FILE`: the heads that were handed out."""
        parser.add_argument("--heads", type=Path)

    def handle(self, *args: Any, heads: Path | None = None, **options: Any) -> None:
        """Print the result in a sentence a line."""
        handed_out: dict[dt.date, str] = {}
        if heads:
            with heads.open(encoding="utf-8") as lines:
                handed_out = {dt.date.fromisoformat(day): head for day, head in csv.reader(lines)}
        breaks = trail.verify(handed_out)
        if not trail.triggers_enabled():
            self.stdout.write("操作记录的只增不改触发器已被停用")
        for found in breaks:
            self.stdout.write(found.message)
        if breaks or not trail.triggers_enabled():
            raise SystemExit(1)
        self.stdout.write("操作记录与封存链头一致")
