"""一表一审: asking, sending in, deciding; numbers, doors, and what may not be skipped."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404

from core import clock
from core.errors import Invalid, NotAllowed, RuleRefused, Stale, WrongState
from core.models import AuditEntry, NumberedItem, Waiver
from organization.models import Notice
from reports.choices import Category, FormState, ReasonCode, RequestKind, RequestState
from reports.models import Assignment, Form, FormRequest, Respondent
from reports.services import (
    admission,
    admission_asking,
    admission_changes,
    admission_page,
    admission_urgent,
    burden,
)
from reports.services.admission_asking import Chosen
from tests import factories
from tests.reports.gate_place import PDF, WORDS, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings: Any) -> Place:
    """The county of the gate, as a demonstration: notices are kept unscanned."""
    settings.DEMO = True
    return Place()


@pytest.mark.row("F18")
@pytest.mark.row("F17")
def test_admission_gives_number_expiry_and_respondents(place: Place) -> None:
    request = place.sent()
    with pytest.raises(RuleRefused) as before:
        admission.require_admitted(request.form, clock.today())
    assert before.value.code == "reports.not_admitted"
    assert [door.label[:5] for door in before.value.findings[0].doors] == [
        "上级急要数",
        "法定统计调",
        "存量报表：",
    ]
    place.decide("admit", request, opinion="同意")
    form = Form.objects.get(pk=request.form_id)
    assert (form.state, form.number.number) == (FormState.ACTIVE, f"伊表〔{clock.today().year}〕1号")
    assert form.valid_until == admission.latest_end(clock.today())
    assert set(Respondent.objects.filter(form_version__form=form).values_list("unit_id", flat=True)) == {
        unit.pk for unit in place.villages
    }
    admission.require_admitted(form, clock.today())
    with pytest.raises(RuleRefused):
        admission.require_admitted(form, form.valid_until + dt.timedelta(days=1))
    stored = FormRequest.objects.get(pk=request.pk)
    assert (stored.state, stored.decided_by, stored.opinion) == (
        RequestState.ADMITTED,
        place.dgb.name,
        "同意",
    )
    assert Notice.objects.filter(user=place.clerk, text__contains=form.number.number).count() == 1


@pytest.mark.row("F17")
@pytest.mark.row("anchor-A24")
def test_sources_blank_keeps_request_unsent(place: Place) -> None:
    made = admission_asking.save_draft(place.draft(sources="  "), actor=place.clerk)
    with pytest.raises(Invalid) as refused:
        admission_asking.submit(made.pk, version=made.version, actor=place.clerk, endorsed=True)
    assert set(refused.value.errors) == {"sources"}
    with pytest.raises(Invalid) as refused:
        admission_asking.submit(made.pk, version=made.version, actor=place.clerk, endorsed=False)
    assert set(refused.value.errors) == {"sources", "endorsed"}
    assert FormRequest.objects.get(pk=made.pk).state == RequestState.DRAFT


@pytest.mark.row("anchor-A24")
def test_hours_are_three_numbers_multiplied(place: Place) -> None:
    place.elements[0].carry = "anew"
    from core import audit

    with audit.act(audit.SYSTEM):
        place.elements[0].save()
    request = place.sent(3)
    assert (request.respondents, request.times_a_year, request.minutes_each) == (6, 12, Decimal("6.4"))
    assert request.hours_after == Decimal("7.68")
    assert request.hours_before == 0


def test_deadline_is_five_working_days(place: Place) -> None:
    request = place.sent()
    today = clock.today()
    calendar = admission_asking.WorkCalendar.load(today, today + dt.timedelta(days=20))
    assert request.decide_by == calendar.add(today, 5)
    assert Notice.objects.filter(user=place.dgb, text__contains="5 个工作日内审结").count() == 1


@pytest.mark.row("F9")
@pytest.mark.row("F8")
def test_pending_indicator_cannot_be_chosen(place: Place) -> None:
    pending = factories.element("待审指标", place.county.nongye, status="pending")
    with pytest.raises(RuleRefused) as refused:
        admission_asking.save_draft(place.draft(chosen=(Chosen(pending.pk),)), actor=place.clerk)
    assert refused.value.code == "reports.element_not_standard"
    assert "“待审指标”未启用" in refused.value.message


@pytest.mark.row("F9")
def test_indicator_retired_meanwhile_stops_admission(place: Place) -> None:
    from core import audit

    request = place.sent()
    with audit.act(audit.SYSTEM):
        place.elements[0].status = "retired"
        place.elements[0].save()
    with pytest.raises(RuleRefused) as refused:
        place.decide("admit", request)
    assert refused.value.code == "reports.element_not_standard"
    assert "指标01" in refused.value.message
    assert Form.objects.get(pk=request.form_id).number is None


@pytest.mark.row("F20")
def test_extra_fields_need_their_reasons(place: Place) -> None:
    chosen = tuple(Chosen(e.pk, by_superior=i < 8) for i, e in enumerate(place.elements))
    draft = place.draft(chosen=chosen, category=Category.SUPERIOR, superior_ref="省农厅函〔2026〕9号")
    made = admission_asking.save_draft(draft, actor=place.clerk)
    with pytest.raises(Invalid) as refused:
        admission_asking.submit(made.pk, version=made.version, actor=place.clerk, endorsed=True)
    assert set(refused.value.errors) == {"fields"}
    reasoned = replace(
        draft,
        chosen=tuple(replace(one, extra_reason="" if one.by_superior else "县里调度用") for one in chosen),
    )
    again = admission_asking.save_draft(reasoned, actor=place.clerk, pk=made.pk, version=made.version)
    sent = admission_asking.submit(again.pk, version=again.version, actor=place.clerk, endorsed=True)
    compared = admission_page.page_of(sent).comparison
    assert compared is not None
    assert (compared.superior, compared.asked, len(compared.extra)) == (8, 15, 7)


@pytest.mark.row("F19")
def test_take_twelve_admit_other_three(place: Place) -> None:
    place.in_force(slice(0, 12))
    for element in place.elements[:12]:
        factories.value(element, place.villages[0], clock.today(), 3)
    request = place.sent(15)
    page = admission_page.page_of(request)
    assert len(page.available) == 12
    assert (page.available[0].units, page.available[0].all_units) == (1, 6)
    with pytest.raises(RuleRefused) as refused:
        place.decide("admit", request)
    assert refused.value.code == "reports.duplicate"
    place.decide("take_existing", request, element_ids=[e.pk for e in place.elements[:12]])
    form = Form.objects.get(pk=request.form_id)
    stored = FormRequest.objects.get(pk=request.pk)
    assert (stored.state, len(stored.taken_elements), form.state) == (
        RequestState.TAKEN,
        12,
        FormState.ACTIVE,
    )
    names = form.versions.get().fields.order_by("place").values_list("element__name", flat=True)
    assert list(names) == ["指标13", "指标14", "指标15"]


@pytest.mark.row("F19")
def test_taking_everything_makes_no_form(place: Place) -> None:
    place.in_force(slice(0, 2))
    for element in place.elements[:2]:
        factories.value(element, place.villages[0], clock.today(), 3)
    request = place.sent(2)
    with pytest.raises(Invalid):
        place.decide("take_existing", request, element_ids=[])
    place.decide("take_existing", request, element_ids=[e.pk for e in place.elements[:2]])
    form = Form.objects.get(pk=request.form_id)
    assert (form.state, form.number_id) == (FormState.CANCELLED, None)
    assert FormRequest.objects.get(pk=request.pk).hours_after == 0


def test_indicator_without_values_cannot_be_taken(place: Place) -> None:
    request = place.sent(2)
    with pytest.raises(Invalid) as refused:
        place.decide("take_existing", request, element_ids=[place.elements[0].pk])
    assert "没有可直接取用的数据" in refused.value.message
    assert FormRequest.objects.get(pk=request.pk).state == RequestState.SUBMITTED


@pytest.mark.row("F19")
def test_merged_request_points_to_its_successor(place: Place) -> None:
    target = place.in_force(slice(0, 12))
    request = place.sent(15)
    place.decide("merge", request, into=target.pk)
    form = Form.objects.get(pk=request.form_id)
    assert (form.state, form.successor) == (FormState.MERGED, target)
    assert Notice.objects.filter(user=place.other, text__contains="并入贵单位").count() == 1
    ended = factories.form("已止", place.county.dgb, [place.elements[0]], [], state=FormState.CANCELLED)
    with pytest.raises(Invalid):
        place.decide("merge", place.sent(1), into=ended.pk)


@pytest.mark.row("F19")
def test_rejection_needs_code_and_text(place: Place) -> None:
    request = place.sent()
    with pytest.raises(Invalid):
        place.decide("reject", request, reason="  ", code=ReasonCode.DUPLICATE)
    with pytest.raises(Invalid):
        place.decide("reject", request, reason="重复", code=ReasonCode.FREQUENCY_CUT)
    place.decide("reject", request, reason="已有数据", code=ReasonCode.DUPLICATE)
    stored = FormRequest.objects.get(pk=request.pk)
    assert (stored.state, stored.reason_code, stored.opinion) == ("rejected", "duplicate", "已有数据")


def test_rejected_request_gets_one_review(place: Place) -> None:
    request = place.sent()
    with pytest.raises(WrongState):
        admission_changes.ask_review(request.pk, actor=place.clerk)
    place.decide("reject", request, reason="不足", code=ReasonCode.INCOMPLETE)
    again = admission_changes.ask_review(request.pk, actor=place.clerk)
    assert (again.review_of_id, again.state, again.form_id) == (
        request.pk,
        RequestState.DRAFT,
        request.form_id,
    )
    sent = admission_asking.submit(again.pk, version=again.version, actor=place.clerk, endorsed=True)
    place.decide("reject", sent, reason="仍不足", code=ReasonCode.INCOMPLETE)
    for pk in (request.pk, sent.pk):
        with pytest.raises(Invalid, match="复核只有一次"):
            admission_changes.ask_review(pk, actor=place.clerk)


@pytest.mark.row("F18")
def test_superior_form_registers_despite_overlap(place: Place) -> None:
    place.in_force(slice(0, 12))
    county_made = place.sent(15)
    with pytest.raises(Invalid):
        place.decide("register", county_made)
    chosen = tuple(Chosen(e.pk, by_superior=True) for e in place.elements)
    request = place.sent(
        chosen=chosen, category=Category.SUPERIOR, superior_ref="国统字〔2026〕1号", name="上级表"
    )
    place.decide("register", request)
    form = Form.objects.get(pk=request.form_id)
    assert (form.state, form.reference) == (FormState.ACTIVE, "国统字〔2026〕1号")


@pytest.mark.row("F18")
def test_statutory_form_belongs_to_statistics_bureau(place: Place) -> None:
    request = place.sent(category=Category.STATUTORY)
    for how, more in (
        ("admit", {}),
        ("reject", {"reason": "不要", "code": "unnecessary"}),
        ("send_back", {"reason": "改"}),
    ):
        with pytest.raises(NotAllowed):
            place.decide(how, request, **more)
    with pytest.raises(NotAllowed):
        place.decide("register_statutory", request)
    place.decide("register_statutory", request, actor=place.tongji)
    assert Form.objects.get(pk=request.form_id).state == FormState.ACTIVE
    with pytest.raises(NotAllowed):
        place.decide("register_statutory", place.sent(name="县级表"), actor=place.tongji)


@pytest.mark.row("F18")
def test_requester_cannot_decide_own_request(place: Place) -> None:
    request = place.sent()
    with pytest.raises(NotAllowed):
        place.decide("admit", request, actor=place.clerk)
    for stranger in (place.other, place.village):
        with pytest.raises(Http404):
            place.decide("admit", request, actor=stranger)
    assert FormRequest.objects.get(pk=request.pk).state == RequestState.SUBMITTED


def test_township_asks_in_its_own_name(place: Place) -> None:
    clerk = factories.person("township", place.county.yitong)
    draft = replace(place.draft(), requester_id=place.county.yitong.pk, category=Category.TOWNSHIP)
    made = admission_asking.save_draft(draft, actor=clerk)
    assert made.requester == place.county.yitong
    for unit in (place.county.nongye, place.county.villages[0], place.county.heyuan):
        with pytest.raises(NotAllowed):
            admission_asking.save_draft(replace(draft, requester_id=unit.pk), actor=clerk)


def test_returned_request_is_changed_and_resent(place: Place) -> None:
    request = place.sent()
    with pytest.raises(WrongState):
        admission_asking.save_draft(place.draft(4), actor=place.clerk, pk=request.pk, version=request.version)
    back = place.decide("send_back", request, reason="请压减指标")
    assert FormRequest.objects.get(pk=request.pk).opinion == "请压减指标"
    saved = admission_asking.save_draft(place.draft(1), actor=place.clerk, pk=back.pk, version=back.version)
    with pytest.raises(Stale):
        admission_asking.save_draft(
            place.draft(2, use="另一处"), actor=place.clerk, pk=back.pk, version=back.version
        )
    again = admission_asking.submit(saved.pk, version=saved.version, actor=place.clerk, endorsed=True)
    assert again.form_version.fields.count() == 1
    admission_asking.withdraw(again.pk, version=again.version, actor=place.clerk)
    with pytest.raises(WrongState):
        place.decide("admit", again)


@pytest.mark.row("F18")
def test_urgent_demand_opens_at_once(place: Place) -> None:
    draft = place.draft(2, superior_ref="省应急厅明电〔2026〕61号", name="急报")
    request = admission_urgent.ask_urgent(draft, actor=place.clerk, name="通知.pdf", content=PDF, days=5)
    form = Form.objects.get(pk=request.form_id)
    today = clock.today()
    assert (request.state, request.kind) == (RequestState.PROVISIONAL, RequestKind.URGENT)
    assert (form.temporary, form.valid_until) == (True, today + dt.timedelta(days=4))
    assert Assignment.objects.filter(form=form, state="open").count() == 6
    calendar = admission_asking.WorkCalendar.load(today, today + dt.timedelta(days=20))
    assert request.decide_by == calendar.add(today, 3)
    assert (
        Waiver.objects.get(object_id=str(request.pk)).attachment_id == admission_urgent.notice_of(request).pk
    )
    number = form.number_id
    place.decide("admit", request)
    assert Form.objects.get(pk=form.pk).number_id == number


@pytest.mark.row("F18")
def test_rejected_urgent_demand_stops_filling(place: Place) -> None:
    draft = place.draft(2, superior_ref="省厅明电", name="急报")
    request = admission_urgent.ask_urgent(draft, actor=place.clerk, name="通知.pdf", content=PDF, days=5)
    place.decide("reject", request, reason="无此通知", code=ReasonCode.UNNECESSARY)
    form = Form.objects.get(pk=request.form_id)
    assert form.state == FormState.CANCELLED
    assert set(Assignment.objects.filter(form=form).values_list("state", flat=True)) == {"stopped"}
    assert Notice.objects.filter(user=place.village, text__contains="临时编号已撤销").count() == 1


@pytest.mark.parametrize(
    ("content", "days", "more", "field"),
    [
        (b"", 5, {}, "notice"),
        (b"MZ\x90", 5, {}, "notice"),
        (PDF, 31, {}, "days"),
        (PDF, 0, {}, "days"),
        (PDF, 5, {"superior_ref": ""}, "superior_ref"),
        (PDF, 5, {"chosen": ()}, "fields"),
    ],
)
def test_urgent_demand_needs_notice_and_limit(
    place: Place, content: bytes, days: int, more: dict[str, Any], field: str
) -> None:
    draft = place.draft(2, **{"superior_ref": "省厅明电", **more})
    with pytest.raises(Invalid) as refused:
        admission_urgent.ask_urgent(draft, actor=place.clerk, name="x.pdf", content=content, days=days)
    assert set(refused.value.errors) == {field}
    assert not Form.objects.exists()


@pytest.mark.row("anchor-A23")
def test_renewal_keeps_number_and_extends(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    request = admission_changes.ask_renewal(form.pk, actor=place.other)
    changed = replace(admission_asking.draft_of(request), frequency="daily")
    with pytest.raises(Invalid, match="请走修订"):
        admission_asking.save_draft(changed, actor=place.other, pk=request.pk, version=request.version)
    from core import audit, edits

    with audit.act(place.other):
        edits.update(request, request.version, "修改", **WORDS)
    sent = admission_asking.submit(request.pk, version=request.version, actor=place.other, endorsed=True)
    with pytest.raises(WrongState, match="在办"):
        admission_changes.ask_revision(form.pk, actor=place.other)
    place.decide("admit", sent)
    renewed = Form.objects.get(pk=form.pk)
    assert (renewed.number_id, renewed.valid_until) == (form.number_id, admission.latest_end(clock.today()))
    assert NumberedItem.objects.get(pk=form.number_id).valid.upper == renewed.valid_until + dt.timedelta(
        days=1
    )


@pytest.mark.row("anchor-A28")
def test_revision_shows_fields_and_hours(place: Place) -> None:
    form = place.in_force(slice(0, 5))
    request = admission_changes.ask_revision(form.pk, actor=place.other)
    draft = replace(
        admission_asking.draft_of(request),
        chosen=tuple(Chosen(e.pk) for e in [*place.elements[:2], place.elements[9]]),
        change_code=ReasonCode.FIELDS_CUT,
        **WORDS,
    )
    saved = admission_asking.save_draft(draft, actor=place.other, pk=request.pk, version=request.version)
    sent = admission_asking.submit(saved.pk, version=saved.version, actor=place.other, endorsed=True)
    shown = admission_page.page_of(sent).difference
    assert shown is not None
    assert (shown.added, shown.removed) == (("指标10",), ("指标03", "指标04", "指标05"))
    assert shown.minutes == Decimal("-0.4")
    assert (sent.hours_before, sent.hours_after) == (Decimal("7.20"), Decimal("6.72"))
    place.decide("admit", sent)
    versions = form.versions.order_by("n")
    assert [v.in_force for v in versions] == [True, True]
    assert versions[1].from_period > clock.today()
    assert Form.objects.get(pk=form.pk).number_id == form.number_id


@pytest.mark.row("anchor-A28")
def test_revision_says_what_kind_of_change(place: Place) -> None:
    form = place.in_force(slice(0, 5))
    request = admission_changes.ask_revision(form.pk, actor=place.other)
    draft = replace(admission_asking.draft_of(request), **WORDS)
    assert set(admission_asking.missing(draft, RequestKind.REVISE)) == {"change_code"}


def test_owner_cancels_form_as_real_cut(place: Place) -> None:
    form = place.in_force(slice(0, 5))
    row = factories.assignment(form, place.villages[0])
    with pytest.raises(NotAllowed):
        admission_changes.cancel(form.pk, version=None, actor=place.clerk)
    request = admission_changes.cancel(form.pk, version=form.version, actor=place.other, reason="工作结束")
    assert Form.objects.get(pk=form.pk).state == FormState.CANCELLED
    assert Assignment.objects.get(pk=row.pk).state == "stopped"
    assert (request.state, request.change_code, request.hours_before, request.hours_after) == (
        "admitted", "cancelled", Decimal("7.20"), 0,
    )  # fmt: skip
    assert NumberedItem.objects.get(pk=form.number_id).state == "ended"


@pytest.mark.row("anchor-A24")
def test_what_if_changes_nothing(place: Place) -> None:
    request = place.sent(5, frequency="daily")
    entries = AuditEntry.objects.count()
    tried = admission_page.what_if(
        request,
        frequency="monthly",
        townships=[place.county.yitong.pk],
        drop={place.elements[0].pk, place.elements[1].pk},
    )
    assert (tried.now.hours_a_year, tried.then.units, tried.then.times) == (Decimal("150.00"), 3, 12)
    assert tried.then.hours_a_year == Decimal("3.36")
    assert "150 小时降为 3 小时" in tried.opinion
    assert AuditEntry.objects.count() == entries
    assert FormRequest.objects.get(pk=request.pk).form_version.frequency == "daily"


def test_validity_reaches_at_most_twelve_months(place: Place) -> None:
    assert admission.latest_end(dt.date(2026, 11, 24)) == dt.date(2027, 11, 23)
    assert admission.latest_end(dt.date(2028, 2, 29)) == dt.date(2029, 2, 27)
    late = admission.latest_end(clock.today()) + dt.timedelta(days=1)
    assert set(admission_asking.missing(place.draft(valid_until=late))) == {"valid_until"}
    assert admission_asking.missing(place.draft(valid_until=late - dt.timedelta(days=1))) == {}


def test_county_share_counts_forms_in_force(place: Place) -> None:
    first = place.sent(3)
    place.decide("admit", first)
    second = place.sent(chosen=tuple(Chosen(e.pk) for e in place.elements[5:8]), name="第二张")
    assert burden.county_hours_a_year() == Decimal("6.72")
    assert admission_page.page_of(second).share == Decimal("0.5")
