"""One figure for one form, one unit for one deadline, and what the pages of the gate offer and leave out."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from django.urls import reverse

from core import clock
from core.request_log import RefusalsInOneLine
from monitoring.services import workbench
from organization.services.calendar import WorkCalendar
from reports.models import FormRequest
from reports.services import admission_asking, burden
from reports.services.admission import workdays_left
from reports.services.admission_page import scope_text
from tests import factories
from tests.factories import browser
from tests.reports.gate_place import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    """The county of the gate."""
    return Place()


@pytest.mark.row("F17")
def test_list_and_page_give_the_same_hours(place: Place) -> None:
    request = place.sent(5, frequency="daily")
    dgb = browser(place.dgb)
    url = reverse("reports:request", args=[request.pk])

    def shown(tab: str) -> tuple[str, int]:
        rows = dgb.get(reverse("reports:requests"), {"tab": tab}).context["table"]["rows"]
        return rows[0]["cells"][3]["text"], round(dgb.get(url).context["page"].burden.hours_a_year)

    assert shown("todo") == ("150", 150)
    factories.village("示例新村", place.county.yitong, "220323100209")
    assert shown("todo") == ("175", 175)
    place.decide("admit", request)
    factories.village("示例更新村", place.county.yitong, "220323100210")
    assert shown("closed") == ("175", 175)
    assert "审结时估算" in dgb.get(url).content.decode()
    form = reverse("reports:form", args=[request.form_id])
    assert "= 每年 175 小时（审结时估算）" in dgb.get(form).content.decode()
    listed = dgb.get(reverse("reports:home")).context["table"]["rows"][0]["cells"]
    assert [cell["text"] for cell in listed[7:10]] == ["7", "5", "175"]


@pytest.mark.row("F2")
def test_register_shows_no_zero_before_admission(place: Place) -> None:
    place.sent(4)
    cells = browser(place.dgb).get(reverse("reports:home")).context["table"]["rows"][0]["cells"]
    assert [cell["text"] for cell in cells[6:10]] == ["每月", "—", "4", "—"]


def test_rejected_revision_leaves_hours_of_the_form(place: Place) -> None:
    request = place.sent(5)
    place.decide("admit", request)
    clerk = browser(place.clerk)
    url = reverse("reports:form", args=[request.form_id])
    clerk.post(reverse("reports:form_step", args=[request.form_id, "revise"]))
    again = FormRequest.objects.order_by("-pk")[0]
    page = clerk.get(url).content.decode()
    assert "本表有一件修订申请在办" in page
    assert reverse("reports:request", args=[again.pk]) in page
    assert "申请延期</button>" not in page
    again = admission_asking.save_draft(
        place.draft(9, change_code="re_estimated"), actor=place.clerk, pk=again.pk, version=again.version
    )
    sent = admission_asking.submit(again.pk, version=again.version, actor=place.clerk, endorsed=True)
    assert sent.hours_after > request.hours_after
    place.decide("reject", sent, reason="不必要", code="unnecessary")
    cells = browser(place.dgb).get(reverse("reports:home")).context["table"]["rows"][0]["cells"]
    assert cells[9]["text"] == "7"
    assert "申请延期</button>" in clerk.get(url).content.decode()


def test_many_burdens_equal_each_alone(place: Place) -> None:
    rules = (
        {"kind": "all"},
        {"kind": "townships", "ids": [place.county.yitong.pk]},
        {"kind": "units", "ids": [one.pk for one in place.villages[:2]]},
    )
    made = [
        place.sent(chosen=place.draft(15).chosen[n * 3 : n * 3 + 3], name=f"表{n}", respondent_rule=rule)
        for n, rule in enumerate(rules)
    ]
    found = burden.of_versions(row.form_version_id for row in made)
    assert [found[row.form_version_id] for row in made] == [
        burden.of_version(row.form_version) for row in made
    ]
    assert len({one.units for one in found.values()}) == 3


@pytest.mark.row("F17")
def test_deadline_counts_working_days_on_both_pages(place: Place) -> None:
    request = place.sent()
    page = browser(place.dgb).get(reverse("reports:request", args=[request.pk])).content.decode()
    assert "还剩 5 个工作日" in page
    assert [item.tag for item in workbench.todo(place.dgb)] == ["还剩 5 个工作日"]


def test_week_end_is_no_working_day_left() -> None:
    today = clock.today()
    calendar = WorkCalendar.load(today, today + dt.timedelta(days=20))
    assert workdays_left(calendar, today) == 0
    assert workdays_left(calendar, today - dt.timedelta(days=1)) == -1
    for n in (1, 3, 7):
        assert workdays_left(calendar, calendar.add(today, n)) == n


@pytest.mark.row("F17")
def test_decision_asks_once_and_promises_no_undo(place: Place) -> None:
    request = place.sent()
    page = browser(place.dgb).get(reverse("reports:request", args=[request.pk])).content.decode()
    assert "撤销（10 秒内）" not in page
    assert 'data-confirm="准入并编号《秸秆情况表》？决定作出后不能撤销。"' in page


def test_scope_says_its_number_once(place: Place) -> None:
    ids = [one.pk for one in place.villages]
    assert scope_text({"kind": "units", "ids": ids}).endswith("等 6 个")
    assert scope_text({"kind": "townships", "ids": [place.county.yitong.pk]}) == "伊通镇所属村（社区）"
    request = place.sent(respondent_rule={"kind": "units", "ids": ids}, frequency="one_off")
    page = browser(place.dgb).get(reverse("reports:request", args=[request.pk])).content.decode()
    assert page.count("6 个 · ") == 1
    assert "6 个 6 个" not in page
    assert "<small>共</small>" in page
    assert "小时 / 月" not in page.split("试一试")[0]


def test_stock_is_offered_to_whom_it_is_open(place: Place) -> None:
    leader = factories.person("leader", place.county.root)
    for person, there in ((place.clerk, True), (place.dgb, True), (leader, False)):
        client = browser(person)
        assert (reverse("reports:stock") in client.get(reverse("reports:home")).content.decode()) == there
        assert client.get(reverse("reports:stock")).status_code == (200 if there else 403)


def test_refusal_is_logged_in_one_line() -> None:
    told = RefusalsInOneLine()
    for status, kept in ((403, False), (404, False), (500, True)):
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "x", None, (None, None, None))
        record.status_code = status
        assert told.filter(record)
        assert (record.exc_info is not None) == kept
