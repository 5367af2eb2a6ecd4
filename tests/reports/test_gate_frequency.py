"""How often a form is filled: the decision may say less often than asked, and days fit the period."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core import clock
from core.errors import Invalid
from reports.choices import Category, RequestKind, RequestState
from reports.models import FormRequest
from reports.services import admission_asking, admission_deciding, due_days
from tests import factories
from tests.factories import browser
from tests.reports.gate_place import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    """The county of the gate."""
    return Place()


@pytest.mark.row("F19")
def test_decision_admits_at_the_tried_frequency(place: Place) -> None:
    request = place.sent(5, frequency="daily")
    client = browser(place.dgb)
    what_if = reverse("reports:request_what_if", args=[request.pk])
    line = client.get(what_if, {"frequency": "weekly"}, headers={"HX-Request": "true"}).content.decode()
    assert '<input type="hidden" name="frequency" value="weekly">' in line
    assert 'id="adjusted" class="stack-s" hx-swap-oob="true"' in line
    assert "frequency=weekly#opinion" in line
    data = {"version": str(request.version), "opinion": "同意。", "frequency": "weekly"}
    url = reverse("reports:request_step", args=[request.pk, "admit"])
    assert client.post(url, data).status_code == 302
    row = FormRequest.objects.select_related("form_version").get(pk=request.pk)
    assert row.state == RequestState.ADMITTED
    assert (row.form_version.frequency, row.form_version.due_n) == ("weekly", 7)
    assert (row.times_a_year, row.hours_after * 60) == (52, 6 * 52 * row.minutes_each)
    assert row.opinion == "同意。\n频次由每日调整为每周。"


@pytest.mark.row("F19")
def test_rest_is_admitted_at_the_tried_frequency(place: Place) -> None:
    place.in_force(slice(0, 3))
    for element in place.elements[:3]:
        factories.value(element, place.villages[0], clock.today(), 3)
    request = place.sent(5, frequency="daily")
    url = reverse("reports:request_step", args=[request.pk, "take"])
    data = {
        "version": str(request.version),
        "take": [str(e.pk) for e in place.elements[:3]],
        "frequency": "monthly",
    }
    page = browser(place.dgb).post(url, data, follow=True).content.decode()
    assert "3 项不再向村要，其余 2 项准入" in page
    assert "避免填报" not in page
    row = FormRequest.objects.select_related("form_version").get(pk=request.pk)
    assert (row.form_version.frequency, row.times_a_year) == ("monthly", 12)
    assert "频次由每日调整为每月。" in row.opinion


def test_running_form_keeps_its_frequency_on_renewal(place: Place) -> None:
    request = place.sent()
    place.decide("admit", request)
    row = FormRequest.objects.select_related("form_version").get(pk=request.pk)
    assert not admission_deciding.may_adjust(row)
    row.kind = RequestKind.RENEW
    assert not admission_deciding.may_adjust(row)
    other = place.sent(2, name="另一张", chosen=place.draft(15).chosen[10:12])
    with pytest.raises(Invalid, match="频次不能在审核时调整"):
        place.decide("admit", other, frequency="hourly")


@pytest.mark.row("F20")
def test_decision_warns_of_frequency_above_superior(place: Place) -> None:
    request = place.compared()
    client, url = browser(place.dgb), reverse("reports:request", args=[request.pk])
    page = client.get(url).content.decode()
    assert "上级为每周，本表为每日，×7" in page
    lower = client.get(url, {"frequency": "weekly"}).content.decode()
    assert "频次高于上级要求" not in lower
    assert 'name="frequency" value="weekly"' in lower


@pytest.mark.row("F20")
def test_superior_form_is_registered_less_often(place: Place) -> None:
    request = place.compared()
    url = reverse("reports:request_step", args=[request.pk, "register"])
    data = {"version": str(request.version), "frequency": "weekly"}
    assert browser(place.dgb).post(url, data).status_code == 302
    row = FormRequest.objects.select_related("form_version").get(pk=request.pk)
    assert (row.state, row.form_version.frequency) == (RequestState.REGISTERED, "weekly")
    assert row.opinion == "频次由每日调整为每周。"


def test_statutory_survey_keeps_its_frequency(place: Place) -> None:
    request = place.sent(category="statutory", name="法定调查表")
    page = browser(place.tongji).get(reverse("reports:request", args=[request.pk]), {"frequency": "yearly"})
    assert page.context["adjusted"] == ""
    assert not admission_deciding.may_adjust(FormRequest.objects.select_related("form").get(pk=request.pk))


@pytest.mark.parametrize(
    ("frequency", "longest"),
    [
        ("weekly", 7),
        ("ten_day", 10),
        ("monthly", 28),
        ("quarterly", 92),
        ("half_yearly", 184),
        ("yearly", 366),
    ],
)
def test_due_day_fits_the_period(frequency: str, longest: int) -> None:
    assert due_days.refusals(frequency, 0, "day", longest) == {}
    assert f"期内第 {longest} 日" in due_days.refusals(frequency, 0, "day", longest + 1)["due_n"]
    assert f"第 {longest} 日" in due_days.refusals(frequency, longest + 1, "workdays_after", 1)["opens_day"]
    assert due_days.bounded(frequency, 999) == longest


def test_daily_and_one_off_ignore_the_day() -> None:
    for frequency in ("daily", "one_off"):
        assert due_days.refusals(frequency, 300, "day", 200) == {}
        assert due_days.bounded(frequency, 200) == 200


@pytest.mark.row("F17")
def test_sending_in_names_all_gaps_in_page_order(place: Place) -> None:
    draft = place.draft(0, frequency="weekly", due_n=28, purpose="", sources="", category=Category.SUPERIOR)
    made = admission_asking.save_draft(draft, actor=place.clerk)
    with pytest.raises(Invalid) as refused:
        admission_asking.submit(made.pk, version=made.version, actor=place.clerk, endorsed=False)
    assert list(refused.value.errors) == ["fields", "due_n", "purpose", "superior_ref", "sources", "endorsed"]
    assert refused.value.errors["due_n"] == "每周的报表，截止不能晚于期内第 7 日，现填 28。"
