"""Restore a backup into an empty system."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import restoring
from core.backup import BackupRefused


class Command(BaseCommand):
    """Exit 1 with a sentence when the backup is broken or this system is not empty."""

    help = "把备份恢复到空系统：先核对全部摘要，有一处不符就拒绝，什么也不写。"
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder that `backup` made."""
        parser.add_argument("folder", type=Path, metavar="目录")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Restore and say what was compared."""
        try:
            manifest = restoring.restore(folder)
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        rows = sum(row["rows"] for row in manifest["tables"].values())
        self.stdout.write(
            f"已恢复 {manifest['made_at']} 的备份：{len(manifest['tables'])} 张表 {rows} 行，{len(manifest['files']) - 1} 个附件，逐表核对一致。"
        )
