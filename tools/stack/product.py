"""The product's own processes and one-off commands, on the embedded servers."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.stack import processes
from tools.stack.places import ROOT, Places, StackError
from tools.stack.supervisor import Child

BIN = Path(sys.executable).parent


def check_port(port: int) -> None:
    """Raise StackError when the web port is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(
                f"端口 {port} 已被占用或不可用。请换一个端口：PORT={port + 1} make run。"
            ) from error


def manage(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    stopped: Callable[[], bool] = lambda: False,
    output: int | None = None,
) -> tuple[int, str]:
    """Run `manage.py …`; exit code and, with `output=subprocess.PIPE`, what it printed. Stops early when asked."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL if output else None,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
    )
    while True:
        try:
            printed, _ = process.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if stopped():
                processes.end(process, sign=signal.SIGTERM, seconds=3)  # type: ignore[arg-type]  # text or bytes, nobody reads its pipes
                raise processes.StopRequested from None
        else:
            return process.returncode, printed or ""


def prepare(
    sentence: str, arguments: Sequence[str], environment: Mapping[str, str], stopped: Callable[[], bool]
) -> str:
    """A command that must succeed before the start goes on. Raises StackError with its last lines otherwise."""
    code, printed = manage(arguments, environment=environment, stopped=stopped, output=subprocess.PIPE)
    if code:
        tail = "\n".join(printed.strip().splitlines()[-12:])
        raise StackError(f"{sentence}没有成功（manage.py {' '.join(arguments)}，退出码 {code}）：\n{tail}")
    return printed.strip()


def children(places: Places, environment: Mapping[str, str], port: int) -> dict[str, Child]:
    """Web server, worker and beat, not started yet."""
    celery: list[str | Path] = [BIN / "celery", "-A", "yitong_gov"]
    web: list[str | Path] = [BIN / "gunicorn", "yitong_gov.wsgi:application", "--worker-class", "gthread"]
    web += ["--workers", "2", "--threads", "4", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    web += ["--graceful-timeout", "2", "--timeout", "60", "--log-level", "warning"]
    worker = [*celery, "worker", "--concurrency", "2", "-n", "worker@%h", "--loglevel", "WARNING"]
    beat = [
        *celery,
        "beat",
        "-s",
        places.data_dir / "beat-schedule",
        "--pidfile",
        "",
        "--loglevel",
        "WARNING",
    ]

    def child(label: str, name: str, argv: Sequence[str | Path]) -> Child:
        own = {**environment, "PROCESS_ROLE": name}
        log = places.logs / f"{name}.log"

        def start() -> subprocess.Popen[bytes]:
            # Whoever kills the supervisor gets no lingering worker: jobs are rows and are found again.
            return processes.spawn(argv, env=own, cwd=ROOT, log=log, death_signal=signal.SIGKILL)

        return Child(label, start)

    return {
        "web": child("网页服务", "web", web),
        "worker": child("后台任务", "worker", worker),
        "beat": child("定时调度", "beat", beat),
    }


def nudge_worker(broker_url: str) -> None:
    """Ask the worker for a sign of life now instead of at beat's next round."""
    from celery import Celery

    with Celery(broker=broker_url) as asker:
        asker.send_task("core.heartbeat", ignore_result=True, expires=60)


def readiness(port: int) -> dict[str, object]:
    """The JSON of /readyz, whatever its status; {} while nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": f"localhost:{port}"})
    try:
        with opener.open(request, timeout=5) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            try:
                return dict(json.load(refused))
            except ValueError:
                return {}
    except (OSError, ValueError):
        return {}


def all_ready(port: int, started: Mapping[str, Child]) -> bool:
    """Whether /readyz says yes and the heartbeats are younger than the processes they speak for."""
    answer = readiness(port)
    if answer.get("ready") is not True:
        return False
    for name in ("worker", "beat"):
        part = answer.get(name)
        age = part.get("age") if isinstance(part, dict) else None
        if age is None or float(age) > started[name].age():
            return False
    return True
