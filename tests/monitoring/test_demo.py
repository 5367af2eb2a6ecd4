"""The demonstration county: built once, from a seeded generator, with every case by name."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction
from django.test import override_settings

from monitoring.demo.seed import seed
from organization.models import Unit
from reports.models import Assignment, Form, FormRequest, Value

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def county(django_db_setup, django_db_blocker):
    """The county, seeded once for the module and rolled back after it."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        assert seed(lambda _: None)
        connection.check_constraints()  # once here, not after each test
        yield {unit.name: unit for unit in Unit.objects.filter(level="township")}
        transaction.set_rollback(True)


@pytest.mark.row("B1")
def test_demo_has_17_townships_and_197_counted_villages(county):
    assert Unit.objects.townships().count() == 17
    assert Unit.objects.villages().count() == 197
    assert Counter(Unit.objects.villages().values_list("kind", flat=True)) == {
        "village": 187,
        "community": 10,
    }


def test_demo_holds_24_months_of_values(county):
    assert Value.objects.filter(element__period_type="monthly").values("period").distinct().count() == 25
    assert (
        Value.objects.filter(element__name="常住人口")
        .exclude(period=max(Value.objects.values_list("period", flat=True)))
        .count()
        > 197 * 23
    )


def test_reference_month_is_8_forms_85_values_7_likely_to_change(county):
    village = Unit.objects.get(parent=county["伊通镇"], name="示例一村")
    rows = Assignment.objects.filter(unit=village, frequency="monthly", state="open").select_related(
        "form_version"
    )
    elements = {
        f.element_id: f.element for row in rows for f in row.form_version.fields.select_related("element")
    }
    assert rows.count() == 8
    assert len(elements) == 85
    assert sum(element.likely_to_change for element in elements.values()) == 7


def test_heyuan_has_96_submissions_4_flagged(county):
    rows = Assignment.objects.filter(unit__parent=county["河源镇"], frequency="monthly", state="submitted")
    assert rows.count() == 96
    assert rows.exclude(flags=[]).count() == 4


def test_every_case_of_the_first_day_exists(county):
    states = set(Assignment.objects.values_list("state", flat=True))
    assert states == {"open", "submitted", "township_approved", "accepted", "returned", "refused", "stopped"}
    assert set(FormRequest.objects.values_list("state", flat=True)) >= {
        "draft",
        "submitted",
        "provisional",
        "returned",
        "admitted",
        "registered",
        "merged",
        "rejected",
    }
    assert set(Form.objects.values_list("state", flat=True)) == {
        "draft",
        "active",
        "expired",
        "merged",
        "cancelled",
    }


def test_second_seed_changes_nothing(county):
    before = (Unit.objects.count(), Value.objects.count(), Assignment.objects.count())
    assert not seed(lambda _: None)
    assert (Unit.objects.count(), Value.objects.count(), Assignment.objects.count()) == before
