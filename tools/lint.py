"""`make lint`: formatter, linter, types, layers, migrations, templates. All are run; the first failure decides the code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tools.stack.places import ROOT

BIN = Path(sys.executable).parent
PRODUCT = ("core", "organization", "duties", "meetings", "signage", "reports", "monitoring", "yitong_gov")
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("格式", ("ruff", "format", "--check", "--quiet", ".")),
    ("代码", ("ruff", "check", "--quiet", ".")),
    ("类型", ("mypy", *PRODUCT, "tools")),
    ("层次", ("lint-imports",)),
    ("迁移", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
    ("模板", ("djlint", "templates", "--lint", "--quiet")),
)


def main() -> int:
    """Run every check, say each result in a line."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tools.lint_settings"}
    failed = []
    for label, (program, *arguments) in CHECKS:
        began = time.monotonic()
        result = subprocess.run([str(BIN / program), *arguments], cwd=ROOT, env=environment, check=False)
        good = result.returncode == 0
        sys.stdout.write(f"{'通过' if good else '没有通过'}  {label}（{time.monotonic() - began:.0f} 秒）\n")
        sys.stdout.flush()
        if not good:
            failed.append(label)
    if failed:
        sys.stderr.write(f"没有通过：{'、'.join(failed)}。\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
