"""What the log says of an answered request: refusals in one line, failures with their traceback."""

from __future__ import annotations

import logging


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback off what was answered below 500: a refusal is expected."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
            record.exc_text = None
        return True
