"""Decisions of one moment, over real connections: one winner, numbers without gap or twin, the register's lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection

from core import clock, numbering
from core.errors import Refused, RuleRefused, WrongState
from core.models import NumberedItem, Series
from reports.choices import FormState
from reports.models import Form
from reports.services import admission, admission_deciding
from reports.services.admission_asking import Chosen
from tests import factories
from tests.reports.gate_place import Place

pytestmark = pytest.mark.django_db(transaction=True)
ACTORS = 6


@pytest.fixture
def place() -> Place:
    """The county of the gate, committed."""
    return Place()


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Run each in its own thread and connection from one starting line; results or exceptions in order."""
    line = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            line.wait(10)
            return work()
        except (Refused, IntegrityError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def admitting(pk: int, actor: Any) -> Callable[[], Any]:
    """A press on 准入."""
    return lambda: admission_deciding.admit(pk, version=None, actor=actor)


@pytest.mark.row("F17")
def test_six_deciders_have_one_winner(place: Place) -> None:
    request = place.sent()
    actors = [factories.person("dgb", place.county.dgb) for _ in range(ACTORS)]
    results = together([admitting(request.pk, actor) for actor in actors])
    lost = [one for one in results if isinstance(one, Exception)]
    assert len(lost) == ACTORS - 1
    assert all(isinstance(one, WrongState) for one in lost)
    assert NumberedItem.objects.count() == 1


def disjoint(place: Place) -> list[Any]:
    """Six requests that share no indicator."""
    return [place.sent(name=f"表{i}", chosen=(Chosen(place.elements[i].pk),)) for i in range(ACTORS)]


@pytest.mark.row("F18")
def test_numbers_have_no_gap_or_twin(place: Place) -> None:
    requests = disjoint(place)
    results = together([admitting(request.pk, place.dgb) for request in requests])
    assert [one for one in results if isinstance(one, Exception)] == []
    serials = NumberedItem.objects.order_by("serial").values_list("serial", flat=True)
    assert list(serials) == [1, 2, 3, 4, 5, 6]


def test_refused_decision_leaves_no_gap(place: Place) -> None:
    requests = disjoint(place)
    place.decide("admit", requests[0])
    twin = place.sent(name="重复的", chosen=(Chosen(place.elements[0].pk),))
    with pytest.raises(RuleRefused):
        place.decide("admit", twin)
    place.decide("admit", requests[1])
    assert list(NumberedItem.objects.order_by("serial").values_list("serial", flat=True)) == [1, 2]


def test_without_the_lock_numbers_collide(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = disjoint(place)
    Series.objects.create(code="伊表", year=clock.today().year)

    def unlocked(code: str, year: int) -> Series:
        row = Series.objects.get(code=code, year=year)
        time.sleep(0.3)
        return row

    monkeypatch.setattr(numbering, "lock", unlocked)
    results = together([admitting(request.pk, place.dgb) for request in requests])
    assert any(isinstance(one, IntegrityError) for one in results)


@pytest.mark.row("F19")
def test_two_alike_at_once_admit_one(place: Place) -> None:
    first, second = place.sent(name="先来的"), place.sent(name="后来的")
    results = together([admitting(one.pk, place.dgb) for one in (first, second)])
    assert sum(isinstance(one, RuleRefused) for one in results) == 1
    assert Form.objects.filter(state=FormState.ACTIVE).values_list("name", flat=True).get() == "先来的"


def test_register_lock_is_held_while_deciding(place: Place) -> None:
    requests = disjoint(place)[:2]
    order: list[str] = []
    inside = threading.Event()
    activate = admission.activate

    def slow(request: Any, **more: Any) -> Form:
        order.append(f"in {request.form.name}")
        inside.set()
        time.sleep(0.2)
        form = activate(request, **more)
        order.append(f"out {request.form.name}")
        return form

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission_deciding, "activate", slow)
        together([admitting(request.pk, place.dgb) for request in requests])
    assert inside.is_set()
    assert [line.split()[0] for line in order] == ["in", "out", "in", "out"]
