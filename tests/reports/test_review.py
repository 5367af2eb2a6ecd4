"""Review by exception: the unflagged in one press, flagged ones each, undo, acceptance by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from core import audit, clock
from core.errors import NotAllowed, RuleRefused, WrongState
from core.models import AuditEntry
from reports.choices import AssignmentState
from reports.models import Assignment, FormCheck
from reports.services import review
from reports.services.township_month import month_of
from tests import factories
from tests.reports.township_month import Township, flag, township

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Township:
    return township()


def put(row: Assignment, **fields: Any) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=row.pk).update(**fields)


def states(place: Township) -> list[str]:
    return [place.again(row).state for row in place.rows]


def month_code() -> str:
    return f"{clock.today().replace(day=28):%Y-%m}"


def versions(place: Township) -> dict[int, int]:
    return {row.pk: row.version for row in place.rows}


@pytest.mark.row("anchor-A15")
@pytest.mark.row("F17")
def test_one_press_approves_only_unflagged_rows(place: Township) -> None:
    put(place.rows[2], flags=[flag(place.elements[0])])
    rows, left = review.approve_clean(versions=versions(place), actor=place.clerk)
    assert (len(rows), left) == (5, 1)
    assert states(place) == ["township_approved"] * 2 + ["submitted"] + ["township_approved"] * 3


@pytest.mark.row("anchor-A15")
def test_each_approved_row_leaves_one_entry(place: Township) -> None:
    review.approve_clean(versions=versions(place), actor=place.clerk)
    entries = AuditEntry.objects.filter(step="approve")
    assert entries.count() == 6
    assert entries.values("act").distinct().count() == 1
    assert {entry.actor for entry in entries} == {"王党政"}


def test_row_changed_since_shown_is_left(place: Township) -> None:
    shown = versions(place)
    put(place.rows[0], version=2)
    rows, left = review.approve_clean(versions=shown, actor=place.clerk)
    assert (len(rows), left) == (5, 1)
    assert place.again(place.rows[0]).state == AssignmentState.SUBMITTED


def test_foreign_rows_are_never_approved(place: Township) -> None:
    other = factories.person("township", place.county.yitong)
    with pytest.raises(WrongState):
        review.approve_clean(versions=versions(place), actor=other)
    with pytest.raises(Http404):
        review.approve(pk=place.rows[0].pk, actor=other)
    assert set(states(place)) == {"submitted"}


def test_village_may_not_approve_its_own(place: Township) -> None:
    with pytest.raises(NotAllowed):
        review.approve(pk=place.rows[0].pk, actor=place.villagers[0])


def test_flagged_row_is_approved_by_itself(place: Township) -> None:
    put(place.rows[0], flags=[flag(place.elements[0])])
    row = review.approve(pk=place.rows[0].pk, actor=place.clerk, version=1)
    assert (row.state, row.approved_on) == (AssignmentState.APPROVED, clock.today())


def broken(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        FormCheck.objects.create(
            form_version=place.forms[0].versions.get(),
            left=[place.elements[1].pk],
            op="<=",
            right=[place.elements[0].pk],
            strength="hard",
            message="危房户数不大于低保户数",
        )
    value = place.elements[1].values.get(unit=place.rows[0].unit)
    type(value).objects.filter(pk=value.pk).update(number=30)


@pytest.mark.row("F17")
def test_broken_hard_relation_is_not_approved(place: Township) -> None:
    broken(place)
    with pytest.raises(RuleRefused) as refused:
        review.approve(pk=place.rows[0].pk, actor=place.clerk)
    assert refused.value.message == (
        "危房户数不大于低保户数：危房户数 30 > 低保户数 22，差 8。不符合表内关系，不能同意，请退回这一项。"
    )
    assert refused.value.findings[0].source == "该报表的表内关系（必须符合）"


def test_broken_hard_relation_is_left_by_the_press(place: Township) -> None:
    broken(place)
    _, left = review.approve_clean(versions=versions(place), actor=place.clerk)
    assert left == 1
    assert place.again(place.rows[0]).state == AssignmentState.SUBMITTED


@pytest.mark.row("anchor-A15")
def test_press_is_undone_within_ten_seconds(place: Township) -> None:
    rows, _ = review.approve_clean(versions=versions(place), actor=place.clerk)
    act = rows[0].act
    assert act is not None
    assert len(review.undo_approval(act=act, actor=place.clerk)) == 6
    assert set(states(place)) == {"submitted"}
    assert {place.again(row).approved_on for row in place.rows} == {None}


def test_undo_after_ten_seconds_is_refused(place: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    act = review.approve(pk=place.rows[0].pk, actor=place.clerk).act
    assert act is not None
    later = clock.now() + dt.timedelta(seconds=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(WrongState, match="超过 10 秒"):
        review.undo_approval(act=act, actor=place.clerk)
    assert place.again(place.rows[0]).state == AssignmentState.APPROVED


def test_undo_of_somebody_elses_press_is_refused(place: Township) -> None:
    act = review.approve(pk=place.rows[0].pk, actor=place.clerk).act
    assert act is not None
    with pytest.raises(Http404):
        review.undo_approval(act=act, actor=factories.person("township", place.county.heyuan))


def test_accepted_row_is_no_longer_undone(place: Township) -> None:
    act = review.approve(pk=place.rows[0].pk, actor=place.clerk).act
    assert act is not None
    put(place.rows[0], state=AssignmentState.ACCEPTED)
    with pytest.raises(WrongState):
        review.undo_approval(act=act, actor=place.clerk)


@pytest.mark.row("F17")
def test_approved_row_is_accepted_after_five_workdays(place: Township) -> None:
    put(place.rows[0], state=AssignmentState.APPROVED, approved_on=dt.date(2026, 11, 16))
    assert review.accept_due(dt.date(2026, 11, 20)) == 0
    assert review.accept_due(dt.date(2026, 11, 23)) == 1
    assert review.accept_due(dt.date(2026, 11, 23)) == 0
    assert place.again(place.rows[0]).state == AssignmentState.ACCEPTED
    assert AuditEntry.objects.filter(step="accept", actor="系统").count() == 1


def test_holiday_does_not_count_as_workday(place: Township) -> None:
    put(place.rows[0], state=AssignmentState.APPROVED, approved_on=dt.date(2026, 9, 29))
    assert review.accept_due(dt.date(2026, 10, 9)) == 0
    assert review.accept_due(dt.date(2026, 10, 13)) == 1


@pytest.mark.row("anchor-A19")
def test_month_counts_clean_flagged_and_missing(place: Township) -> None:
    put(place.rows[0], flags=[flag(place.elements[0])])
    put(place.rows[5], state=AssignmentState.OPEN)
    page = month_of(place.clerk, place.rows[0].burden_month)
    assert (page.villages, len(page.counted), len(page.clean), len(page.looks)) == (3, 6, 4, 1)
    assert [(one.unit.name, one.count) for one in page.missing] == [("二道村", 1)]


def page(client: Client, place: Township, **query: str) -> str:
    response = client.get(reverse("reports:township_review"), {"month": place.rows[0].burden_month, **query})
    assert response.status_code == 200
    return response.content.decode()


def test_page_offers_one_press_for_the_unflagged(client: Client, place: Township) -> None:
    put(place.rows[0], flags=[flag(place.elements[0])])
    client.force_login(place.clerk)
    text = page(client, place)
    assert "5 份一并同意" in text
    assert "1 份需要看" in text
    assert "由 22 变为 0，请核" in text


def test_press_on_page_offers_its_undo(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    rows = ",".join(f"{row.pk}.{row.version}" for row in place.rows)
    response = client.post(
        reverse("reports:township_approve_clean"), {"rows": rows, "_key": "k1"}, follow=True
    )
    assert "已同意 6 份。" in response.content.decode()
    act = place.again(place.rows[0]).act
    undo = reverse("reports:township_undo", args=[act])
    assert undo in response.content.decode()
    client.post(undo, {"_key": "k2"})
    assert set(states(place)) == {"submitted"}


def test_refused_step_keeps_the_page(client: Client, place: Township) -> None:
    broken(place)
    client.force_login(place.clerk)
    response = client.post(
        reverse("reports:township_step", args=[place.rows[0].pk, "approve"]),
        {"version": "1", "next": f"month={place.rows[0].burden_month}", "_key": "k3"},
    )
    assert response.status_code == 422
    assert "不符合表内关系，不能同意" in response.content.decode()


def test_page_filters_by_officer(client: Client, place: Township) -> None:
    officer = factories.person("township", place.county.heyuan, name="赵包村")
    posting = officer.postings.get()
    posting.villages.add(place.county.others[0])
    client.force_login(place.clerk)
    text = page(client, place, officer=str(posting.pk), tab="all")
    assert "只看赵包村包的村" in text
    assert "1 个村 2 份" in text
    assert text.count("data-queue-item") == 2


def test_page_is_closed_to_villages_and_departments(client: Client, place: Township) -> None:
    for user in (place.villagers[0], factories.person("department", place.county.minzheng)):
        client.force_login(user)
        assert client.get(reverse("reports:township_review")).status_code == 403


def test_query_count_does_not_grow_with_villages(
    client: Client, django_assert_num_queries: Any, place: Township
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(place.clerk)
    url = f"{reverse('reports:township_review')}?month={place.rows[0].burden_month}&tab=all"
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(12):
        village = factories.village(f"示例多{n}村", place.county.heyuan)
        for form in place.forms:
            factories.assignment(form, village, state="submitted", submitted_at=clock.now())
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_period_leads_to_the_month_that_holds_it(client: Client, place: Township) -> None:
    put(place.rows[0], burden_month="2025-03")
    with audit.act(audit.SYSTEM):
        Assignment.objects.exclude(pk=place.rows[0].pk).update(state=AssignmentState.APPROVED)
    client.force_login(place.clerk)
    response = client.get(reverse("reports:township_review"), {"period": place.rows[0].period})
    assert "乡镇审核 2025年3月" in response.content.decode()


def test_task_accepts_and_reminds_by_the_clock(place: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    from reports import tasks

    put(place.rows[0], state=AssignmentState.APPROVED, approved_on=dt.date(2026, 11, 16))
    put(
        place.rows[1], state=AssignmentState.OPEN, due_on=dt.date(2026, 11, 24), opens_on=dt.date(2026, 11, 1)
    )
    monkeypatch.setattr(clock, "today", lambda: dt.date(2026, 11, 24))
    assert (tasks.accept_approved(), tasks.accept_approved()) == (1, 0)
    assert tasks.remind_missing() == 1
