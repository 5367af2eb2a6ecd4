"""`make lock`: new locks from requirements/*.in and package.json, with hashes and without index addresses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.assets import npm
from tools.stack.places import ROOT, StackError

UV = Path(sys.executable).parent / "uv"
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]


def compile_lock(name: str, *extra: str) -> None:
    """One requirements lock. Raises StackError when it can't be resolved."""
    command = [
        str(UV),
        "pip",
        "compile",
        *OPTIONS,
        *extra,
        f"requirements/{name}.in",
        "-o",
        f"requirements/{name}.txt",
    ]
    environment = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise StackError(f"requirements/{name}.in 不能求解，锁文件没有更新。")


def main() -> int:
    """All locks in order: base first, the others are bound by it."""
    arguments = sys.argv[1:]
    try:
        for name in ("base", "local", "dev"):
            compile_lock(name, *arguments)
        npm("install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("锁文件已更新：requirements/*.txt、package-lock.json。\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
