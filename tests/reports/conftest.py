"""What the tests of reports share: a day that stands still, a small county, the keeper of its library."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from core import clock
from tests import factories


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Tuesday, 24 November 2026."""
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 24, 10, 0, tzinfo=clock.COUNTY))


@pytest.fixture
def county() -> factories.County:
    """A small county."""
    return factories.county()


@pytest.fixture
def dgb(county: factories.County) -> Any:
    """The keeper of the library."""
    return factories.person("dgb", county.dgb)
