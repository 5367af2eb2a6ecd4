"""Import the county's division list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import Refused
from organization.imports import read_divisions
from organization.services.units import import_units


class Command(BaseCommand):
    """All or nothing; a second run changes nothing."""

    help = "导入县区划（csv 或 xlsx：code、name、kind、parent_code、counted）。"

    def add_arguments(self, parser: CommandParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, say what was done."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件 {path}。")
        try:
            divisions = read_divisions(path.read_bytes(), path.name)
            done = import_units(divisions.rows)
        except Refused as refused:
            raise CommandError(f"未导入：{refused.message}") from refused
        if divisions.ignored:
            self.stdout.write(f"未读取的列：{'、'.join(divisions.ignored)}")
        if done.absent:
            self.stdout.write(
                f"表中没有、系统中保留不变的单位 {len(done.absent)} 个：{'、'.join(done.absent[:20])}"
            )
        self.stdout.write("没有变化。" if done.nothing else f"新增 {done.added} 个，修改 {done.changed} 个。")
        self.stdout.write(
            f"乡镇（街道）{done.townships} 个；计入的村（社区）{done.villages} 个，在册村级单位 {done.listed} 个。"
        )
