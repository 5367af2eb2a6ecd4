"""Back up database and attachments into a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import backup


class Command(BaseCommand):
    """Exit 1 with a sentence when no backup was made."""

    help = "备份数据库和附件到一个空目录（或不存在的目录）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder to make."""
        parser.add_argument("folder", type=Path, metavar="目录")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Make the backup and say what it holds."""
        try:
            manifest = backup.make(folder)
        except backup.BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        rows = sum(row["rows"] for row in manifest["tables"].values())
        self.stdout.write(
            f"已备份到 {folder}：{len(manifest['tables'])} 张表 {rows} 行，{len(manifest['files']) - 1} 个附件。"
        )
