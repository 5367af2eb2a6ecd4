"""The demonstration county: built once, from a seeded generator, with every case by name."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction
from django.test import override_settings

from core import clock
from core.models import AuditEntry
from monitoring.demo.seed import seed
from organization.models import Dispatch, Posting, Unit
from reports.models import Assignment, Form, FormRequest, Value
from reports.services import burden

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def county(django_db_setup, django_db_blocker):
    """The county, seeded once for the module and rolled back after it."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        assert seed(lambda _: None)
        connection.check_constraints()  # once here, not after each test
        yield {unit.name: unit for unit in Unit.objects.filter(level="township")}
        transaction.set_rollback(True)


def events(model, pk):
    return list(AuditEntry.objects.filter(model=model, object_id=str(pk)).order_by("pk"))


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


def test_seeded_requests_and_forms_have_their_life_in_the_trail(county):
    straw = FormRequest.objects.get(form__name="秸秆禁烧情况日报")
    told = [(one.verb, one.unit) for one in events("reports.FormRequest", straw.pk)]
    assert told == [("起草报表申请", "示例一局"), ("送审", "示例一局")]
    refused = FormRequest.objects.get(state="rejected")
    last = events("reports.FormRequest", refused.pk)[-1]
    assert (last.verb, last.unit, last.at) == ("驳回", "县政务服务和数字化建设管理局", refused.decided_at)
    form = Form.objects.get(name="村级基本情况月报")
    assert [(one.verb, one.at) for one in events("reports.Form", form.pk)] == [
        ("准入并编号", form.requests.get().decided_at)
    ]


def test_every_handed_in_submission_of_the_month_has_its_entry(county):
    rows = Assignment.objects.filter(state__in=["submitted", "township_approved"])
    assert rows.count() > 1000
    entries = AuditEntry.objects.filter(model="reports.Assignment")
    told = {(one.object_id, one.at) for one in entries.filter(step__in=["submit", "submit_for"])}
    assert {(str(row.pk), row.submitted_at) for row in rows} <= told
    approved = set(rows.filter(state="township_approved").values_list("pk", flat=True))
    assert {int(pk) for pk in entries.filter(step="approve").values_list("object_id", flat=True)} == approved


def test_seeded_entries_are_in_order_and_never_of_tomorrow(county):
    times = list(
        AuditEntry.objects.filter(model__startswith="reports.").exclude(step="").values_list("pk", "at")
    )
    seeded = [at for _, at in sorted(times)]
    assert max(seeded) <= clock.now()
    for pk in (row.pk for row in Assignment.objects.filter(state="returned")):
        life = events("reports.Assignment", pk)
        assert [one.step for one in life] == ["submit", "return"]
        assert life[0].at <= life[1].at


def test_seeded_hours_equal_the_computed_ones(county):
    form = Form.objects.get(name="防火防汛巡查月报")
    computed = burden.of_version(form.versions.get(n=1))
    assert form.requests.get().hours_after == computed.hours_a_year
    assert form.requests.get().minutes_each == computed.minutes


def test_contact_cadres_and_offices_stand_in_both_townships(county):
    for name in ("伊通镇", "河源镇"):
        cadres = Posting.objects.filter(unit=county[name], title="包村干部")
        held = [set(cadre.villages.values_list("pk", flat=True)) for cadre in cadres]
        assert len(held) == 2
        assert held[0] | held[1] == set(
            Unit.objects.villages().filter(parent=county[name]).values_list("pk", flat=True)
        )
        assert not held[0] & held[1]
        assert Dispatch.objects.filter(to_unit__name=f"{name}民政办").count() == 6
    assert Dispatch.objects.filter(to_user__username="bao3").exists()
