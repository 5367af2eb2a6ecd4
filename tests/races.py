"""Presses at the same moment: threads with database connections of their own, let go at one barrier."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

PATIENCE = 30
"""Seconds that a press waits for the others."""


def race(*presses: Callable[[], Any], expected: tuple[type[Exception], ...] = ()) -> list[Any]:
    """What each press answered, in order. An `expected` exception is an answer; any other ends the test."""
    barrier = threading.Barrier(len(presses))

    def one(press: Callable[[], Any]) -> Any:
        try:
            barrier.wait(PATIENCE)
            return press()
        except expected as answer:
            return answer
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        running = [pool.submit(one, press) for press in presses]
        return [each.result() for each in running]
