"""Fixtures of the whole suite: database roles, the browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

CHROMIUM = os.environ.get("CHROMIUM", "chromium")


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Take a database role on the present connection and give it back, also after a failed statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {connection.ops.quote_name(role)}")
    try:
        yield
    finally:
        # A transaction that failed or is rolled back takes its SET ROLE along.
        driver = connection.connection
        if driver is not None and driver.info.transaction_status != TRANSACTION_STATUS_INERROR:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")


@pytest.fixture
def app_role(db: None) -> Iterator[None]:
    """The test's statements run with the rights of the running product, not of the owner."""
    with as_role("yitong_app"):
        yield


@pytest.fixture
def database_role(db: None) -> Callable[[str], Any]:
    """A context manager: `with database_role("yitong_app"): …`, for tests that set rows up as owner first."""
    return as_role


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's chromium instead of a downloaded one; root needs it without its sandbox."""
    path = shutil.which(CHROMIUM)
    if path is None:
        pytest.exit(
            "缺少 chromium，浏览器测试不能进行。请运行：apt-get install -y chromium fonts-noto-cjk", 2
        )
    flags = ["--disable-dev-shm-usage"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    return {**browser_type_launch_args, "executable_path": path, "args": flags}


@pytest.fixture
def stack_folder() -> Iterator[Path]:
    """A folder for a private stack. Unlike tmp_path it may be entered by the servers' account when root."""
    folder = Path(tempfile.mkdtemp(prefix="yitong-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
