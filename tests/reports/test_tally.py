"""Monthly and quarterly tallies: exact figures, revisions, nothing written when nothing changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from core import audit, clock
from core.errors import WrongState
from reports.models import Assignment, DepartmentQuarter, TallyRun, UnitMonth
from reports.services import tally
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=clock.COUNTY)


@pytest.fixture
def world():
    """Two forms over the three villages of 伊通镇 in October, with one late, one missing and one stopped."""
    with time_machine.travel(NOW, tick=False):
        county = make.county()
        for village in county.villages:
            make.person("village", village)
        fields = [make.element(name, county.minzheng) for name in ("低保户数", "残疾人数")]
        first = make.form("救助月报", county.minzheng, fields, county.villages)
        second = make.form("养老月报", county.minzheng, fields[:1], county.villages, category="superior")
        october = dt.date(2026, 10, 5)
        one, two, three = county.villages
        done = {"state": "accepted", "typed": 2, "checked": 1, "minutes": Decimal("7.2")}
        make.assignment(
            first, one, october, submitted_at=dt.datetime(2026, 10, 28, 23, 30, tzinfo=clock.COUNTY), **done
        )
        make.assignment(
            first, two, october, submitted_at=dt.datetime(2026, 10, 29, 0, 10, tzinfo=clock.COUNTY), **done
        )
        make.assignment(first, three, october)
        make.assignment(
            second, one, october, submitted_at=dt.datetime(2026, 10, 20, 9, 0, tzinfo=clock.COUNTY), **done
        )
        make.assignment(second, three, october, state="stopped")
        yield county


def _row(village):
    return tally.newest_months(UnitMonth.objects.filter(month="2026-10")).get(unit=village)


@pytest.mark.row("F23")
@pytest.mark.row("anchor-A19")
def test_month_counts_each_village_exactly(world):
    tally.tally_month("2026-10")
    one, two, three = (_row(village) for village in world.villages)
    assert (one.forms, one.expected, one.received, one.on_time, one.overdue) == (2, 2, 2, 2, 0)
    assert (one.typed, one.checked, one.minutes, one.people) == (4, 2, Decimal("14.40"), 1)
    assert (two.expected, two.received, two.on_time) == (1, 1, 0)
    assert (three.expected, three.received, three.overdue) == (1, 0, 1)


def test_same_data_writes_nothing_twice(world):
    first = tally.tally_month("2026-10")
    entries = audit.AuditEntry.objects.count()
    again = tally.tally_month("2026-10")
    assert (again.pk, again.as_of, again.digest) == (first.pk, first.as_of, first.digest)
    assert audit.AuditEntry.objects.count() == entries
    assert TallyRun.objects.count() == 1


def test_unpublished_month_is_corrected_in_place(world):
    first = tally.tally_month("2026-10")
    _change(world.villages[1], typed=3)
    second = tally.tally_month("2026-10")
    assert second.pk == first.pk
    assert second.digest != first.digest
    assert _row(world.villages[1]).typed == 3


def test_published_month_keeps_its_rows(world):
    run = tally.tally_month("2026-10")
    tally.publish(pk=run.pk, actor=audit.SYSTEM)
    _change(world.villages[1], typed=3)
    second = tally.tally_month("2026-10")
    assert second.revision == 2
    assert UnitMonth.objects.get(run=run, unit=world.villages[1]).typed == 2
    assert list(second.unit_months.values_list("unit", "typed")) == [(world.villages[1].pk, 3)]
    assert [_row(v).typed for v in world.villages] == [4, 3, 0]


def test_change_taken_back_leaves_no_stale_revision(world):
    run = tally.tally_month("2026-10")
    tally.publish(pk=run.pk, actor=audit.SYSTEM)
    _change(world.villages[1], typed=3)
    tally.tally_month("2026-10")
    _change(world.villages[1], typed=2)
    tally.tally_month("2026-10")
    assert [_row(v).typed for v in world.villages] == [4, 2, 0]


def test_unit_that_vanished_after_publication_stands_with_zeros(world):
    run = tally.tally_month("2026-10")
    tally.publish(pk=run.pk, actor=audit.SYSTEM)
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(unit=world.villages[1]).update(state="stopped")
    tally.tally_month("2026-10")
    assert (_row(world.villages[1]).expected, _row(world.villages[1]).received) == (0, 0)


def test_run_is_published_once(world):
    run = tally.tally_month("2026-10")
    tally.publish(pk=run.pk, actor=audit.SYSTEM)
    with pytest.raises(WrongState, match="该期统计已发布。"):
        tally.publish(pk=run.pk, actor=audit.SYSTEM)


@pytest.mark.row("F24")
@pytest.mark.row("anchor-A25")
def test_quarter_parts_real_cuts_from_re_estimates(world):
    kept = make.form("在用表", world.nongye, [], world.villages)
    moment = dt.datetime(2026, 11, 3, 9, 0, tzinfo=clock.COUNTY)
    decided = {"decided_at": moment, "state": "admitted"}
    make.request_for(
        kept,
        kind="cancel",
        change_code="cancelled",
        hours_before=Decimal(247),
        hours_after=Decimal(0),
        **decided,
    )
    make.request_for(
        kept,
        kind="revise",
        change_code="re_estimated",
        hours_before=Decimal(100),
        hours_after=Decimal(35),
        **decided,
    )
    make.request_for(
        kept,
        kind="revise",
        change_code="fields_cut",
        hours_before=Decimal(90),
        hours_after=Decimal(0),
        decided_at=moment,
        state="rejected",
    )
    tally.tally_quarter("2026-Q4")
    row = tally.newest_quarters(DepartmentQuarter.objects.filter(run__period="2026-Q4")).get(
        unit=world.nongye
    )
    assert (row.real_cut, row.re_estimate) == (Decimal(247), Decimal(65))
    assert (row.cancelled, row.rejected, row.active) == (1, 1, 1)


def test_quarter_sums_minutes_imposed(world):
    tally.tally_quarter("2026-Q4")
    row = DepartmentQuarter.objects.get(unit=world.minzheng)
    assert (row.minutes, row.superior_minutes) == (Decimal("21.60"), Decimal("7.20"))


@pytest.mark.parametrize("wrong", ["2026", "2026-13", "2026-Q3", "十月"])
def test_month_of_another_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="应如"):
        tally.tally_month(wrong)


def _change(village, **fields):
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(unit=village, form__name="救助月报").update(**fields)
