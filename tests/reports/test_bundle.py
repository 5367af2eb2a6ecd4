"""The bundle of the month: one press, counts and minutes, what is left out and why, taking back."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, Refused, RuleRefused, Stale, WrongState
from core.models import AuditEntry, Exceedance
from core.workflow import take
from reports.choices import AssignmentState, Operator, Origin
from reports.models import Assignment, FieldReturn, FormCheck, Value, ValueChange
from reports.services.collection import bundle, filling, submitting
from reports.services.collection.facts import facts_of
from reports.workflow_assignment import RETURN, SUBMIT_FOR
from tests import factories
from tests.races import race
from tests.reports.reference_month import Reference, number_of, reference_month, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Reference:
    return reference_month(forms=3, values=12)


def pks(month: Reference) -> list[int]:
    return [row.pk for row in month.assignments]


def holder(month: Reference, element: Any) -> Assignment:
    return next(row for row in month.assignments if row.form_version.fields.filter(element=element).exists())


def save(month: Reference, element: Any, typed: str, **more: Any) -> filling.Saved:
    return filling.save_value(
        assignment_pk=holder(month, element).pk,
        element_pk=element.pk,
        actor=month.officer,
        typed=typed,
        version=None,
        **more,
    )


@pytest.mark.row("F1")
@pytest.mark.row("F11")
def test_one_press_sends_the_whole_month(month: Reference) -> None:
    save(month, month.elements[0], "101")
    outcome = submitting.submit(pks=pks(month), actor=month.officer)
    assert (len(outcome.sent), outcome.left) == (3, [])
    rows = Assignment.objects.order_by("form__code")
    assert {row.state for row in rows} == {AssignmentState.SUBMITTED}
    assert {row.submitted_by for row in rows} == {"李会计"}
    assert AuditEntry.objects.filter(step="submit").count() == 3
    assert AuditEntry.objects.filter(step="submit").values("act").distinct().count() == 1


@pytest.mark.row("F12")
def test_typed_counts_in_the_first_form_only(month: Reference) -> None:
    save(month, month.elements[0], "101")
    save(month, month.elements[8], "109")
    submitting.submit(pks=pks(month), actor=month.officer)
    rows = {row.form.code: row for row in Assignment.objects.select_related("form")}
    # 12 indicators over 3 forms: 0,3,6,9 | 1,4,7,10 + 0 | 2,5,8,11 + 0; 0-6 are likely to change.
    assert [(rows[code].typed, rows[code].checked) for code in ("R1", "R2", "R3")] == [(1, 2), (0, 2), (1, 2)]
    assert [rows[code].minutes for code in ("R1", "R2", "R3")] == [
        Decimal("6.4"),
        Decimal("0.4"),
        Decimal("1.4"),
    ]


def test_carried_values_are_stored_as_confirmed(month: Reference) -> None:
    submitting.submit(pks=pks(month), actor=month.officer)
    now = Value.objects.filter(period=f"{clock.today():%Y-%m}")
    assert now.count() == 12
    assert set(now.values_list("origin", flat=True)) == {Origin.CARRIED}
    assert not now.filter(confirmed_at__isnull=True).exists()
    assert number_of(stored(month, month.elements[5])) == 105
    assert ValueChange.objects.filter(origin=Origin.CARRIED).count() == 12


def test_incomplete_form_is_named_and_left(month: Reference) -> None:
    Value.objects.filter(element=month.elements[8]).delete()
    outcome = submitting.submit(pks=pks(month), actor=month.officer)
    assert [row.form.name for row in outcome.sent] == ["参考表1", "参考表2"]
    assert [(one.assignment.form.name, one.reasons[0][1]) for one in outcome.left] == [
        ("参考表3", f"“{month.elements[8].name}”未填")
    ]
    assert Assignment.objects.get(form=month.forms[2]).state == AssignmentState.OPEN


def test_nothing_complete_is_refused_whole(month: Reference) -> None:
    Value.objects.all().delete()
    with pytest.raises(Invalid, match="还不能报送"):
        submitting.submit(pks=pks(month), actor=month.officer)
    assert not Assignment.objects.exclude(state=AssignmentState.OPEN).exists()
    assert not Value.objects.exists()


@pytest.mark.row("anchor-A13")
def test_unlike_number_needs_its_reason(month: Reference) -> None:
    save(month, month.elements[2], "1020")
    row = holder(month, month.elements[2])
    with pytest.raises(RuleRefused) as refused:
        submitting.submit(pks=[row.pk], actor=month.officer)
    assert [finding.rule for finding in refused.value.findings] == ["reports.outlier"]
    save(month, month.elements[2], "1020", reason="防火期巡查")
    submitting.submit(pks=[row.pk], actor=month.officer)
    flag = Assignment.objects.get(pk=row.pk).flags[0]
    assert (flag["name"], flag["kind"], flag["reason"], flag["now"], flag["last"]) == (
        month.elements[2].name,
        "outlier",
        "防火期巡查",
        "1,020",
        "102",
    )
    assert Exceedance.objects.get().reason == "防火期巡查"


@pytest.mark.row("anchor-A14")
@pytest.mark.parametrize(("typed", "passes"), [("103", True), ("104", True), ("105", False)])
def test_relation_between_fields_is_judged(month: Reference, typed: str, passes: bool) -> None:
    row = month.assignments[1]
    with audit.act(audit.SYSTEM):
        FormCheck.objects.create(
            form_version=row.form_version,
            left=[month.elements[1].pk],
            op=Operator.LE,
            right=[month.elements[4].pk],
            message="其中女性不大于总人口",
        )
    save(month, month.elements[1], typed)
    if passes:
        submitting.submit(pks=[row.pk], actor=month.officer)
        return
    with pytest.raises(RuleRefused) as refused:
        submitting.submit(pks=[row.pk], actor=month.officer)
    names = month.elements[1].name, month.elements[4].name
    assert refused.value.message == f"其中女性不大于总人口：{names[0]} 105 > {names[1]} 104，差 1"


def test_relation_links_to_its_field(month: Reference, client: Client) -> None:
    row = month.assignments[1]
    with audit.act(audit.SYSTEM):
        FormCheck.objects.create(
            form_version=row.form_version,
            left=[month.elements[4].pk],
            op=Operator.LE,
            right=[month.elements[1].pk],
            message="表内关系",
        )
    client.force_login(month.officer)
    page = client.get(reverse("reports:fill_bundle")).content.decode()
    assert f'<a href="#v{month.elements[4].pk}">表内关系' in page


@pytest.mark.row("anchor-A17")
def test_sent_form_is_taken_back_until_reviewed(month: Reference) -> None:
    save(month, month.elements[0], "101")
    submitting.submit(pks=pks(month), actor=month.officer)
    row = Assignment.objects.get(form=month.forms[2])
    submitting.recall(pks=[row.pk], actor=month.officer)
    row.refresh_from_db()
    assert (row.state, row.typed, row.minutes, row.submitted_at) == (AssignmentState.OPEN, 0, 0, None)
    assert number_of(stored(month, month.elements[0])) == 101
    again = submitting.submit(pks=[row.pk], actor=month.officer)
    assert [one.pk for one in again.sent] == [row.pk]


def test_reviewed_form_is_not_taken_back(month: Reference) -> None:
    submitting.submit(pks=pks(month), actor=month.officer)
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(form=month.forms[1]).update(state=AssignmentState.APPROVED)
    with pytest.raises(WrongState, match="当前为“乡镇已审”"):
        submitting.recall(pks=[month.assignments[1].pk], actor=month.officer)
    with pytest.raises(WrongState, match="已随《参考表2》通过乡镇审核"):
        submitting.recall(pks=[month.assignments[0].pk], actor=month.officer)


def test_stale_version_sends_nothing(month: Reference) -> None:
    with pytest.raises(Stale):
        submitting.submit(pks=pks(month), actor=month.officer, versions={month.assignments[0].pk: 9})
    assert not Assignment.objects.exclude(state=AssignmentState.OPEN).exists()


def test_answer_to_a_return_shows_the_difference(month: Reference) -> None:
    row = month.assignments[2]
    submitting.submit(pks=[row.pk], actor=month.officer)
    with audit.act(audit.SYSTEM) as act:
        Assignment.objects.filter(pk=row.pk).update(state=AssignmentState.RETURNED)
        FieldReturn.objects.create(
            assignment=row,
            element=month.elements[8],
            comment="请核对",
            old_text="108",
            by="伊通镇",
            act=act.id,
            at=clock.now(),
        )
    save(month, month.elements[8], "110")
    first = Assignment.objects.get(pk=row.pk).submitted_at
    submitting.submit(pks=[row.pk], actor=month.officer)
    row.refresh_from_db()
    flag = next(flag for flag in row.flags if flag["kind"] == "returned")
    assert (flag["last"], flag["now"], row.submitted_at) == ("108", "110", first)
    assert FieldReturn.objects.get().answered_at is not None
    assert row.minutes == Decimal("6.4")


def test_township_hands_in_for_its_village(month: Reference) -> None:
    clerk = factories.person("township", month.county.yitong)
    outcome = submitting.submit(pks=[month.assignments[0].pk], actor=clerk, step=SUBMIT_FOR)
    assert outcome.sent[0].by_township is True
    with pytest.raises(Http404):
        submitting.submit(
            pks=[month.assignments[1].pk],
            actor=factories.person("township", month.county.heyuan),
            step=SUBMIT_FOR,
        )


def test_form_without_valid_number_is_refused_lawfully(month: Reference) -> None:
    with pytest.raises(WrongState, match="准入编号有效"):
        submitting.refuse(pk=month.assignments[0].pk, actor=month.officer)
    with audit.act(audit.SYSTEM):
        month.forms[0].valid_until = clock.today() - dt.timedelta(days=1)
        month.forms[0].save()
    submitting.refuse(pk=month.assignments[0].pk, actor=month.officer)
    assert Assignment.objects.get(pk=month.assignments[0].pk).state == AssignmentState.REFUSED


def test_bundle_takes_open_and_overdue_of_any_frequency(month: Reference) -> None:
    village = month.county.villages[0]
    today = clock.today()
    quarterly = factories.form(
        "季报", month.county.minzheng, month.elements[:1], [village], frequency="quarterly"
    )
    late = factories.assignment(quarterly, village, due_on=today - dt.timedelta(days=3))
    later = factories.form("年报", month.county.minzheng, month.elements[1:2], [village], frequency="yearly")
    factories.assignment(later, village, due_on=today + dt.timedelta(days=60))
    found = [row.pk for row in bundle.bundle_of(village, month.officer, today)]
    assert late.pk in found
    assert len(found) == 4


@pytest.mark.row("anchor-A3")
def test_month_page_is_one_list_with_states(month: Reference, client: Client) -> None:
    today = clock.today()
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(form=month.forms[0]).update(due_on=today - dt.timedelta(days=2))
        Assignment.objects.filter(form=month.forms[1]).update(due_on=today)
    save(month, month.elements[2], "103")
    client.force_login(month.officer)
    page = client.get(reverse("reports:village_month")).content.decode()
    assert "本月 3 张表，一次报完" in page
    assert "12 项中 5 项沿用上月，只需核对可能变化的 7 项" in page
    assert "逾期 2 天" in page
    assert "填报中 1/5" in page
    assert page.count("未填报") == 1


def test_empty_month_says_when_it_was_last(month: Reference, client: Client) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.all().delete()
    client.force_login(month.officer)
    page = client.get(reverse("reports:village_month")).content.decode()
    assert "本月没有要报的表" in page


def test_press_on_the_page_sends_and_says_so(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    url = reverse("reports:check_bundle")
    page = client.get(url)
    assert "各项都与上期相同" in page.content.decode()
    body = {"pk": pks(month), **{f"version_{row.pk}": "1" for row in month.assignments}, "_key": "press-1"}
    answer = client.post(url, body, follow=True)
    assert "3 张表已报送伊通镇审核；审核前可以撤回修改。" in answer.content.decode()
    assert "撤回上次报送的 3 张表" in answer.content.decode()
    replay = client.post(url, body)
    assert replay.status_code == 302
    assert AuditEntry.objects.filter(step="submit").count() == 3
    rows = {f"version_{row.pk}": "2" for row in month.assignments}
    client.post(reverse("reports:recall_sent"), {"pk": pks(month), **rows})
    assert set(Assignment.objects.values_list("state", flat=True)) == {AssignmentState.OPEN}


def test_sent_form_offers_recall_until_approved(month: Reference, client: Client) -> None:
    submitting.submit(pks=pks(month), actor=month.officer)
    client.force_login(month.officer)
    url = reverse("reports:fill", args=[month.assignments[0].pk])
    assert "撤回修改" in client.get(url).content.decode()
    with audit.act(audit.SYSTEM):
        Assignment.objects.update(state=AssignmentState.APPROVED)
    assert "撤回修改" not in client.get(url).content.decode()


def test_outsider_gets_404_for_a_form(month: Reference, client: Client) -> None:
    client.force_login(factories.person("village", month.county.others[0]))
    url = reverse("reports:fill", args=[month.assignments[0].pk])
    assert client.get(url).status_code == 404
    client.force_login(month.officer)
    assert client.get(url).status_code == 200


def test_facts_of_the_village_on_one_page(month: Reference, client: Client) -> None:
    save(month, month.elements[1], "1203", reason="人口普查后订正")
    facts = facts_of(month.county.villages[0], month.officer)
    assert [(fact.name, fact.text) for fact in facts.basic] == [
        ("常住人口", "1,203"),
        (month.elements[10].name, "110"),
    ]
    assert f"常住人口 1,203户（{clock.today().year}年{clock.today().month}月）" in facts.text
    client.force_login(month.officer)
    assert "可复制的文字" in client.get(reverse("reports:facts")).content.decode()
    assert client.get(reverse("reports:facts"), {"print": "1"}).status_code == 200


def test_sensitive_facts_are_not_copied(month: Reference) -> None:
    with audit.act(audit.SYSTEM):
        month.elements[1].sensitivity = "sensitive"
        month.elements[1].save()
    text = facts_of(month.county.villages[0], month.officer).text
    assert "常住人口" not in text
    assert month.elements[10].name in text


@pytest.mark.django_db(transaction=True)
def test_six_presses_send_once() -> None:
    month = reference_month(forms=3, values=12)
    given = race(*[lambda: submitting.submit(pks=pks(month), actor=month.officer)] * 6, expected=(Refused,))
    answers = [each.code if isinstance(each, Refused) else "sent" for each in given]
    assert sorted(answers) == ["sent", *["wrong_state"] * 5]
    assert AuditEntry.objects.filter(step="submit").count() == 3


def _late_save(month: Reference) -> tuple[threading.Thread, list[str]]:
    """Another device saves a field of a form that is just being sent."""
    answers: list[str] = []

    def save_late() -> None:
        try:
            filling.save_value(
                assignment_pk=month.assignments[0].pk,
                element_pk=month.elements[3].pk,
                actor=month.officer,
                typed="7",
                version=None,
            )
            answers.append("saved")
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connection.close()

    return threading.Thread(target=save_late), answers


@pytest.mark.django_db(transaction=True)
def test_late_save_never_slips_into_a_sent_form() -> None:
    month = reference_month(forms=3, values=12)
    thread, answers = _late_save(month)
    with audit.act(audit.SYSTEM):
        submitting.submit(pks=[month.assignments[0].pk], actor=month.officer)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # waits for the form's row
    thread.join()
    assert answers == ["wrong_state"]
    assert number_of(stored(month, month.elements[3])) == 103


@pytest.mark.django_db(transaction=True)
def test_without_its_lock_a_late_save_slips_in(monkeypatch: pytest.MonkeyPatch) -> None:
    month = reference_month(forms=3, values=12)
    free = filling.holders
    monkeypatch.setattr(filling, "holders", lambda unit, keys, lock=False: free(unit, keys))
    thread, answers = _late_save(month)
    with audit.act(audit.SYSTEM):
        rows = list(Assignment.objects.select_for_update().filter(pk=month.assignments[0].pk))
        thread.start()
        thread.join(30)
    assert (len(rows), answers) == (1, ["saved"])


@pytest.mark.row("anchor-A16")
def test_returned_form_opens_on_its_one_field(month: Reference, client: Client) -> None:
    row = month.assignments[2]
    submitting.submit(pks=[row.pk], actor=month.officer)
    with audit.act(audit.SYSTEM) as act:
        Assignment.objects.filter(pk=row.pk).update(state=AssignmentState.RETURNED)
        FieldReturn.objects.create(
            assignment=row,
            element=month.elements[8],
            comment="请核对",
            old_text="108",
            by="伊通镇",
            act=act.id,
            at=clock.now(),
        )
    client.force_login(month.officer)
    page = client.get(reverse("reports:fill", args=[row.pk])).content.decode()
    assert "退回意见：请核对" in page
    assert page.count("data-save-url") == 1 + page.count(".box[data-save-url]")
    assert "只改这一项" in client.get(reverse("reports:village_month")).content.decode()
    answer = client.post(reverse("reports:check", args=[row.pk]), {"pk": row.pk, f"version_{row.pk}": "2"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.state == AssignmentState.SUBMITTED


def test_form_returned_whole_shows_the_reviewers_words(month: Reference, client: Client) -> None:
    row = month.assignments[2]
    submitting.submit(pks=[row.pk], actor=month.officer)
    clerk = factories.person("township", month.county.yitong)
    with take(RETURN, Assignment, row.pk, actor=clerk, reason="与台账不一致，请核对。"):
        pass
    client.force_login(month.officer)
    page = client.get(reverse("reports:fill", args=[row.pk])).content.decode()
    assert "退回意见：与台账不一致，请核对。 —— 伊通镇" in page
    assert "与台账不一致，请核对。" in client.get(reverse("reports:village_month")).content.decode()


def test_refusals_of_the_check_page_keep_their_status(month: Reference, client: Client) -> None:
    save(month, month.elements[2], "1020")
    client.force_login(month.officer)
    row = holder(month, month.elements[2])
    url = reverse("reports:check", args=[row.pk])
    refused = client.post(url, {"pk": row.pk, f"version_{row.pk}": "1"})
    assert refused.status_code == 422
    assert "比上期多 900%" in refused.content.decode()
    save(month, month.elements[2], "1020", reason="防火期巡查")
    stale = client.post(url, {"pk": row.pk, f"version_{row.pk}": "9"})
    assert stale.status_code == 409
    assert "内容已被他人修改" in stale.content.decode()
