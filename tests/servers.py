"""Early pytest plugin (`-p tests.servers`): starts the embedded servers before Django reads its settings.

With DATABASE_URL set the suite uses the servers it names. Otherwise each run takes the first free of the folders
var/test, var/test-2, … (TEST_DATA_DIR names another first one), so that several runs can work side by side.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tools.stack.places import Places, StackError
from tools.stack.servers import Servers

MOST_RUNS = 12
_running: list[Servers] = []


def free_places(first: Path) -> Places:
    """The first folder that no other run holds; it is locked for this process."""
    for number in range(1, MOST_RUNS + 1):
        places = Places(first if number == 1 else first.with_name(f"{first.name}-{number}"))
        if places.take_lock():
            return places
    raise StackError(f"{MOST_RUNS} 个测试目录都在使用中，请等其中一个结束。")


def start() -> None:
    """Start the servers and put their addresses into the environment (xdist's processes inherit it)."""
    places = free_places(Path(os.environ.get("TEST_DATA_DIR", "var/test")))
    servers = Servers(places, durable=False, for_tests=True)
    servers.start()
    _running.append(servers)
    os.environ.update(servers.environment)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Runs before pytest-django loads the settings."""
    if "DATABASE_URL" not in os.environ and not early_config.known_args_namespace.help:
        try:
            start()
        except StackError as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    while _running:
        servers = _running.pop()
        servers.stop()
        servers.places.drop_lock()
