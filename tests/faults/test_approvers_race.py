"""Fault 13: six decisions at one moment. One winner, polite refusals, numbers without gap or twin."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError

from core import limits, numbering
from core.errors import Busy, Refused, RuleRefused, WrongState
from core.models import AuditEntry, NumberedItem, Series
from reports.choices import FormState, RequestState
from reports.models import Form, FormRequest
from reports.rules import RULES
from reports.services import admission_deciding
from tests import factories
from tests.races import race

pytestmark = [pytest.mark.fault, pytest.mark.short]


@pytest.fixture
def desk(transactional_db):
    """A county with its rules and six people of 县政数局 who may decide."""
    limits.install(RULES)
    here = factories.county()
    people = [factories.person("dgb", here.dgb) for _ in range(6)]
    return here, people


def asked(here: factories.County, name: str, *elements: str) -> FormRequest:
    """A request that was sent in."""
    of = [
        factories.Element.objects.filter(name=one).first() or factories.element(one, here.minzheng)
        for one in elements
    ]
    draft = factories.form(name, here.minzheng, of, here.villages, state=FormState.DRAFT)
    return factories.request_for(draft)


def at_once(presses: Sequence[Callable[[], Any]]) -> list[Any]:
    """Results or refusals of presses at one moment, in order."""
    return race(*presses, expected=(Refused, IntegrityError))


def admit(request: FormRequest, actor: Any) -> Callable[[], Any]:
    return lambda: admission_deciding.admit(request.pk, version=None, actor=actor)


def serials() -> list[int]:
    return sorted(NumberedItem.objects.filter(code="伊表").values_list("serial", flat=True))


@pytest.mark.row("F18")
def test_six_decide_one_request_and_one_wins(desk):
    here, people = desk
    request = asked(here, "防汛日报", "低保户数")
    results = at_once([admit(request, person) for person in people])
    won = [one for one in results if isinstance(one, FormRequest)]
    refused = [one for one in results if isinstance(one, WrongState | Busy)]
    assert (len(won), len(refused)) == (1, 5)
    sentences = {"当前为“准入”，不能准入并编号。", "正在被他人处理，请稍后再试。"}
    assert {one.message for one in refused} <= sentences
    assert serials() == [1]
    assert AuditEntry.objects.filter(step="admit").count() == 1


@pytest.mark.row("F18")
def test_six_requests_at_once_get_six_numbers_in_a_row(desk):
    here, people = desk
    requests = [asked(here, f"表{n}", f"指标{n}甲", f"指标{n}乙") for n in range(6)]
    results = at_once([admit(request, person) for request, person in zip(requests, people, strict=True)])
    assert [type(one) for one in results] == [FormRequest] * 6
    assert serials() == [1, 2, 3, 4, 5, 6]
    assert Form.objects.filter(state=FormState.ACTIVE).count() == 6


def test_without_the_locked_counter_numbers_collide(desk, monkeypatch):
    """Negative control: register and counter unlocked, the same six decisions do not all get a number."""
    here, people = desk
    requests = [asked(here, f"表{n}", f"指标{n}甲", f"指标{n}乙") for n in range(6)]

    def unlocked(code: str, year: int) -> Series:
        Series.objects.bulk_create([Series(code=code, year=year)], ignore_conflicts=True)
        row = Series.objects.get(code=code, year=year)
        time.sleep(0.1)
        return row

    monkeypatch.setattr(numbering, "lock", unlocked)
    monkeypatch.setattr(admission_deciding, "lock_register", lambda: None)
    results = at_once([admit(request, person) for request, person in zip(requests, people, strict=True)])
    assert any(isinstance(one, IntegrityError) for one in results)


@pytest.mark.row("F19")
def test_of_two_alike_decided_at_once_one_is_refused(desk):
    here, people = desk
    requests = [asked(here, f"表{n}", "低保户数", "低保人数", "低保金额") for n in range(2)]
    results = at_once([admit(request, person) for request, person in zip(requests, people[:2], strict=True)])
    assert isinstance(results[0], FormRequest)
    assert isinstance(results[1], RuleRefused)
    assert results[1].code == "reports.duplicate"
    assert serials() == [1]
    states = [FormRequest.objects.get(pk=request.pk).state for request in requests]
    assert states == [RequestState.ADMITTED, RequestState.SUBMITTED]
