"""Starting and ending child processes so that none is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.stack.places import Account, StackError

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 10 * 1024 * 1024
"""Bytes after which a log file starts anew."""


class StopRequested(BaseException):
    """Ctrl-C or TERM arrived: whatever is being waited for is given up."""


def _dies_with_parent(death_signal: int) -> Callable[[], None] | None:
    """Child-side step: the kernel sends `death_signal` when the parent dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, output to `log`, as `account` when root.

    Call it from the main thread only: the kernel's death signal watches the thread that started the child.
    """
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    switched = account if account and account.switched else None
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_dies_with_parent(death_signal),
            user=switched.uid if switched else None,
            group=switched.gid if switched else None,
            extra_groups=[] if switched else None,
        )


def wait_until(
    ready: Callable[[], bool],
    *,
    seconds: float,
    sentence: str,
    stopped: Callable[[], bool] = lambda: False,
    every: float = 0.05,
) -> None:
    """Ask `ready` every so many seconds until it says yes.

    Raises StackError with `sentence` after `seconds`, StopRequested when stopped.
    """
    end = time.monotonic() + seconds
    while not ready():
        if stopped():
            raise StopRequested
        if time.monotonic() > end:
            raise StackError(sentence)
        time.sleep(every)


def end(process: subprocess.Popen[bytes] | None, *, sign: int, seconds: float) -> None:
    """Ask a child to stop with `sign`; after `seconds` its whole group is killed."""
    if process is None:
        return
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, for the person who has to find out."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
