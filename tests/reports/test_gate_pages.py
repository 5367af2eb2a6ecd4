"""Pages of the gate: what is shown, kept after a refusal, and whom each page is for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.sheets.writer import write_rows
from reports.choices import FormState, RequestState
from reports.models import Form, FormRequest
from reports.services import admission_stock
from reports.services.admission_asking import Chosen
from reports.services.admission_page import times_as_often
from tests import factories
from tests.factories import browser
from tests.reports.gate_place import PDF, WORDS, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    """The county of the gate."""
    return Place()


def posted(place: Place, count: int = 3, **more: Any) -> dict[str, Any]:
    """What the request page posts."""
    data: dict[str, Any] = {
        **WORDS,
        "requester_id": place.county.nongye.pk,
        "name": "秸秆情况表",
        "category": "county",
        "frequency": "monthly",
        "due_kind": "day",
        "due_n": "28",
        "scope": "all",
        "endorsed": "on",
        "element": [str(e.pk) for e in place.elements[:count]],
    }
    data.update({f"required-{e.pk}": "on" for e in place.elements[:count]})
    return {**data, **more}


@pytest.mark.row("F8")
@pytest.mark.row("anchor-A26")
def test_picking_shows_duplicates_without_saving(place: Place) -> None:
    place.in_force(slice(0, 12))
    client, url = browser(place.clerk), reverse("reports:request_add")
    data = posted(place, 14, add=str(place.elements[14].pk), name="")
    with CaptureQueriesContext(connection) as queries:
        page = client.post(url, data).content.decode()
    assert "80% 已由 县民政局《在用表》收集" in page
    assert "指标01、指标02" in page
    assert page.count('name="element"') == 15
    assert len(queries) < 60
    assert not FormRequest.objects.exists()
    page = client.post(url, {**data, "add": "", "remove": str(place.elements[0].pk)}).content.decode()
    assert page.count('name="element"') == 13


@pytest.mark.row("F9")
def test_only_indicators_in_use_are_found(place: Place) -> None:
    factories.element("低保户数", place.county.minzheng)
    factories.element("低保人数", place.county.minzheng, status="pending")
    client, url = browser(place.clerk), reverse("reports:request_picker")
    for words in ("低保", "dbhs"):
        page = client.get(url, {"find": words}).content.decode()
        assert "低保户数" in page
        assert "低保人数" not in page
    pending = factories.element("待审的", place.county.minzheng, status="pending")
    assert (
        "待审的"
        not in client.post(
            reverse("reports:request_add"), posted(place, add=str(pending.pk))
        ).content.decode()
    )


@pytest.mark.row("F17")
def test_refused_request_keeps_what_was_typed(place: Place) -> None:
    client = browser(place.clerk)
    answer = client.post(
        reverse("reports:request_add"), posted(place, sources="", use="给县里调度用", do="submit")
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "这一项不填不能送审" in page
    assert "给县里调度用" in page
    assert page.count('name="element"') == 3
    row = FormRequest.objects.get()
    assert row.state == RequestState.DRAFT
    again = client.post(
        reverse("reports:request_edit", args=[row.pk]), posted(place, do="submit", version=str(row.version))
    )
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.state == RequestState.SUBMITTED


def test_stale_draft_is_refused_and_kept(place: Place) -> None:
    client = browser(place.clerk)
    client.post(reverse("reports:request_add"), posted(place, do="save"))
    row = FormRequest.objects.get()
    url = reverse("reports:request_edit", args=[row.pk])
    assert client.post(url, posted(place, do="save", version="1", use="甲")).status_code == 302
    second = client.post(url, posted(place, do="save", version="1", use="乙的说法"))
    assert second.status_code == 409
    assert "乙的说法" in second.content.decode()
    row.refresh_from_db()
    assert row.use == "甲"


@pytest.mark.row("F17")
@pytest.mark.row("F19")
def test_decision_page_disables_admission_with_reason(place: Place) -> None:
    place.in_force(slice(0, 12))
    for element in place.elements[:12]:
        factories.value(element, place.villages[0], clock.today(), 3)
    request = place.sent(15)
    page = browser(place.dgb).get(reverse("reports:request", args=[request.pk])).content.decode()
    for words in (
        "15 项中 12 项已有，可直接取用",
        "重复 80%，不能准入",
        "对非必要、重复的报表申请一律驳回",
        "县“一表一审”制度",
        "直接取用所勾选的 12 项，准入其余",
        "并入",
        "1 / 6",
        "= 6 个单位 × 每年 12 次 × 8.0 分钟",
        "5 个工作日内审结，还剩 5 个工作日",
    ):
        assert words in page.replace("&quot;", '"'), words
    assert 'aria-disabled="true" data-key="1"' in page


@pytest.mark.row("F20")
def test_page_compares_with_superior_form(place: Place) -> None:
    request = place.compared()
    page = browser(place.dgb).get(reverse("reports:request", args=[request.pk])).content.decode()
    assert "高于上级要求" in page
    for words in ("8 项 · 每周", "15 项 · 每日", "多 7 项，频次 ×7"):
        assert words in page, words


@pytest.mark.row("F20")
def test_page_keeps_superior_frequency_as_asked(place: Place) -> None:
    data = posted(place, 2, do="save", superior_ref="省厅函", superior_frequency="weekly")
    browser(place.clerk).post(reverse("reports:request_add"), data)
    row = FormRequest.objects.get()
    assert row.superior_frequency == "weekly"
    drafted = browser(place.clerk).get(reverse("reports:request_edit", args=[row.pk])).content.decode()
    assert '<option value="weekly" selected>' in drafted


@pytest.mark.row("F20")
@pytest.mark.parametrize(
    ("own", "superior", "times"),
    [
        ("daily", "weekly", "7.0"),
        ("monthly", "quarterly", "3.0"),
        ("weekly", "monthly", "4.3"),
        ("half_yearly", "quarterly", "0.5"),
        ("one_off", "weekly", None),
        ("daily", "", None),
    ],
)
def test_frequency_is_compared_with_the_superior(own: str, superior: str, times: str | None) -> None:
    assert times_as_often(own, superior) == (None if times is None else Decimal(times))


def test_refused_decision_shows_page_again(place: Place) -> None:
    place.in_force(slice(0, 12))
    request = place.sent(15)
    url = reverse("reports:request_step", args=[request.pk, "admit"])
    answer = browser(place.dgb).post(url, {"version": str(request.version), "opinion": "先这样定"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "与《在用表》重复 80%" in page
    assert "先这样定" in page
    assert FormRequest.objects.get(pk=request.pk).state == RequestState.SUBMITTED


@pytest.mark.row("F17")
def test_five_presses_decide_a_request(place: Place) -> None:
    request = place.sent()
    client = browser(place.dgb)
    todo = client.get(reverse("reports:requests")).content.decode()
    assert "1 件待审" in todo
    assert reverse("reports:request", args=[request.pk]) in todo
    url = reverse("reports:request_step", args=[request.pk, "admit"])
    answer = client.post(url, {"version": str(request.version)}, follow=True)
    assert f"编号 伊表〔{clock.today().year}〕1号" in answer.content.decode()
    assert "秸秆情况表" not in client.get(reverse("reports:requests")).content.decode()
    for tab in ("done", "closed"):
        assert "秸秆情况表" in client.get(reverse("reports:requests"), {"tab": tab}).content.decode()
    mine = browser(place.clerk).get(reverse("reports:requests"), {"tab": "mine"}).content.decode()
    assert "秸秆情况表" in mine


@pytest.mark.row("anchor-A24")
def test_what_if_line_and_opinion(place: Place) -> None:
    request = place.sent(5, frequency="daily")
    client = browser(place.dgb)
    url = reverse("reports:request_what_if", args=[request.pk])
    line = client.get(url, {"frequency": "monthly"}, headers={"HX-Request": "true"}).content.decode()
    assert "150 → 7 小时 / 年" in line
    assert "<html" not in line
    whole = client.get(url, {"frequency": "monthly"}).content.decode()
    assert "150 → 7 小时 / 年" in whole
    assert "审核决定" in whole
    noted = client.get(
        reverse("reports:request", args=[request.pk]), {"opinion": "建议改为每月"}
    ).content.decode()
    assert "建议改为每月</textarea>" in noted


def test_strangers_find_no_requests(place: Place) -> None:
    request = place.sent()
    page = reverse("reports:request", args=[request.pk])
    assert browser(place.other).get(page).status_code == 404
    assert browser(place.village).get(page).status_code == 403
    assert browser(place.village).get(reverse("reports:request_add")).status_code == 403
    assert Client().get(page).status_code == 302
    step = reverse("reports:request_step", args=[request.pk, "admit"])
    assert browser(place.clerk).post(step, {"version": "2"}).status_code in {403, 404}
    assert FormRequest.objects.get(pk=request.pk).state == RequestState.SUBMITTED


@pytest.mark.row("F18")
def test_urgent_page_gives_temporary_number(place: Place, settings: Any) -> None:
    settings.DEMO = True
    data = posted(place, 2, do="submit", superior_ref="省厅明电", days="3")
    client, url = browser(place.clerk), reverse("reports:request_urgent")
    bad = client.post(url, {**data, "notice": SimpleUploadedFile("x.exe", b"MZ")})
    assert bad.status_code == 400
    assert "上级通知只收 PDF" in bad.content.decode()
    good = client.post(url, {**data, "notice": SimpleUploadedFile("通知.pdf", PDF)}, follow=True)
    assert "已取得临时编号" in good.content.decode()
    row = FormRequest.objects.get()
    kept = browser(place.dgb).get(reverse("reports:request_notice", args=[row.pk]))
    assert b"".join(kept.streaming_content) == PDF
    assert "attachment" in kept["Content-Disposition"]
    settings.DEMO = False
    unscanned = browser(place.dgb).get(reverse("reports:request_notice", args=[row.pk]))
    assert unscanned.status_code == 404
    again = client.post(url, {**data, "notice": SimpleUploadedFile("通知.pdf", PDF)})
    assert again.status_code == 400
    assert "尚未接入查毒，暂不能上传附件" in again.content.decode()
    assert FormRequest.objects.count() == 1


@pytest.mark.row("F2")
def test_register_lists_forms_of_all_departments(place: Place) -> None:
    place.in_force(slice(0, 3), "民政在用表")
    request = place.sent(chosen=tuple(Chosen(e.pk) for e in place.elements[5:8]))
    place.decide("admit", request)
    factories.form("别家草稿", place.county.minzheng, place.elements[:1], [], state=FormState.DRAFT)
    client = browser(place.village)
    page = client.get(reverse("reports:home")).content.decode()
    for words in (
        "民政在用表",
        "秸秆情况表",
        "县民政局",
        "县农业农村局",
        "每月",
        f"伊表〔{clock.today().year}〕1号",
    ):
        assert words in page
    assert "别家草稿" not in page
    sheet = client.get(reverse("reports:home"), {"export": "csv"})
    text = b"".join(sheet.streaming_content).decode()
    assert "秸秆情况表" in text
    found = client.get(reverse("reports:home"), {"words": "mzzyb"}).content.decode()
    assert "民政在用表" in found
    assert "秸秆情况表" not in found


@pytest.mark.row("anchor-A23")
def test_form_page_shows_number_and_expiry(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    url = reverse("reports:form", args=[form.pk])
    page = browser(place.village).get(url).content.decode()
    for words in (form.code, "县民政局", form.number.number, f"{form.valid_until:%Y-%m-%d}"):
        assert words in page
    assert "申请修订" not in page
    own = browser(place.other)
    assert "申请修订" in own.get(url).content.decode()
    revised = own.post(reverse("reports:form_step", args=[form.pk, "revise"]))
    assert revised.status_code == 302
    again = own.post(reverse("reports:form_step", args=[form.pk, "renew"]))
    assert again.status_code == 409
    assert "已有一件申请在办" in again.content.decode()


def test_number_check_answers_valid_and_unknown(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    client, url = browser(place.village), reverse("reports:check_number")
    assert "编号有效" in client.get(url, {"number": form.number.number}).content.decode()
    for number in ("伊表〔2026〕999号", "随便写"):
        page = client.get(url, {"number": number}).content.decode()
        assert "编号不存在" in page
        assert "请先到县政数局办理准入编号" in page


def stock_sheet(rows: list[list[str]]) -> SimpleUploadedFile:
    """A filled sheet of existing forms."""
    heads = [column.header for column in admission_stock.SPEC.columns]
    return SimpleUploadedFile("存量.xlsx", write_rows(heads, rows, title="存量报表"))


@pytest.mark.row("F18")
def test_existing_forms_agreed_are_numbered_together(place: Place) -> None:
    township = factories.person("township", place.county.yitong)
    names = "、".join(e.name for e in place.elements[:2])
    more = "、".join(e.name for e in place.elements[3:5])
    rows = [
        ["土地情况表", "每月", names, "县文1号"],
        ["农机情况表", "每季", more, ""],
        ["无人认的表", "每月", names, ""],
    ]
    url = reverse("reports:stock")
    for user, lines in (
        (place.clerk, rows),
        (township, [["《土地情况表》", "每月", "", ""], ["农机情况表", "每季", "", ""]]),
    ):
        client = browser(user)
        checked = client.post(url, {"file": stock_sheet(lines)})
        assert checked.status_code == 200, checked.content.decode()
        assert client.post(url, {"check": str(checked.context["check"].pk)}).status_code == 302
    ready = [one for one in admission_stock.listed(place.dgb) if one.ready]
    assert sorted(one.name for one in ready) == ["农机情况表", "土地情况表"]
    alone = next(one for one in admission_stock.listed(place.dgb) if one.name == "无人认的表")
    client, number = browser(place.dgb), reverse("reports:stock_number")
    refused = client.post(number, {"pk": [str(one.request.pk) for one in (*ready, alone)]})
    assert refused.status_code == 400
    assert not Form.objects.filter(state=FormState.ACTIVE).exists()
    assert client.post(number, {"pk": [str(one.request.pk) for one in ready]}).status_code == 302
    numbers = (
        Form.objects.filter(state=FormState.ACTIVE)
        .order_by("number__serial")
        .values_list("number__serial", flat=True)
    )
    assert list(numbers) == [1, 2]
    twins = FormRequest.objects.filter(requester=place.county.yitong)
    assert {row.state for row in twins} == {RequestState.MERGED}


def test_existing_sheet_with_unknown_indicator_is_refused(place: Place) -> None:
    answer = browser(place.clerk).post(
        reverse("reports:stock"), {"file": stock_sheet([["土地情况表", "每月", "自造指标", ""]])}
    )
    assert answer.status_code == 422
    assert "“自造指标”不在指标库启用的指标中" in answer.content.decode()
    assert not FormRequest.objects.exists()


def test_statutory_queue_is_the_statistics_bureaus(place: Place) -> None:
    request = place.sent(category="statutory", name="法定调查表")
    url = reverse("reports:requests")
    assert "法定调查表" in browser(place.tongji).get(url).content.decode()
    assert "法定调查表" not in browser(place.dgb).get(url).content.decode()
    page = browser(place.tongji).get(reverse("reports:request", args=[request.pk])).content.decode()
    assert "登记（法定统计调查）" in page


@pytest.mark.row("anchor-A23")
def test_renewal_is_sent_from_its_page(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    own = browser(place.other)
    url = own.post(reverse("reports:form_step", args=[form.pk, "renew"]))["Location"]
    assert "延期沿用现行版本" in own.get(url).content.decode()
    row = FormRequest.objects.get(form=form)
    data = posted(
        place,
        3,
        requester_id=place.county.minzheng.pk,
        name=form.name,
        scope="units",
        version="1",
        do="submit",
    )
    data["units"] = [str(unit.pk) for unit in place.villages]
    assert own.post(url, data).status_code == 302
    row.refresh_from_db()
    assert row.state == RequestState.SUBMITTED
