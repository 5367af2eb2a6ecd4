"""One field: carried, typed, locked, refused, kept once for every form."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import Http404
from django.test import Client
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, NotAllowed, Stale, WrongState
from core.periods import ORDER, Frequency, containing
from reports.choices import AssignmentState, Carry, Origin
from reports.models import Assignment, FieldReturn, Value, ValueChange
from reports.services.collection import carrying, filling, submitting
from tests import factories
from tests.reports.reference_month import Reference, last_month, number_of, reference_month, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Reference:
    return reference_month(forms=3, values=12)


def sheet_of(month: Reference) -> filling.Sheet:
    rows = Assignment.objects.select_related("form__owner", "form__number", "form_version", "unit").order_by(
        "pk"
    )
    return filling.load_sheet(month.county.villages[0], rows)


def field_of(month: Reference, name: str) -> filling.Field:
    return next(one for one in sheet_of(month).fields if one.held.name == name)


def save(
    month: Reference,
    element: Any,
    typed: str,
    *,
    version: int | None = 0,
    reason: str = "",
    actor: Any = None,
) -> filling.Saved:
    row = next(row for row in month.assignments if row.form_version.fields.filter(element=element).exists())
    return filling.save_value(
        assignment_pk=row.pk,
        element_pk=element.pk,
        actor=actor or month.officer,
        typed=typed,
        version=version,
        reason=reason,
    )


@pytest.mark.row("anchor-A1")
def test_last_months_value_stands_carried(month: Reference) -> None:
    one = field_of(month, "常住人口")
    assert (one.held.current, one.held.number, one.held.carried is not None) == (None, Decimal(101), True)
    assert not Value.objects.filter(period_start=containing(Frequency.MONTHLY, clock.today()).start).exists()


@pytest.mark.row("anchor-A1")
def test_field_asked_anew_stands_empty(month: Reference) -> None:
    with audit.act(audit.SYSTEM):
        month.elements[1].carry = Carry.ANEW
        month.elements[1].save()
    one = field_of(month, "常住人口")
    assert one.held.stands is None
    assert one.missing
    assert one.to_check
    assert one.held.last is not None
    assert one.held.last.number == 101


@pytest.mark.row("anchor-A2")
def test_change_against_last_value_shows(month: Reference) -> None:
    assert save(month, month.elements[0], "102").change_text == "+2"
    assert save(month, month.elements[1], "98").change_text == "−3"
    assert save(month, month.elements[2], "102").change_text == "持平"


@pytest.mark.row("F11")
@pytest.mark.row("anchor-A5")
def test_value_entered_once_counts_everywhere(month: Reference) -> None:
    saved = save(month, month.elements[0], "１６")
    assert saved.used_in == 3
    assert Value.objects.filter(element=month.elements[0], period=f"{clock.today():%Y-%m}").count() == 1
    held = [
        one
        for row in month.assignments
        for one in carrying.fields_of([row.pk])
        if one.element_id == month.elements[0].pk
    ]
    assert [one.number for one in held] == [Decimal(16)] * 3


@pytest.mark.row("anchor-A6")
def test_saved_field_is_read_back_with_history(month: Reference) -> None:
    first = save(month, month.elements[0], "16")
    second = save(month, month.elements[0], "17", version=first.version)
    assert (first.version, second.version, second.shown) == (1, 2, "17")
    changes = (
        ValueChange.objects.filter(element_id=month.elements[0].pk)
        .order_by("pk")
        .values_list("old", "new", "actor")
    )
    assert list(changes) == [("", "16", "李会计"), ("16", "17", "李会计")]
    assert number_of(stored(month, month.elements[0])) == 17


def test_same_text_again_writes_nothing(month: Reference) -> None:
    saved = save(month, month.elements[0], "16")
    again = save(month, month.elements[0], "16", version=saved.version)
    assert again.version == saved.version
    assert ValueChange.objects.filter(element_id=month.elements[0].pk).count() == 1


def test_cleared_field_is_missing_not_zero(month: Reference) -> None:
    saved = save(month, month.elements[0], "0")
    assert number_of(stored(month, month.elements[0])) == 0
    assert save(month, month.elements[0], "", version=saved.version).version == 0
    assert stored(month, month.elements[0]) is None


def test_stale_save_shows_both_values(month: Reference) -> None:
    save(month, month.elements[0], "16")
    with pytest.raises(Stale) as refused:
        save(month, month.elements[0], "18", version=0)
    assert refused.value.message == "该项已被改为“16”，您填的是“18”，请核对后再保存。"
    assert refused.value.current == {"value": "16", "version": "1"}
    assert number_of(stored(month, month.elements[0])) == 16


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("-1", "不应小于 0，请核对。"), ("1000001", "不应大于 1,000,000，请核对。")],
)
def test_number_out_of_range_is_refused(month: Reference, typed: str, sentence: str) -> None:
    with audit.act(audit.SYSTEM):
        month.elements[0].versions.update(high=1_000_000)
    with pytest.raises(Invalid) as refused:
        save(month, month.elements[0], typed)
    assert refused.value.message == sentence
    assert stored(month, month.elements[0]) is None


@pytest.mark.parametrize("typed", ["约50", "12.5", "NaN", "1e400", "一百"])
def test_what_is_no_whole_number_is_refused(month: Reference, typed: str) -> None:
    with pytest.raises(Invalid):
        save(month, month.elements[0], typed)
    assert stored(month, month.elements[0]) is None


@pytest.mark.row("anchor-A13")
def test_unlike_number_is_kept_with_a_hint(month: Reference) -> None:
    saved = save(month, month.elements[2], "1020")
    assert saved.hint == "比上期多 900%。确认无误请写一句原因，或改正。"
    assert number_of(stored(month, month.elements[2])) == 1020
    assert save(month, month.elements[1], "120").hint == ""


@pytest.mark.row("anchor-A4")
def test_provided_value_is_locked_on_the_server(month: Reference) -> None:
    factories.value(month.elements[3], month.county.villages[0], clock.today(), 5, origin=Origin.LEDGER)
    one = field_of(month, month.elements[3].name)
    assert one.locked == "本项由县民政局提供，不能修改；有出入请向县民政局反映。"
    with pytest.raises(WrongState, match="本项由县民政局提供"):
        save(month, month.elements[3], "6", version=1)
    assert number_of(stored(month, month.elements[3])) == 5


def test_handed_in_form_locks_its_values(month: Reference) -> None:
    submitting.submit(pks=[month.assignments[0].pk], actor=month.officer)
    other = month.assignments[1]
    with pytest.raises(WrongState) as refused:
        filling.save_value(
            assignment_pk=other.pk,
            element_pk=month.elements[0].pk,
            actor=month.officer,
            typed="9",
            version=None,
        )
    assert refused.value.message == "已随《参考表1》报送，撤回修改，或由乡镇退回该项后可改。"


def test_field_sent_back_alone_reopens(month: Reference) -> None:
    row = month.assignments[1]
    submitting.submit(pks=[row.pk], actor=month.officer)
    mine = [one.element_id for one in carrying.fields_of([row.pk]) if one.element_id != month.elements[0].pk]
    with audit.act(audit.SYSTEM) as act:
        Assignment.objects.filter(pk=row.pk).update(state=AssignmentState.RETURNED)
        FieldReturn.objects.create(
            assignment=row, element_id=mine[0], comment="请核对", by="伊通镇", act=act.id, at=clock.now()
        )
    saved = filling.save_value(
        assignment_pk=row.pk, element_pk=mine[0], actor=month.officer, typed="7", version=None
    )
    assert saved.shown == "7"
    with pytest.raises(WrongState, match="本表只退回了个别项"):
        filling.save_value(
            assignment_pk=row.pk, element_pk=mine[1], actor=month.officer, typed="7", version=None
        )


def test_township_fills_in_with_its_own_origin(month: Reference) -> None:
    clerk = factories.person("township", month.county.yitong)
    save(month, month.elements[0], "16", actor=clerk)
    value = stored(month, month.elements[0])
    assert value is not None
    assert value.origin == Origin.BY_TOWNSHIP


@pytest.mark.parametrize("who", ["other_village", "other_township"])
def test_outsiders_find_no_field(month: Reference, who: str) -> None:
    county = month.county
    actor = (
        factories.person("village", county.others[0])
        if who == "other_village"
        else factories.person("township", county.heyuan)
    )
    with pytest.raises(Http404):
        save(month, month.elements[0], "16", actor=actor)


def test_reader_of_the_county_may_not_fill(month: Reference) -> None:
    with pytest.raises(NotAllowed):
        save(month, month.elements[0], "16", actor=factories.person("dgb", month.county.root))


def test_coarser_form_sums_its_indicator(month: Reference) -> None:
    month.elements[4].aggregation = "sum"
    with audit.act(audit.SYSTEM):
        month.elements[4].save()
    village = month.county.villages[0]
    form = factories.form(
        "季报", month.county.minzheng, [month.elements[4]], [village], frequency=Frequency.QUARTERLY
    )
    row = factories.assignment(form, village)
    factories.value(month.elements[4], village, clock.today(), 8)
    held = carrying.fields_of([row.pk])[0]
    first = containing(Frequency.QUARTERLY, clock.today()).start
    expected = 8 + (104 if last_month() >= first else 0)
    assert (held.derived, held.number) == (True, Decimal(expected))
    with pytest.raises(WrongState, match="本项由系统自动计算"):
        filling.save_value(
            assignment_pk=row.pk,
            element_pk=month.elements[4].pk,
            actor=month.officer,
            typed="1",
            version=None,
        )


@pytest.mark.parametrize("frequency", ORDER)
def test_periods_of_sql_equal_those_of_python(frequency: str) -> None:
    from django.db import connection

    days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(0, 400, 3)] + [
        dt.date(2024, 2, 29),
        dt.date(2026, 12, 31),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d, {carrying.start_sql('%s::text', 'd')} FROM unnest(%s::date[]) d", [frequency, days]
        )
        found = dict(cursor.fetchall())
    assert found == {day: containing(frequency, day).start for day in days}


def test_saving_a_field_takes_few_statements(
    month: Reference, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(month.officer)
    url = reverse("reports:save_value", args=[month.assignments[0].pk, month.elements[0].pk])
    client.get(reverse("reports:village_month"))
    with django_assert_max_num_queries(
        12 + 2
    ):  # a test is itself in a transaction: two statements of its savepoint
        answer = client.post(url, {"value": "16", "version": "0"}, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 200
    assert answer.json()["version"] == 1


@pytest.mark.row("anchor-A6")
def test_autosave_answers_with_what_was_understood(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    url = reverse("reports:save_value", args=[month.assignments[0].pk, month.elements[0].pk])
    answer = client.post(url, {"value": "1,016", "version": "0"})
    body = answer.json()
    assert (answer.status_code, body["version"], body["shown"], body["used_in"], body["error"]) == (
        200,
        1,
        "1,016",
        3,
        "",
    )
    stale = client.post(url, {"value": "9", "version": "0"})
    assert (stale.status_code, stale.json()["current"], stale.json()["version"]) == (409, "1,016", 1)
    wrong = client.post(url, {"value": "约九", "version": "1"})
    assert wrong.status_code == 400
    assert wrong.json()["error"]


def test_same_key_twice_saves_once(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    url = reverse("reports:save_value", args=[month.assignments[0].pk, month.elements[0].pk])
    answers = [
        client.post(url, {"value": "16", "version": "0"}, headers={"Idempotency-Key": "k-2"})
        for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [answers[0].json()] * 2
    assert ValueChange.objects.filter(element_id=month.elements[0].pk).count() == 1


@pytest.mark.row("F10")
@pytest.mark.row("anchor-A9")
def test_page_shows_requirement_beside_each_field(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    page = client.get(reverse("reports:fill_bundle")).content.decode()
    assert "低保户数的口径" in page
    assert "上月 100" in page
    assert 'inputmode="decimal"' in page
    assert 'enterkeyhint="next"' in page
    assert "用于 3 张表" in page


def test_fill_page_statements_do_not_grow(client: Client, django_assert_max_num_queries: Any) -> None:
    month = reference_month(forms=8, values=85)
    client.force_login(month.officer)
    client.get(reverse("reports:village_month"))
    with django_assert_max_num_queries(10):
        assert client.get(reverse("reports:fill_bundle")).status_code == 200


@pytest.mark.row("anchor-A8")
def test_fill_page_is_light_on_a_cheap_phone(client: Client) -> None:
    month = reference_month(forms=8, values=85)
    client.force_login(month.officer)
    page = client.get(reverse("reports:fill_bundle")).content
    assets = set(re.findall(r'(?:href|src)="/static/([^"#]+)', page.decode()))
    modules = {
        f"js/{name}.js"
        for name in ("page", "list", "toast", "copy", "autosave", "confirm", "grid", "paste", "queue")
    }
    weight = sum(len(gzip.compress(Path(str(finders.find(path))).read_bytes())) for path in assets | modules)
    assert len(gzip.compress(page)) <= 25_000
    assert len(gzip.compress(page)) + weight <= 100_000


@pytest.mark.row("F11")
def test_page_works_without_script(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    url = reverse("reports:fill_bundle")
    client.get(url)
    key = month.elements[0].pk
    answer = client.post(url, {"versions": f"{key}:0", f"v{key}": "19", "go": "check"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("reports:check_bundle"))
    assert number_of(stored(month, month.elements[0])) == 19


def test_wrong_text_is_kept_on_the_page(month: Reference, client: Client) -> None:
    client.force_login(month.officer)
    key = month.elements[0].pk
    answer = client.post(
        reverse("reports:fill_bundle"), {"versions": f"{key}:0", f"v{key}": "约十九", "go": "check"}
    )
    assert answer.status_code == 400
    assert 'value="约十九"' in answer.content.decode()
    assert f'href="#v{key}"' in answer.content.decode()


@pytest.mark.row("anchor-A23")
def test_expired_form_answers_410(month: Reference, client: Client) -> None:
    form = month.forms[0]
    with audit.act(audit.SYSTEM):
        form.valid_until = clock.today() - dt.timedelta(days=1)
        form.save()
    client.force_login(month.officer)
    answer = client.get(reverse("reports:fill", args=[month.assignments[0].pk]))
    assert answer.status_code == 410
    assert "已停止填报" in answer.content.decode()
    with pytest.raises(WrongState, match="停止填报"):
        save(month, month.elements[0], "16")
