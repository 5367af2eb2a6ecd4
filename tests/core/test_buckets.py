"""Limits of speed live in PostgreSQL: they refill with time and hold under a race."""

import datetime as dt

import pytest

from core import buckets, clock
from core.errors import TooMany
from tests.races import race


@pytest.fixture
def moment(monkeypatch):
    """A clock that the test moves."""
    state = {"now": dt.datetime(2026, 11, 24, 9, 0, tzinfo=clock.COUNTY)}
    monkeypatch.setattr(clock, "now", lambda: state["now"])
    return state


def spend(times: int, key: str = "k") -> int:
    """How many of `times` presses pass a bucket of 3 that refills in 60 s."""
    passed = 0
    for _ in range(times):
        try:
            buckets.spend(key, size=3, per_seconds=60)
            passed += 1
        except TooMany:
            pass
    return passed


@pytest.mark.django_db
def test_bucket_gives_its_size_and_no_more(moment):
    assert spend(5) == 3
    with pytest.raises(TooMany) as refused:
        buckets.spend("k", size=3, per_seconds=60)
    assert (refused.value.status, refused.value.message) == (429, "操作过于频繁，请稍后再试。")


@pytest.mark.django_db
def test_keys_do_not_share(moment):
    assert spend(5) == 3
    assert spend(5, "other") == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "more"), [(19, 0), (20, 1), (41, 2), (60, 3), (6000, 3)])
def test_bucket_refills_with_time_up_to_its_size(moment, seconds, more):
    spend(3)
    moment["now"] += dt.timedelta(seconds=seconds)
    assert spend(5) == more


@pytest.mark.django_db
def test_refused_press_does_not_postpone_the_refill(moment):
    spend(3)
    for _ in range(20):
        moment["now"] += dt.timedelta(seconds=1)
        spend(1)
    assert spend(1) == 0
    moment["now"] += dt.timedelta(seconds=20)
    assert spend(1) == 1


@pytest.mark.django_db
def test_failures_count_within_their_window(moment):
    window = dt.timedelta(minutes=15)
    for _ in range(4):
        buckets.fail("login:王", within=window)
    assert buckets.failures("login:王", within=window) == 4
    moment["now"] += dt.timedelta(minutes=15, seconds=1)
    assert buckets.failures("login:王", within=window) == 0
    buckets.fail("login:王", within=window)
    assert buckets.failures("login:王", within=window) == 1
    buckets.forget("login:王")
    assert buckets.failures("login:王", within=window) == 0


@pytest.mark.django_db(transaction=True)
def test_bucket_holds_under_a_race(moment):
    assert sum(race(*[lambda: spend(2)] * 8)) == 3
