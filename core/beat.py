"""Beat that notes its own life, so that /readyz can tell a dead beat from a dead worker."""

import time
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

from core import jobs

EVERY_SECONDS = 10.0


class Scheduler(PersistentScheduler):
    """Celery's scheduler plus a heartbeat row."""

    _noted = 0.0
    max_interval = 5

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; note the heartbeat at most every ten seconds. Returns seconds to the next tick."""
        if time.monotonic() - self._noted > EVERY_SECONDS:
            self._noted = time.monotonic()
            close_old_connections()
            try:
                jobs.beat_of("beat")
            except DatabaseError as error:
                self.logger.warning("heartbeat not noted: %s", error.__class__.__name__)
        return float(super().tick(*args, **kwargs))
