"""Marks of work done: a step is skipped while what it depends on has not changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tools.stack.places import ROOT

APPS = ("core", "organization", "duties", "meetings", "signage", "reports", "monitoring", "yitong_gov")
LOCKS = (ROOT / "requirements" / "base.txt",)


def python_files() -> list[Path]:
    """The product's code."""
    return [path for app in APPS for path in (ROOT / app).rglob("*.py")]


def migration_files() -> list[Path]:
    """The product's migrations."""
    return [path for path in python_files() if path.parent.name == "migrations"]


def static_files() -> list[Path]:
    """What collectstatic collects beside the packages' own files."""
    return [path for path in (ROOT / "static").rglob("*") if path.is_file()]


def digest(paths: Iterable[Path], *words: str) -> str:
    """Hash over names and contents."""
    total = hashlib.sha256("\n".join(words).encode())
    for path in sorted(paths):
        total.update(str(path).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


class Stamp:
    """The mark of one step."""

    def __init__(self, folder: Path, name: str, value: str) -> None:
        """`value` is the digest of what the step depends on."""
        self.path = folder / name
        self.value = value

    def fresh(self) -> bool:
        """Whether the step was done with the same value."""
        return self.path.exists() and self.path.read_text(encoding="utf-8") == self.value

    def set(self) -> None:
        """The step is done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.value, encoding="utf-8")
