"""An indicator retired at the moment it is asked for: one of the two passes, never both."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from core.errors import Refused, RuleRefused, WrongState
from reports.models import Element, FormRequest, FormVersion
from reports.services import admission, admission_asking, library
from reports.services.admission_asking import Chosen
from tests import factories
from tests.reports.gate_place import Place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> Place:
    """The county of the gate, committed."""
    return Place()


def in_thread(work: Callable[[], Any]) -> Any:
    """Run on a connection of its own; a refusal is a result."""
    try:
        return work()
    except Refused as error:
        return error
    finally:
        connection.close()


def submitting_while_retired(place: Place, patch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """送审 pauses after its check of the indicators; meanwhile 县政数局 retires one of them."""
    checked = threading.Event()
    estimate = admission_asking.estimate

    def slow(request: FormRequest) -> None:
        checked.set()
        time.sleep(0.6)
        estimate(request)

    patch.setattr(admission_asking, "estimate", slow)
    made = admission_asking.save_draft(place.draft(chosen=(Chosen(place.elements[0].pk),)), actor=place.clerk)

    def retire() -> Any:
        checked.wait(10)
        return library.move_element(
            step="retire", pk=place.elements[0].pk, version=None, actor=place.dgb, reason="工作已结束"
        )

    def send() -> Any:
        return admission_asking.submit(made.pk, version=made.version, actor=place.clerk, endorsed=True)

    with ThreadPoolExecutor(2) as pool:
        sent, retired = [pool.submit(in_thread, work) for work in (send, retire)]
        return sent.result(), retired.result()


@pytest.mark.row("F8")
def test_indicator_is_not_retired_while_it_is_sent_in(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, retired = submitting_while_retired(place, monkeypatch)
    assert sent.state == "submitted"
    assert isinstance(retired, WrongState)
    assert Element.objects.get(pk=place.elements[0].pk).status == "active"


def test_without_the_lock_both_pass(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(version: FormVersion) -> list[Element]:
        return list(Element.objects.filter(pk__in=version.fields.values("element_id")))

    monkeypatch.setattr(admission, "held_elements", unlocked)
    sent, retired = submitting_while_retired(place, monkeypatch)
    assert sent.state == "submitted"
    assert retired.status == "retired"


@pytest.mark.row("F8")
def test_held_indicators_still_take_values(place: Place) -> None:
    made = admission_asking.save_draft(place.draft(), actor=place.clerk)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            admission.held_elements(made.form_version)
            held.set()
            assert done.wait(5)

    def write() -> Any:
        held.wait(5)
        return factories.value(place.elements[0], place.villages[0], made.created_at.date(), 3)

    with ThreadPoolExecutor(2) as pool:
        holding, writing = pool.submit(in_thread, hold), pool.submit(in_thread, write)
        assert writing.result(5).number == 3
        done.set()
        holding.result()


@pytest.mark.row("F9")
def test_draft_with_retired_indicator_names_it(place: Place) -> None:
    retired = factories.element("旧指标", place.county.nongye, status="retired")
    with pytest.raises(RuleRefused) as refused:
        admission_asking.save_draft(place.draft(chosen=(Chosen(retired.pk),)), actor=place.clerk)
    assert refused.value.code == "reports.element_not_standard"
    assert "只能选用指标库中“启用”的指标" in refused.value.message
    assert "旧指标" in refused.value.message
