"""The supervisor over real servers: deaths, stops, restarts, accounts, folders."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2
import pytest

from tools.stack import processes
from tools.stack.places import ROOT, Places, open_to_all, traversable
from tools.stack.postgres import Postgres
from tools.stack.supervisor import Child, Supervisor

LIFE_SIGN = 60
"""Seconds after which something is taken for dead; about ten times what it needs."""


class Started:
    """A small stack of its own, with the process ids it told."""

    def __init__(self, data_dir, *, prefix=(sys.executable,), environment=None):
        self.data_dir = data_dir
        argv = [*prefix, "-m", "tests.stack.small_stack", str(data_dir)]
        self.process = subprocess.Popen(
            argv,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment() | (environment or {}),
        )
        first = self.process.stdout.readline()
        try:
            self.told = json.loads(first)
        except ValueError:
            pytest.fail(first + self.process.stdout.read())

    def pid(self, label):
        return self.told[label]

    def all_pids(self):
        return [value for value in self.told.values() if isinstance(value, int)]

    def stop(self):
        began = time.monotonic()
        os.kill(self.pid("supervisor"), signal.SIGTERM)
        self.process.wait(timeout=LIFE_SIGN)
        return time.monotonic() - began


def clean_environment():
    dropped = ("DATABASE_", "BROKER_URL", "SECRET_KEY", "FIELD_ENCRYPTION")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def python_for_all(folder):
    """An interpreter that an ordinary account may run; root's own is often in a closed home."""
    base = Path(sys.base_prefix)
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if "site-packages" in path)}
    name = Path("bin") / Path(os.path.realpath(sys.executable)).name
    if traversable(base):
        return base / name, environment
    left_out = shutil.ignore_patterns(
        "test", "tests", "idlelib", "site-packages", "config-*", "__pycache__", "include"
    )
    shutil.copytree(base, folder, ignore=left_out, symlinks=True)
    open_to_all(folder)
    return folder / name, environment | {"PYTHONHOME": str(folder), "LD_LIBRARY_PATH": str(folder / "lib")}


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(pids):
    processes.wait_until(
        lambda: all(gone(pid) for pid in pids), seconds=LIFE_SIGN, sentence=f"still alive: {pids}"
    )


def query(data_dir, statement):
    server = Postgres(Places(data_dir))
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_dying_child_is_started_again(tmp_path):
    lines = []
    supervisor = Supervisor(lines.append)
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = supervisor.add(
        Child("甲", lambda: processes.spawn(argv, env=os.environ, cwd=tmp_path, log=tmp_path / "log"))
    )
    first = child.process.pid
    os.kill(first, signal.SIGKILL)

    def replaced():
        supervisor.look()
        return child.process.pid != first and child.process.poll() is None

    try:
        processes.wait_until(replaced, seconds=LIFE_SIGN, sentence="not restarted")
        assert lines == ["甲意外停止（信号 9），0.5 秒后重新启动。"]
    finally:
        supervisor.stop()
    assert gone(first)


def test_child_that_keeps_dying_waits_longer(tmp_path):
    lines = []
    supervisor = Supervisor(lines.append)
    supervisor.add(
        Child("甲", lambda: processes.spawn(["false"], env=os.environ, cwd=tmp_path, log=tmp_path / "log"))
    )

    def died_twice():
        supervisor.look()
        return len(lines) == 2

    processes.wait_until(died_twice, seconds=LIFE_SIGN, sentence="not seen dying twice")
    supervisor.stop()
    assert lines == [
        "甲意外停止（退出码 1），0.5 秒后重新启动。",
        "甲意外停止（退出码 1），1.0 秒后重新启动。",
    ]


def test_term_stops_all_within_ten_seconds(stack_folder):
    stack = Started(stack_folder)
    assert not gone(stack.pid("乙"))
    took = stack.stop()
    assert all(gone(pid) for pid in stack.all_pids())
    assert took <= 10


def test_dead_database_is_started_again(stack_folder):
    stack = Started(stack_folder)
    try:
        query(stack_folder, "CREATE TABLE kept AS SELECT 7 AS value")
        os.kill(stack.pid("数据库"), signal.SIGKILL)

        def answers():
            try:
                return query(stack_folder, "SELECT value FROM kept") == [(7,)]
            except psycopg2.OperationalError:
                return False

        wait_gone([stack.pid("数据库")])
        processes.wait_until(answers, seconds=LIFE_SIGN, sentence="database did not come back")
    finally:
        stack.stop()


