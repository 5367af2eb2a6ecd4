"""The embedded stack behind `make run`, `make manage`, `make test` and `make bench`.

python -m tools.local_stack run
python -m tools.local_stack manage migrate
python -m tools.local_stack test [--long | pytest's arguments…]
python -m tools.local_stack bench
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tools.stack import product, suite
from tools.stack.places import Places, StackError
from tools.stack.running import run_from_environment
from tools.stack.servers import Servers


def manage(arguments: list[str]) -> int:
    """`manage.py …` against the servers of DATA_DIR, started for the command where they are not running."""
    places = Places(Path(os.environ.get("DATA_DIR") or "var"))
    started = places.take_lock()
    servers = Servers(places)
    if started:
        servers.start()
    elif not servers.answer():
        raise StackError(f"{places.data_dir} 的服务正在启动或停止，请稍后再试。")
    kind = places.stamps / "demo"
    servers.environment.setdefault("DEMO", kind.read_text(encoding="utf-8") if kind.exists() else "1")
    try:
        return product.manage(arguments, environment=servers.environment)[0]
    except KeyboardInterrupt:
        return 130
    finally:
        if started:
            servers.stop()
            places.drop_lock()


def main(argv: list[str]) -> int:
    """Choose the mode; a StackError is printed as its sentence with exit code 1."""
    mode, arguments = (argv[0], argv[1:]) if argv else ("", [])
    try:
        if mode == "run":
            return run_from_environment()
        if mode == "manage":
            return manage(arguments)
        if mode == "test":
            return suite.test(arguments)
        if mode == "bench":
            return suite.bench(arguments)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write((__doc__ or "") + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
