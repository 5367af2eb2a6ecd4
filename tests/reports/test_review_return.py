"""Sending back: one field with a comment, the whole form, what reopens, what the reviewer sees again."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from core import audit
from core.errors import Invalid, Stale, WrongState
from organization.models import Notice
from reports.choices import AssignmentState
from reports.models import Assignment, FieldReturn
from reports.services import review
from reports.services.collection import filling, submitting
from reports.services.submission import history_of, submission_of
from tests import factories
from tests.reports.township_month import Township, flag, township

pytestmark = pytest.mark.django_db
COMMENT = "与部门台账不一致，请核对。"


@pytest.fixture
def place() -> Township:
    return township()


def put(row: Assignment, **fields: Any) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=row.pk).update(**fields)


def returned(place: Township, element: int = 1, row: int = 0) -> Assignment:
    review.return_field(
        pk=place.rows[row].pk, element_id=place.elements[element].pk, actor=place.clerk, comment=COMMENT
    )
    return place.again(place.rows[row])


def save(place: Township, element: int, typed: str, *, version: int = 1, row: int = 0) -> filling.Saved:
    return filling.save_value(
        assignment_pk=place.rows[row].pk,
        element_pk=place.elements[element].pk,
        actor=place.villagers[0],
        typed=typed,
        version=version,
    )


@pytest.mark.row("anchor-A16")
@pytest.mark.row("F17")
def test_single_field_is_sent_back_with_comment(place: Township) -> None:
    row = returned(place)
    assert (row.state, row.returns) == (AssignmentState.RETURNED, 1)
    back = FieldReturn.objects.get()
    assert (back.comment, back.old_text, back.by) == (COMMENT, "22", "河源镇 王党政")


@pytest.mark.row("anchor-A16")
def test_only_the_returned_field_reopens(place: Township) -> None:
    returned(place)
    assert save(place, 1, "25").shown == "25"
    with pytest.raises(WrongState):
        save(place, 0, "25")


@pytest.mark.row("anchor-A16")
def test_resubmission_shows_old_beside_new(place: Township) -> None:
    returned(place)
    save(place, 1, "25")
    submitting.submit(pks=[place.rows[0].pk], actor=place.villagers[0])
    page = submission_of(place.clerk, place.rows[0].pk)
    line = next(line for line in page.lines if line.returned)
    assert (line.returned.old_text if line.returned else "", line.now, line.changed_after_return) == (
        "22",
        "25",
        True,
    )
    assert any("退回后已改" in mark.message for mark in line.marks)


def test_resubmitted_answer_is_never_approved_unseen(place: Township) -> None:
    returned(place)
    save(place, 1, "25")
    submitting.submit(pks=[place.rows[0].pk], actor=place.villagers[0])
    row = place.again(place.rows[0])
    with pytest.raises(WrongState):
        review.approve_clean(versions={row.pk: row.version}, actor=place.clerk)


def test_shared_field_reopens_in_every_form(place: Township) -> None:
    rows = review.return_field(
        pk=place.rows[0].pk, element_id=place.elements[0].pk, actor=place.clerk, comment=COMMENT
    )
    assert [row.pk for row in rows] == [place.rows[0].pk, place.rows[1].pk]
    assert {place.again(row).state for row in place.rows[:2]} == {AssignmentState.RETURNED}
    assert save(place, 0, "30").used_in == 2


@pytest.mark.row("anchor-A20")
def test_accepted_form_keeps_shared_field_closed(place: Township) -> None:
    put(place.rows[1], state=AssignmentState.ACCEPTED)
    with pytest.raises(WrongState) as refused:
        review.return_field(
            pk=place.rows[0].pk, element_id=place.elements[0].pk, actor=place.clerk, comment=COMMENT
        )
    assert refused.value.message == (
        "“低保户数”已由县民政局在《测试报表1》中接收，不能退回；需要更正的，请与县民政局联系办理。"
    )
    assert place.again(place.rows[0]).state == AssignmentState.SUBMITTED


@pytest.mark.row("anchor-A20")
def test_approved_value_says_who_can_reopen(place: Township) -> None:
    review.approve(pk=place.rows[0].pk, actor=place.clerk)
    with pytest.raises(WrongState) as refused:
        save(place, 1, "25")
    assert refused.value.message == "已随《测试报表0》报送，乡镇已审，由乡镇退回该项后可改。"


@pytest.mark.row("anchor-A20")
def test_approved_form_is_reopened_by_return(place: Township) -> None:
    review.approve(pk=place.rows[0].pk, actor=place.clerk)
    row = returned(place)
    assert (row.state, row.approved_on) == (AssignmentState.RETURNED, None)
    assert save(place, 1, "25").shown == "25"


def test_return_needs_a_comment(place: Township) -> None:
    with pytest.raises(Invalid, match="请写明退回修改的理由。"):
        review.return_field(
            pk=place.rows[0].pk, element_id=place.elements[1].pk, actor=place.clerk, comment=" "
        )
    assert not FieldReturn.objects.exists()


def test_return_of_changed_row_is_stale(place: Township) -> None:
    with pytest.raises(Stale):
        review.return_field(
            pk=place.rows[0].pk,
            element_id=place.elements[1].pk,
            actor=place.clerk,
            comment=COMMENT,
            version=7,
        )


def test_foreign_township_cannot_send_back(place: Township) -> None:
    other = factories.person("township", place.county.yitong)
    with pytest.raises(Http404):
        review.return_field(
            pk=place.rows[0].pk, element_id=place.elements[1].pk, actor=other, comment=COMMENT
        )


def test_whole_form_reopens_all_its_own_fields(place: Township) -> None:
    review.return_whole(pk=place.rows[0].pk, actor=place.clerk, reason="有漏填，请补充。")
    assert place.again(place.rows[0]).state == AssignmentState.RETURNED
    assert save(place, 1, "25").shown == "25"


@pytest.mark.row("anchor-A21")
def test_history_names_who_changed_what(place: Township) -> None:
    returned(place)
    save(place, 1, "25")
    found = history_of(place.clerk, place.rows[0].pk, place.elements[1].pk)
    assert found is not None
    assert [(one.old, one.new, one.actor) for one in found.changes] == [("22", "25", place.villagers[0].name)]


@pytest.mark.row("anchor-A21")
def test_history_opens_from_the_value(client: Client, place: Township) -> None:
    returned(place)
    save(place, 1, "25")
    client.force_login(place.clerk)
    url = reverse("reports:value_history", args=[place.rows[0].pk, place.elements[1].pk])
    assert url in client.get(reverse("reports:township_assignment", args=[place.rows[0].pk])).content.decode()
    text = client.get(url).content.decode()
    assert "<del>22</del> → <b>25</b>" in text
    client.force_login(factories.person("township", place.county.yitong))
    assert client.get(url).status_code == 404


def test_field_is_sent_back_from_the_page(client: Client, place: Township) -> None:
    put(place.rows[0], flags=[flag(place.elements[1])])
    client.force_login(place.clerk)
    response = client.post(
        reverse("reports:township_step", args=[place.rows[0].pk, "return"]),
        {"version": "1", "element": str(place.elements[1].pk), "reason": COMMENT, "_key": "r1"},
        follow=True,
    )
    assert "已退回示例三村《测试报表0》的这一项；其余各项不变" in response.content.decode()
    assert place.again(place.rows[0]).state == AssignmentState.RETURNED


def test_missing_comment_keeps_the_page(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    response = client.post(
        reverse("reports:township_step", args=[place.rows[0].pk, "return"]),
        {"version": "1", "from": "detail", "_key": "r2"},
    )
    assert response.status_code == 400
    assert "请写明退回修改的理由。" in response.content.decode()


def test_detail_offers_steps_of_the_state(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    text = client.get(reverse("reports:township_assignment", args=[place.rows[0].pk])).content.decode()
    assert reverse("reports:township_step", args=[place.rows[0].pk, "approve"]) in text
    assert "准入编号" in text


def test_village_is_told_at_once_what_came_back(place: Township) -> None:
    returned(place)
    notice = Notice.objects.get()
    assert (notice.user, notice.text, notice.urgent) == (
        place.villagers[0],
        f"《测试报表0》“危房户数”退回修改：{COMMENT}",
        True,
    )


def test_further_field_joins_those_sent_back(place: Township) -> None:
    returned(place)
    rows = review.return_field(
        pk=place.rows[0].pk, element_id=place.elements[0].pk, actor=place.clerk, comment="有漏填，请补充。"
    )
    assert [row.pk for row in rows] == [place.rows[0].pk, place.rows[1].pk]
    assert place.again(place.rows[0]).returns == 1
    assert FieldReturn.objects.filter(assignment=place.rows[0], answered_at=None).count() == 2
    assert [save(place, n, "25").shown for n in (0, 1)] == ["25", "25"]


def test_further_field_needs_a_comment_too(place: Township) -> None:
    returned(place)
    with pytest.raises(Invalid, match="请写明退回修改的理由。"):
        review.return_field(
            pk=place.rows[0].pk, element_id=place.elements[0].pk, actor=place.clerk, comment=""
        )
    assert FieldReturn.objects.count() == 1
