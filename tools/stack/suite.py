"""`make test`, `make test-long` and `make bench`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tools.stack import product
from tools.stack.places import ROOT, Places, StackError
from tools.stack.servers import Servers

UNIT_OPTIONS = [
    "-n",
    "2",
    "--dist",
    "loadscope",
    "--durations=10",
    "--cov",
    "--cov-branch",
    "--cov-report=term:skip-covered",
]


@dataclass(frozen=True)
class Phase:
    """A part of the suite with its own pytest run."""

    label: str
    folder: str
    options: tuple[str, ...]

    def has_tests(self) -> bool:
        """Whether the folder holds any test yet."""
        return any((ROOT / self.folder).rglob("test_*.py"))

    def run(self) -> int:
        """Exit code of pytest; the phase's time is printed."""
        began = time.monotonic()
        sys.stdout.write(f"\n== {self.label} ==\n")
        sys.stdout.flush()
        code = pytest([self.folder, *self.options])
        sys.stdout.write(
            f"== {self.label}：{time.monotonic() - began:.0f} 秒，{'通过' if code == 0 else '没有通过'} ==\n"
        )
        return code


UNITS = Phase(
    "单元与契约",
    "tests",
    ("--ignore=tests/e2e", "--ignore=tests/faults", "-m", "(not fault or short) and not e2e", *UNIT_OPTIONS),
)
JOURNEYS = Phase("浏览器流程", "tests/e2e", ("-m", "not long", "--durations=5"))
SHORT_FAULTS = Phase("故障（短）", "tests/faults", ("-m", "short", "--durations=5"))
LONG = (
    Phase("全部故障", "tests/faults", ("--durations=10",)),
    Phase("环境故障", "tests/stack", ("-m", "fault or long", "--durations=10")),
    Phase("长流程", "tests/e2e", ("-m", "long", "--durations=5")),
)


def pytest(arguments: list[str]) -> int:
    """Run pytest in a process of its own, on servers of its own."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def need_chromium() -> None:
    """Raise StackError with the line that installs it when no chromium is at hand; tests are never skipped for it."""
    if shutil.which(os.environ.get("CHROMIUM", "chromium")) is None:
        raise StackError(
            "缺少 chromium，浏览器测试不能进行。请运行：sudo apt-get install -y chromium fonts-noto-cjk"
        )


def test(arguments: list[str]) -> int:
    """The suite (or, with pytest's arguments, just what they name). `--long` runs what is too long for each change."""
    need_chromium()
    if arguments and arguments != ["--long"]:
        return pytest(arguments)
    phases = LONG if arguments else (UNITS, JOURNEYS, SHORT_FAULTS)
    codes = [phase.run() for phase in phases if phase.has_tests()]
    if not codes:
        raise StackError("没有找到任何测试。")
    return max(codes)


def bench(arguments: list[str]) -> int:
    """Run the files of benchmarks/ (or those named) one by one on servers of their own, with fsync on."""
    files = [Path(name) for name in arguments] or sorted((ROOT / "benchmarks").glob("[!_]*.py"))
    if not files:
        raise StackError("benchmarks/ 里没有可运行的文件。")
    places = Places(Path(os.environ.get("DATA_DIR") or "var/bench"))
    if not places.take_lock():
        raise StackError(f"数据目录 {places.data_dir} 正在使用中。")
    servers = Servers(places, for_tests=True)
    servers.start()
    environment = servers.environment | {"DEMO": "1"}
    try:
        product.prepare("更新数据表", ["migrate", "--no-input"], environment, lambda: False)
        codes = [
            subprocess.run([sys.executable, str(file)], env=environment, cwd=ROOT, check=False).returncode
            for file in files
        ]
    finally:
        servers.stop()
        places.drop_lock()
    return max(codes)
