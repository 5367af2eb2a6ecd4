"""`make run`: the whole stack from servers to the printed address."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from tools.stack import processes, product, stamps
from tools.stack.places import Places, StackError
from tools.stack.servers import Servers
from tools.stack.supervisor import Child, Supervisor

ACCOUNTS = """演示账号（口令均为 demo，登录页也有按钮）：
  县级  cpo 县委办公室  cgo 县政府办公室  dgb 县政数局  eso 县委编办  sup 县委督查室  swd 县委社会工作部
        org 县委组织部  dis 县纪委监委  ldr 县领导  tongji 县统计局
  部门  minzheng 民政  nongye 农业农村  yingji 应急管理  weijian 卫生健康
  乡镇  twn1 伊通镇  twn2 河源镇  sta1 伊通镇民政办
  村    vil1 vil2 vil3    观察点  obs    三员  sysadmin secadmin auditor"""


class Run:
    """One run of the stack over one data folder."""

    def __init__(self, data_dir: Path, port: int, *, demo: bool) -> None:
        """`demo` chooses between the demonstration county and a real, empty system."""
        self.places = Places(data_dir)
        self.port = port
        self.demo = demo
        self.supervisor = Supervisor(self.say)
        self.began = time.monotonic()

    def say(self, sentence: str) -> None:
        """A line with the seconds since the start."""
        sys.stdout.write(f"[{time.monotonic() - self.began:5.1f} 秒] {sentence}\n")
        sys.stdout.flush()

    def run(self) -> int:
        """Start, watch, stop. Exit code 0 after an asked stop, 1 when the start failed."""
        if not self.places.take_lock():
            raise StackError(
                f"数据目录 {self.places.data_dir} 正在被另一个 make run 使用。请先停止它，或换一个目录：DATA_DIR=… make run。"
            )
        product.check_port(self.port)
        self.supervisor.catch_signals()
        try:
            self._start()
            self.supervisor.watch()
        except processes.StopRequested:
            pass
        finally:
            self.say("正在停止…")
            self.supervisor.stop()
            self.places.drop_lock()
            self.say("已全部停止。")
        return 0

    def _start(self) -> None:
        servers = Servers(self.places)
        self._start_servers(servers)
        environment = servers.environment | {"DEMO": "1" if self.demo else "0", "PORT": str(self.port)}
        self._prepare(environment)
        children = product.children(self.places, environment, self.port)
        for child in children.values():
            self.supervisor.add(child)
        self._await_children(children, environment["BROKER_URL"])
        self.say("全部就绪：网页、后台任务、定时调度均已应答。")
        sys.stdout.write(f"\n  请打开  http://localhost:{self.port}\n\n")
        sys.stdout.write(f"{ACCOUNTS}\n" if self.demo else "正式系统：用上面的一次性口令登录。\n")
        sys.stdout.write(f"日志在 {self.places.logs}，按 Ctrl-C 停止。\n")
        sys.stdout.flush()

    def _start_servers(self, servers: Servers) -> None:
        servers.start(self.supervisor.stopped)
        for label, start, process, sign, turn in (
            ("数据库", servers.postgres.spawn, servers.postgres_process, signal.SIGINT, 2),
            ("消息服务", servers.valkey.spawn, servers.valkey_process, signal.SIGTERM, 1),
        ):
            if process is None:
                raise StackError(f"{label}没有启动。")
            child = Child(
                label, start, stop_signal=sign, stop_seconds=4.0 if turn == 2 else 2.0, stop_turn=turn
            )
            self.supervisor.adopt(child, process)
        self.say("数据库和消息服务已应答。")

    def _prepare(self, environment: dict[str, str]) -> None:
        stopped = self.supervisor.stopped
        migrated = stamps.Stamp(
            self.places.stamps, "migrate", stamps.digest([*stamps.migration_files(), *stamps.LOCKS])
        )
        if not migrated.fresh():
            product.prepare("更新数据表", ["migrate", "--no-input"], environment, stopped)
            migrated.set()
            self.say("数据表已是最新。")
        collected = stamps.Stamp(
            self.places.data_dir / "stamps", "static", stamps.digest([*stamps.static_files(), *stamps.LOCKS])
        )
        if not collected.fresh() or not Path(environment["STATIC_ROOT"]).is_dir():
            product.prepare("整理页面文件", ["collectstatic", "--no-input", "--clear"], environment, stopped)
            collected.set()
            self.say("页面文件已整理。")
        self._check_kind()
        if self.demo:
            self._seed(environment)
        else:
            self.say(
                product.prepare("建立正式系统", ["bootstrap"], environment, stopped) or "正式系统已建立。"
            )
        self._kind.write_text("1" if self.demo else "0", encoding="utf-8")

    @property
    def _kind(self) -> Path:
        """File that says whether the folder holds the demonstration county (1) or a real system (0)."""
        return self.places.stamps / "demo"

    def _check_kind(self) -> None:
        """Raises StackError when the folder was started the other way before."""
        if not self._kind.exists() or (self._kind.read_text(encoding="utf-8") == "1") == self.demo:
            return
        held, way = ("正式数据", "DEMO=0 make run") if self.demo else ("演示县", "make run")
        raise StackError(
            f"{self.places.data_dir} 里是{held}。请用 {way}，或换一个目录：DATA_DIR=… make run。"
        )

    def _seed(self, environment: dict[str, str]) -> None:
        today = time.strftime("%Y-%m-%d")
        seeded = stamps.Stamp(
            self.places.stamps, "seed", stamps.digest([*stamps.python_files(), *stamps.LOCKS], today)
        )
        if not seeded.fresh():
            product.prepare("建立演示县", ["seed_demo"], environment, self.supervisor.stopped)
            seeded.set()
            self.say("演示县已备好。")

    def _await_children(self, children: dict[str, Child], broker_url: str) -> None:
        nudged = 0.0

        def ready() -> bool:
            nonlocal nudged
            self.supervisor.look()
            if time.monotonic() - nudged > 5:
                nudged = time.monotonic()
                product.nudge_worker(broker_url)
            return product.all_ready(self.port, children)

        logs = self.places.logs
        try:
            processes.wait_until(ready, seconds=90, sentence="", stopped=self.supervisor.stopped, every=0.4)
        except StackError as error:
            tails = "\n".join(
                f"— {name}：\n{processes.last_lines(logs / f'{name}.log', 5)}" for name in children
            )
            state = product.readiness(self.port) or "网页没有应答"
            raise StackError(f"90 秒内没有全部就绪：{state}。日志在 {logs}：\n{tails}") from error


def run_from_environment() -> int:
    """`make run` with PORT, DATA_DIR and DEMO from the environment."""
    try:
        port = int(os.environ.get("PORT", "8000"))
    except ValueError as error:
        raise StackError(f"PORT 应是一个端口号，现为“{os.environ['PORT']}”。") from error
    demo = os.environ.get("DEMO", "1") not in {"0", "false", "no", "off", ""}
    return Run(Path(os.environ.get("DATA_DIR") or "var"), port, demo=demo).run()
