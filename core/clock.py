"""One clock. Business code asks here and passes time on as a parameter, so that tests and demonstrations can move it."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

COUNTY = ZoneInfo("Asia/Shanghai")


def _offset() -> dt.timedelta:
    """Seconds in the file named by CLOCK; zero in a real installation."""
    if not settings.CLOCK or not settings.DEMO:
        return dt.timedelta(0)
    try:
        return dt.timedelta(seconds=float(Path(settings.CLOCK).read_text(encoding="ascii").strip() or 0))
    except FileNotFoundError:
        return dt.timedelta(0)


def now() -> dt.datetime:
    """The moment, aware, in the county's time zone."""
    return (timezone.now() + _offset()).astimezone(COUNTY)


def today() -> dt.date:
    """The county's date."""
    return now().date()
