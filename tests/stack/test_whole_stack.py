"""`make run` itself: every process of the product under the supervisor, ready, killed, stopped."""

import contextlib
import os
import signal
import urllib.request

import psutil
import pytest

from tools.stack import processes, product
from tools.stack.private import start_private

LIFE_SIGN = 180

pytestmark = pytest.mark.fault


def named(stack, word):
    """The supervisor's direct child whose command line holds the word."""
    for child in psutil.Process(stack.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie has no command line
            if word in " ".join(child.cmdline()):
                return child
    return None


def ready_again(stack, word, old):
    def ready():
        child = named(stack, word)
        return child is not None and child.pid != old and product.readiness(stack.port).get("ready") is True

    processes.wait_until(ready, seconds=LIFE_SIGN, sentence=f"{word} did not come back")


def test_run_survives_deaths_and_kill_of_everything(stack_folder):
    data_dir = stack_folder / "var"
    stack = start_private(data_dir)
    try:
        stack.wait_ready(LIFE_SIGN)
        assert f"http://localhost:{stack.port}" in stack.output()
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        for word in ("gunicorn", "worker", "beat"):
            old = named(stack, word).pid
            os.kill(old, signal.SIGKILL)
            ready_again(stack, word, old)
        everything = psutil.Process(stack.process.pid).children(recursive=True)
        for process in [psutil.Process(stack.process.pid), *everything]:
            process.kill()
        stack.process.wait(timeout=LIFE_SIGN)
    finally:
        stack.stop()
    again = start_private(data_dir)
    try:
        again.wait_ready(LIFE_SIGN)
        children = psutil.Process(again.process.pid).children(recursive=True)
    finally:
        took = again.stop()
    assert took <= 10
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_two_runs_stand_side_by_side(stack_folder):
    first = start_private(stack_folder / "one")
    second = start_private(stack_folder / "two")
    try:
        for stack in (first, second):
            stack.wait_ready(LIFE_SIGN)
        assert first.port != second.port
        for stack in (first, second):
            assert product.readiness(stack.port)["ready"] is True
    finally:
        first.stop()
        second.stop()


def test_stop_during_the_start_leaves_nothing(stack_folder):
    stack = start_private(stack_folder / "var")
    try:
        processes.wait_until(
            lambda: "数据库和消息服务已应答" in stack.output(),
            seconds=LIFE_SIGN,
            sentence="servers did not start",
        )
        children = psutil.Process(stack.process.pid).children(recursive=True)
    finally:
        took = stack.stop()
    assert took <= 10
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_taken_port_is_said_in_a_sentence(stack_folder):
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        stack = start_private(stack_folder / "var", port=port)
        assert stack.process.wait(timeout=LIFE_SIGN) == 1
    assert f"端口 {port} 已被占用或不可用。请换一个端口：PORT={port + 1} make run。" in stack.output()
