"""Two periods of one form, both open: each keeps its own figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core import clock
from monitoring.reference import install_reference_data
from reports.models import Value
from reports.services.collection import bundle
from tests import factories

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 10, 0, tzinfo=clock.COUNTY)


@pytest.fixture
def weeks():
    """A weekly form of one village, open for week 47 (late) and week 48."""
    with time_machine.travel(NOW, tick=False):
        install_reference_data()
        county = factories.county()
        patrols = factories.element(
            "本周防火巡查人次", county.nongye, period_type="weekly", carry="anew", unit="人次"
        )
        form = factories.form("巡查周报", county.nongye, [patrols], county.villages, frequency="weekly")
        village = county.villages[0]
        rows = [
            factories.assignment(form, village, day, due_on=due)
            for day, due in (
                (dt.date(2026, 11, 16), dt.date(2026, 11, 20)),
                (dt.date(2026, 11, 23), dt.date(2026, 11, 27)),
            )
        ]
        yield village, factories.person("village", village), patrols, rows


@pytest.mark.row("F11")
def test_bundle_holds_the_earlier_period_first(weeks):
    village, officer, _patrols, rows = weeks
    assert bundle.bundle_of(village, officer, clock.today()) == [rows[0]]
    page = bundle.month_of(village, officer, clock.today())
    assert page.bundle is not None
    assert {pk for one in page.bundle.fields for pk in one.assignments} == {rows[0].pk}
    assert [line.assignment for line in page.waiting] == rows


def test_later_period_joins_when_the_earlier_is_sent(weeks):
    village, officer, _patrols, rows = weeks
    with factories.audit.act(factories.audit.SYSTEM):
        type(rows[0]).objects.filter(pk=rows[0].pk).update(state="submitted")
    assert bundle.bundle_of(village, officer, clock.today()) == [rows[1]]


def test_two_weeks_keep_their_own_figures_without_script(weeks, client: Client):
    village, officer, patrols, rows = weeks
    client.force_login(officer)
    for row, typed in zip(rows, ("9", "10"), strict=True):
        client.post(reverse("reports:fill", args=[row.pk]), {f"v{patrols.pk}": typed, "go": "save"})
    stored = Value.objects.filter(unit=village, element=patrols).order_by("period_start")
    assert list(stored.values_list("period", "number")) == [
        ("2026-W47", Decimal(9)),
        ("2026-W48", Decimal(10)),
    ]
