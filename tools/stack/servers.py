"""The pair of embedded servers and the environment that the product needs to reach them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

from tools.stack import processes
from tools.stack.places import ROOT, Places
from tools.stack.postgres import Postgres, clean_environment
from tools.stack.secret_files import secret_file
from tools.stack.valkey import Valkey


def product_environment(places: Places, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    """Environment of the product's processes; what the user set himself wins, except the servers' addresses."""
    own = clean_environment()
    defaults = {
        "EMBEDDED": "1",
        "MEDIA_ROOT": str(places.data_dir / "media"),
        "STATIC_ROOT": str(places.data_dir / "static"),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS"):
        if name not in own:
            defaults[f"{name}_FILE"] = secret_file(places, name.lower())
    addresses = {
        "DATABASE_URL": postgres.url("app"),
        "DATABASE_OWNER_URL": postgres.url("owner"),
        "DATABASE_BACKUP_URL": postgres.url("backup"),
        "BROKER_URL": valkey.url,
        "PG_BIN": str(postgres.bin),
        "PYTHONPATH": os.pathsep.join(part for part in (str(ROOT), own.get("PYTHONPATH", "")) if part),
    }
    return defaults | own | addresses


class Servers:
    """PostgreSQL and Valkey of one data folder, with their roles installed."""

    def __init__(self, places: Places, *, durable: bool = True, for_tests: bool = False) -> None:
        """Nothing is started yet; the folders are made."""
        places.prepare()
        self.places = places
        self.postgres = Postgres(places, durable=durable, for_tests=for_tests)
        self.valkey = Valkey(places)
        self.environment = product_environment(places, self.postgres, self.valkey)
        self.postgres_process: subprocess.Popen[bytes] | None = None
        self.valkey_process: subprocess.Popen[bytes] | None = None

    def start(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Start both and install the roles; what was started is stopped again when a later step fails."""
        try:
            if self.postgres.make():
                for stamp in self.places.stamps.iterdir():
                    stamp.unlink()
            self.postgres_process = self.postgres.start(stopped)
            self.valkey_process = self.valkey.start(stopped)
            self.postgres.install_roles()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop Valkey, then PostgreSQL (fast shutdown); at most 6 seconds."""
        processes.end(self.valkey_process, sign=signal.SIGTERM, seconds=2)
        processes.end(self.postgres_process, sign=signal.SIGINT, seconds=4)
        self.valkey_process = self.postgres_process = None

    def answer(self) -> bool:
        """Whether both answer now (possibly started by another process)."""
        return self.postgres.answers() and self.valkey.answers()