def test_killed_supervisor_takes_its_children_along(stack_folder):
    stack = Started(stack_folder)
    os.kill(stack.pid("supervisor"), signal.SIGKILL)
    stack.process.wait(timeout=LIFE_SIGN)
    wait_gone(stack.all_pids())


def test_next_start_works_after_kill_of_everything(stack_folder):
    stack = Started(stack_folder)
    query(stack_folder, "CREATE TABLE kept AS SELECT 7 AS value")
    for pid in stack.all_pids():
        os.kill(pid, signal.SIGKILL)
    stack.process.wait(timeout=LIFE_SIGN)
    assert (stack_folder / "postgres" / "postmaster.pid").exists()
    again = Started(stack_folder)
    try:
        assert query(stack_folder, "SELECT value FROM kept") == [(7,)]
    finally:
        again.stop()


def test_foreign_process_in_pid_file_is_left_alone(stack_folder):
    places = Places(stack_folder)
    places.prepare()
    bystander = subprocess.Popen(["sleep", "600"])
    pid_file = places.postgres / "postmaster.pid"
    pid_file.write_text(f"{bystander.pid}\n")
    try:
        Postgres(places).clear_predecessor()
        assert bystander.poll() is None
        assert not pid_file.exists()
    finally:
        bystander.kill()
        bystander.wait()


def test_orphan_of_our_folder_is_stopped_first(stack_folder):
    places = Places(stack_folder)
    places.prepare()
    account = places.account
    ids = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.switched else {}
    orphan = subprocess.Popen(["sleep", "600"], cwd=places.postgres, **ids)
    pid_file = places.postgres / "postmaster.pid"
    pid_file.write_text(f"{orphan.pid}\n")
    Postgres(places).clear_predecessor()
    assert gone(orphan.pid)
    assert not pid_file.exists()


def test_two_folders_run_side_by_side(stack_folder):
    first, second = Started(stack_folder / "one"), Started(stack_folder / "two")
    try:
        query(stack_folder / "one", "CREATE TABLE only_here AS SELECT 1 AS value")
        assert query(stack_folder / "two", "SELECT to_regclass('only_here')") == [(None,)]
    finally:
        first.stop()
        second.stop()


def test_same_folder_is_refused_twice(stack_folder):
    first, second = Places(stack_folder), Places(stack_folder)
    assert first.take_lock()
    assert not second.take_lock()
    first.drop_lock()
    assert second.take_lock()
    second.drop_lock()


def test_long_folder_keeps_its_sockets_elsewhere(stack_folder):
    deep = stack_folder / ("long-name-" * 9) / "var"
    stack = Started(deep)
    sockets = Path(stack.told["sockets"])
    try:
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert query(deep, "SELECT 1") == [(1,)]
    finally:
        stack.stop()
        shutil.rmtree(sockets)


def test_foreign_socket_folder_is_refused(stack_folder):
    places = Places(stack_folder)
    (stack_folder / "elsewhere").mkdir()
    (stack_folder / "sockets").symlink_to(stack_folder / "elsewhere")
    with pytest.raises(Exception, match="不属于本账号，不能使用"):
        places.prepare()


is_root = os.geteuid() == 0


@pytest.mark.fault
def test_ordinary_user_runs_the_stack(stack_folder):
    prefix, environment = [sys.executable], {}
    if is_root:
        shutil.chown(stack_folder, "nobody")
        python, environment = python_for_all(stack_folder / "python")
        prefix = ["runuser", "-u", "nobody", "--", str(python)]
    stack = Started(stack_folder / "var", prefix=prefix, environment=environment)
    try:
        assert (
            psutil.Process(stack.pid("数据库")).uids().real
            == psutil.Process(stack.pid("supervisor")).uids().real
        )
        assert psutil.Process(stack.pid("数据库")).uids().real != 0
        secrets = list((stack_folder / "var" / "secrets").iterdir())
        assert {path.name for path in secrets} >= {
            "secret_key",
            "field_encryption_keys",
            "yitong_app_password",
        }
        assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    finally:
        took = stack.stop()
    assert took <= 10


@pytest.mark.fault
def test_closed_parent_moves_the_state_to_var_lib(stack_folder):
    closed = stack_folder / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "var"
    state = Places(data_dir).state
    if not is_root:
        assert state == data_dir
        return
    assert state.parent == Path("/var/lib")
    try:
        for _ in range(2):
            stack = Started(data_dir)
            try:
                assert stack.told["state"] == str(state)
                assert query(data_dir, "SELECT 1") == [(1,)]
            finally:
                stack.stop()
    finally:
        shutil.rmtree(state)
