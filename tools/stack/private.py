"""Private stacks for tests of faults and journeys: a folder, a port and processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.stack import processes, product
from tools.stack.places import ROOT, Places, StackError
from tools.stack.servers import Servers

OWN_NAMES = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_BACKUP_URL",
    "BROKER_URL",
    "DATABASE_ROLE",
    "PG_BIN",
)
TEST_NAMES = (
    "SECRET_KEY_FILE",
    "FIELD_ENCRYPTION_KEYS_FILE",
    "MEDIA_ROOT",
    "STATIC_ROOT",
    "DJANGO_SETTINGS_MODULE",
)


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_environment() -> dict[str, str]:
    """The environment without the addresses of another stack (the test run's own)."""
    return {name: value for name, value in os.environ.items() if name not in {*OWN_NAMES, *TEST_NAMES}}


@dataclass
class PrivateStack:
    """A running `make run` of its own."""

    data_dir: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Address of the web server."""
        return f"http://localhost:{self.port}"

    def output(self) -> str:
        """What the supervisor printed."""
        return self.log.read_text(encoding="utf-8")

    def wait_ready(self, seconds: float = 180) -> None:
        """Wait until the address is printed. Raises StackError with the output when the run ended before."""
        processes.wait_until(
            lambda: self.process.poll() is not None or "请打开" in self.output(),
            seconds=seconds,
            sentence=f"私有环境 {seconds:.0f} 秒内没有就绪。",
        )
        if self.process.poll() is not None:
            raise StackError(f"私有环境没有启动：\n{self.output()}")

    def stop(self, seconds: float = 20) -> float:
        """TERM; returns the seconds the stop took. Whatever is left after `seconds` is killed."""
        began = time.monotonic()
        processes.end(self.process, sign=signal.SIGTERM, seconds=seconds)
        return time.monotonic() - began


def start_private(
    data_dir: Path,
    *,
    port: int | None = None,
    demo: bool = True,
    environment: Mapping[str, str] | None = None,
) -> PrivateStack:
    """Start the whole stack over `data_dir` without waiting."""
    chosen = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "run.log"
    log.unlink(missing_ok=True)
    env = fresh_environment() | {"DATA_DIR": str(data_dir), "PORT": str(chosen), "DEMO": "1" if demo else "0"}
    argv: list[str | Path] = [sys.executable, "-m", "tools.local_stack", "run"]
    process = processes.spawn(argv, env=env | dict(environment or {}), cwd=ROOT, log=log)
    return PrivateStack(data_dir, chosen, process, log)


@contextlib.contextmanager
def private_stack(
    data_dir: Path, *, demo: bool = True, environment: Mapping[str, str] | None = None
) -> Iterator[PrivateStack]:
    """A ready stack of its own, stopped at the end."""
    stack = start_private(data_dir, demo=demo, environment=environment)
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.stop()


@contextlib.contextmanager
def private_servers(data_dir: Path, *, migrated: bool = True) -> Iterator[Servers]:
    """PostgreSQL (with fsync) and Valkey of their own, roles installed, tables made when `migrated`."""
    places = Places(data_dir)
    if not places.take_lock():
        raise StackError(f"数据目录 {data_dir} 正在使用中。")
    inherited = {name: os.environ.pop(name) for name in (*OWN_NAMES, *TEST_NAMES) if name in os.environ}
    try:
        servers = Servers(places)
        servers.environment["DEMO"] = os.environ.get("DEMO", "0")
        servers.start()
    finally:
        os.environ.update(inherited)
    try:
        if migrated:
            product.prepare("更新数据表", ["migrate", "--no-input"], servers.environment, lambda: False)
        yield servers
    finally:
        servers.stop()
        places.drop_lock()
