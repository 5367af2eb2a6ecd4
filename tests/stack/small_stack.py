"""A small stack for tests: the real servers and two plain children under the real supervisor.

    python -m tests.stack.small_stack DATA_DIR

Prints one JSON line with the process ids once everything answers, then the supervisor's own lines.
"""

import json
import os
import signal
import sys
from pathlib import Path

from tools.stack import processes
from tools.stack.places import Places, StackError
from tools.stack.servers import Servers
from tools.stack.supervisor import Child, Supervisor

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
PLAIN = "import time; time.sleep(600)"


def say(sentence):
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main(data_dir):
    places = Places(Path(data_dir))
    if not places.take_lock():
        raise StackError("正在使用中")
    supervisor = Supervisor(say)
    supervisor.catch_signals()
    servers = Servers(places)
    servers.start(supervisor.stopped)
    supervisor.adopt(
        Child("数据库", servers.postgres.spawn, stop_signal=signal.SIGINT, stop_seconds=4, stop_turn=2),
        servers.postgres_process,
    )
    supervisor.adopt(Child("消息服务", servers.valkey.spawn, stop_turn=1), servers.valkey_process)
    for label, code in (("甲", PLAIN), ("乙", STUBBORN)):
        argv = [sys.executable, "-c", code]
        log = places.logs / "child.log"
        supervisor.add(
            Child(
                label,
                lambda argv=argv, log=log: processes.spawn(
                    argv, env=os.environ, cwd=Path("/"), log=log, death_signal=signal.SIGKILL
                ),
            )
        )
    pids = {child.label: child.process.pid for child in supervisor.children}
    say(
        json.dumps(
            pids | {"supervisor": os.getpid(), "state": str(places.state), "sockets": str(places.sockets)}
        )
    )
    try:
        supervisor.watch()
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main(sys.argv[1])
