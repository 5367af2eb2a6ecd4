"""Reminders: only who is missing, on working days, once; the text for the group names nobody else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit, clock
from core.errors import WrongState
from organization.models import Notice
from reports.choices import AssignmentState
from reports.models import Assignment
from reports.services import reminding
from tests import factories
from tests.reports.township_month import Township, township

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2026, 11, 24)
COUNTY_DAY = dt.date(2026, 8, 30)
SUNDAY = dt.date(2026, 11, 22)


@pytest.fixture
def place() -> Township:
    found = township(state="open")
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(
            due_on=dt.date(2026, 11, 25), opens_on=dt.date(2026, 11, 1), burden_month="2026-11"
        )
        Assignment.objects.filter(pk__in=[row.pk for row in found.rows[2:4]]).update(
            state=AssignmentState.SUBMITTED
        )
    return found


def told(user: Any = None) -> list[tuple[str, str]]:
    rows = (
        Notice.objects.filter(**({"user": user} if user else {})).select_related("user").order_by("user_id")
    )
    return [(row.user.username, row.text) for row in rows]


def names(place: Township, *numbers: int) -> set[str]:
    return {place.villagers[n].username for n in numbers}


@pytest.mark.row("anchor-A40")
def test_digest_goes_only_to_who_is_missing(place: Township) -> None:
    assert reminding.remind_missing(TUESDAY) == 2
    villages = Notice.objects.filter(user__in=place.villagers)
    assert {row.user.username for row in villages} == names(place, 0, 2)
    assert {row.urgent for row in villages} == {False}
    assert {row.text for row in villages} == {"还有 2 张报表未报送，明天截止。"}


@pytest.mark.row("anchor-A40")
def test_digest_tells_nobody_twice_a_day(place: Township) -> None:
    reminding.remind_missing(TUESDAY)
    before = Notice.objects.count()
    reminding.remind_missing(TUESDAY)
    assert Notice.objects.count() == before


@pytest.mark.row("anchor-A40")
def test_nothing_is_sent_on_days_off(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(due_on=dt.date(2026, 8, 31), opens_on=dt.date(2026, 8, 1))
    assert [reminding.remind_missing(day) for day in (COUNTY_DAY, SUNDAY)] == [0, 0]
    assert not Notice.objects.exists()
    assert reminding.remind_missing(dt.date(2026, 8, 31)) == 2


def test_form_due_later_is_not_spoken_of(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(due_on=dt.date(2026, 11, 27))
    assert reminding.remind_missing(TUESDAY) == 0
    assert reminding.remind_missing(dt.date(2026, 11, 25)) == 2


def test_reminding_stops_when_handed_in(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(state=AssignmentState.SUBMITTED)
    assert reminding.remind_missing(TUESDAY) == 0
    assert not Notice.objects.exists()


def test_township_reads_how_many_are_missing(place: Township) -> None:
    reminding.remind_missing(TUESDAY)
    assert [text for _, text in told(place.clerk)] == ["有 2 个村（社区）的报表临近截止或已逾期，尚未报送。"]


@pytest.mark.row("anchor-A40")
def test_press_reminds_the_missing_and_nobody_else(place: Township) -> None:
    assert reminding.urge(actor=place.clerk, month="2026-11", today=TUESDAY) == 2
    assert {name for name, _ in told()} == names(place, 0, 2)
    assert set(Notice.objects.values_list("urgent", flat=True)) == {True}


def test_press_on_a_day_off_names_the_next_workday(place: Township) -> None:
    with pytest.raises(WrongState) as refused:
        reminding.urge(actor=place.clerk, month="2026-11", today=SUNDAY)
    assert refused.value.message == "今天休息，不发催办；11月23日上班后可以催办，或复制催报文字。"
    assert not Notice.objects.exists()


def test_press_without_missing_is_refused(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(state=AssignmentState.SUBMITTED)
    with pytest.raises(WrongState, match="不需要催办"):
        reminding.urge(actor=place.clerk, month="2026-11", today=TUESDAY)


def test_press_reaches_no_other_township(place: Township) -> None:
    other = factories.person("township", place.county.yitong)
    with pytest.raises(WrongState):
        reminding.urge(actor=other, month="2026-11", today=TUESDAY)


@pytest.mark.row("anchor-A40")
def test_text_to_copy_names_only_the_missing(place: Township) -> None:
    rows = Assignment.objects.select_related("unit", "form").order_by("pk")
    text = reminding.text_to_copy(reminding.missing_units(rows), heading="河源镇2026年11月", today=TUESDAY)
    assert text.splitlines() == [
        "【催报】河源镇2026年11月报表，以下 2 个村（社区）尚未报送：",
        "示例三村：2 张（测试报表0、测试报表1），明天截止",
        "二道村：2 张（测试报表0、测试报表1），明天截止",
        "请在基层减负工作平台报送；已报送的请忽略。",
    ]


@pytest.mark.parametrize(
    ("days", "words"), [(-3, "逾期 3 天"), (0, "今天截止"), (1, "明天截止"), (4, "11月28日截止")]
)
def test_due_date_reads_in_words(days: int, words: str) -> None:
    assert reminding.due_text(TUESDAY + dt.timedelta(days=days), TUESDAY) == words


def test_statements_do_not_grow_with_villages(place: Township, django_assert_max_num_queries: Any) -> None:
    with CaptureQueriesContext(connection) as few:
        reminding.remind_missing(TUESDAY)
    Notice.objects.all().delete()
    for n in range(9):
        village = factories.village(f"示例多{n}村", place.county.heyuan)
        factories.person("village", village)
        for form in place.forms:
            factories.assignment(form, village, dt.date(2026, 11, 1), due_on=dt.date(2026, 11, 25))
    with django_assert_max_num_queries(len(few)):
        assert reminding.remind_missing(TUESDAY) == 11


def test_press_on_the_page_answers_with_the_count(
    client: Client, place: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "today", lambda: TUESDAY)
    client.force_login(place.clerk)
    page = client.get(reverse("reports:township_review"), {"month": "2026-11"}).content.decode()
    assert "未报 2 村" in page
    assert "示例三村：2 张（测试报表0、测试报表1）" in page
    data = {"month": "2026-11", "next": "month=2026-11", "_key": "m1"}
    response = client.post(reverse("reports:township_urge"), data, follow=True)
    assert "已提醒 2 个未报送的村（社区）" in response.content.decode()
