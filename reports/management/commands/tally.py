"""The tallies by hand: the same service that beat calls."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.services import tally


class Command(BaseCommand):
    """`--month 2026-10` or `--quarter 2026-Q3`."""

    help = "统计一个月或一个季度的报表负担。"

    def add_arguments(self, parser: CommandParser) -> None:
        """One of the two."""
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--month")
        group.add_argument("--quarter")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say period, revision and digest."""
        try:
            if options["month"]:
                run = tally.tally_month(options["month"])
            else:
                run = tally.tally_quarter(options["quarter"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{run.period} 第 {run.revision} 版 {run.digest[:12]}")
