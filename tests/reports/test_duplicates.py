"""Duplicates by field: at, below and above the threshold; basic fields; who came first; what exists already."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from core import clock
from core.errors import RuleRefused
from core.models import RuleVersion
from reports.choices import FormState, RequestState
from reports.models import Form, FormRequest
from reports.services import admission_asking, duplicates
from reports.services.admission_asking import Chosen
from tests import factories
from tests.reports.gate_place import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    """The county of the gate."""
    return Place()


@pytest.mark.row("F4")
@pytest.mark.row("F19")
@pytest.mark.parametrize(
    ("shared", "asked", "refused"),
    [(78, 99, False), (79, 100, False), (4, 5, True), (80, 100, True), (81, 100, True), (5, 5, True)],
)
def test_threshold_is_refused_at_eighty_percent(place: Place, shared: int, asked: int, refused: bool) -> None:
    elements = [factories.element(f"项{i:03}", place.county.nongye) for i in range(asked)]
    factories.form("在用", place.county.minzheng, elements[:shared], place.villages)
    ids = [element.pk for element in elements]
    assert duplicates.overlaps(ids)[0].containment == Fraction(shared, asked)
    found = duplicates.refusal(ids)
    assert (found is not None) is refused
    if found is not None:
        assert (found.rule, found.hard) == ("reports.duplicate", True)
        assert [door.label[:4] for door in found.doors] == ["直接取用", "并入已有", "登记（上", "驳回后可"]


@pytest.mark.row("F19")
def test_threshold_comes_from_the_rule(place: Place) -> None:
    place.in_force(slice(0, 3))
    ids = [e.pk for e in place.elements[:5]]
    assert duplicates.refusal(ids) is None
    RuleVersion.objects.filter(code="reports.duplicate").update(value={"threshold": 0.6})
    found = duplicates.refusal(ids)
    assert found is not None
    assert "达到 60%" in found.message


@pytest.mark.row("F4")
def test_basic_fields_do_not_count(place: Place) -> None:
    basic = [
        factories.element(name, place.county.minzheng, basic=True)
        for name in ("户数", "常住人口", "耕地面积")
    ]
    factories.form("基本情况", place.county.minzheng, [*basic, place.elements[0]], place.villages)
    assert duplicates.overlaps([e.pk for e in basic]) == []
    found = duplicates.overlaps([*(e.pk for e in basic), place.elements[0].pk, place.elements[1].pk])
    assert [(one.shared, one.containment) for one in found] == [(("指标01",), Fraction(1, 2))]


@pytest.mark.row("F4")
def test_each_form_is_compared_singly(place: Place) -> None:
    place.in_force(slice(0, 3), "甲表")
    place.in_force(slice(3, 5), "乙表")
    ids = [e.pk for e in place.elements[:5]]
    found = duplicates.overlaps(ids)
    assert [(one.form.name, one.percent) for one in found] == [("甲表", 60.0), ("乙表", 40.0)]
    assert found[0].jaccard == Fraction(3, 5)
    assert duplicates.union(found, ids) == 1
    assert duplicates.refusal(ids) is None


@pytest.mark.row("F4")
def test_ended_forms_do_not_count(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    ids = [e.pk for e in place.elements[:3]]
    assert len(duplicates.overlaps(ids)) == 1
    from core import audit

    with audit.act(audit.SYSTEM):
        Form.objects.filter(pk=form.pk).update(valid_until=clock.today() - dt.timedelta(days=1))
    assert duplicates.overlaps(ids) == []
    with audit.act(audit.SYSTEM):
        Form.objects.filter(pk=form.pk).update(valid_until=clock.today(), state=FormState.CANCELLED)
    assert duplicates.overlaps(ids) == []


@pytest.mark.row("F19")
def test_first_of_two_alike_may_pass(place: Place) -> None:
    first = place.sent(name="先来的")
    second = place.sent(name="后来的")
    assert duplicates.overlaps([e.pk for e in place.elements[:3]], without_form=second.form_id)[0].pending
    with pytest.raises(RuleRefused):
        place.decide("admit", second)
    place.decide("admit", first)
    with pytest.raises(RuleRefused):
        place.decide("admit", second)
    states = dict(FormRequest.objects.values_list("form__name", "state"))
    assert states == {"先来的": RequestState.ADMITTED, "后来的": RequestState.SUBMITTED}


def test_withdrawn_request_blocks_nobody(place: Place) -> None:
    first, second = place.sent(name="先来的"), place.sent(name="后来的")
    admission_asking.withdraw(first.pk, version=None, actor=place.clerk)
    place.decide("admit", second)
    assert FormRequest.objects.get(pk=second.pk).state == RequestState.ADMITTED


@pytest.mark.row("F4")
def test_holding_names_collector_coverage_and_age(place: Place) -> None:
    form = place.in_force(slice(0, 1))
    place.elements[2].sensitivity = "own"
    from core import audit

    with audit.act(audit.SYSTEM):
        place.elements[2].save()
    factories.form("自用表", place.county.nongye, [place.elements[2]], place.villages)
    for day, villages in ((dt.date(2026, 9, 3), place.villages), (dt.date(2026, 10, 3), place.villages[:4])):
        for unit in villages:
            factories.value(place.elements[0], unit, day, 1)
            factories.value(place.elements[2], unit, day, 1)
    got = duplicates.holdings(place.elements[:3])
    assert [(h.forms, h.units, h.all_units, h.period, h.available) for h in got[:2]] == [
        ((form,), 4, 6, "2026-10", True),
        ((), 0, 6, "", False),
    ]
    assert (got[2].open, got[2].available) == (False, False)


@pytest.mark.row("anchor-A26")
def test_overlaps_take_few_queries(place: Place, django_assert_max_num_queries: object) -> None:
    for i in range(10):
        place.in_force(slice(0, 5), f"表{i}")
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert len(duplicates.overlaps([e.pk for e in place.elements])) == 10


@pytest.mark.row("F19")
def test_revision_is_not_compared_with_itself(place: Place) -> None:
    form = place.in_force(slice(0, 5))
    ids = [e.pk for e in place.elements[:5]]
    assert duplicates.refusal(ids, without_form=form.pk) is None
    assert place.draft(5).chosen == tuple(Chosen(pk) for pk in ids)
