"""The page that asks for a form: hours beside the questions, all gaps at once, and what a renewal leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from reports.choices import RequestState
from reports.models import FormRequest
from tests.factories import browser
from tests.reports.gate_place import PDF, Place
from tests.reports.test_gate_pages import posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    """The county of the gate."""
    return Place()


def told(page: Any) -> list[str]:
    """Sentences of the summary in their order."""
    return [text for _, text in page.context["problems"]]


@pytest.mark.row("F17")
def test_hours_a_year_stand_beside_the_questions(place: Place) -> None:
    client, url = browser(place.clerk), reverse("reports:request_beside")
    asked = {
        "element": [str(e.pk) for e in place.elements[:5]],
        "frequency": "daily",
        "scope": "townships",
        "townships": [str(place.county.yitong.pk)],
    }
    part = client.get(url, asked, headers={"HX-Request": "true"}).content.decode()
    assert "= 3 个单位 × 每年 250 次 × 每次 6.0 分钟 ÷ 60" in part
    assert ">75.0<small>小时 / 年" in part
    assert "<html" not in part
    once = client.get(url, {**asked, "frequency": "one_off"}).content.decode()
    assert "= 3 个单位 × 1 次 × 每次 6.0 分钟" in once
    assert "小时 / 年" not in once
    assert browser(place.village).get(url, asked).status_code == 403


@pytest.mark.row("F17")
@pytest.mark.row("anchor-A26")
def test_added_indicator_changes_hours_and_is_marked(place: Place) -> None:
    client, url = browser(place.clerk), reverse("reports:request_add")
    data = posted(place, 4, add=str(place.elements[4].pk), find="指标05", frequency="daily")
    page = client.post(url, data).content.decode()
    assert "= 6 个单位 × 每年 250 次 × 每次 6.0 分钟" in page
    assert '<span class="tag green">已选</span>' in page
    assert 'aria-label="选用指标05"' not in page
    more = client.post(url, posted(place, 1, find="指标05")).content.decode()
    assert 'hx-select-oob="#beside-in" hx-swap="outerHTML" hx-disabled-elt="this">选用' in more


@pytest.mark.row("F17")
def test_draft_needs_only_a_name(place: Place) -> None:
    client, url = browser(place.clerk), reverse("reports:request_add")
    bare = {"requester_id": place.county.nongye.pk, "category": "county", "frequency": "weekly"}
    bare = {**bare, "due_kind": "day", "due_n": "", "scope": "all", "do": "save"}
    refused = client.post(url, bare)
    assert (refused.status_code, len(told(refused))) == (400, 1)
    assert told(refused)[0].startswith("报表名称：")
    assert client.post(url, {**bare, "name": "秸秆情况表"}).status_code == 302
    assert FormRequest.objects.get().form_version.due_n == 7


@pytest.mark.row("F17")
def test_sending_in_says_everything_at_once(place: Place) -> None:
    data = posted(place, 0, name="", purpose="", sources="", due_n="28", frequency="weekly", do="submit")
    data["endorsed"] = ""
    page = browser(place.clerk).post(reverse("reports:request_add"), data)
    assert page.status_code == 400
    assert told(page) == [
        "报表名称：请填写报表名称。",
        "请至少选一项指标。",
        "截止：每周的报表，截止不能晚于期内第 7 日，现填 28。",
        "收集目的：请写明收集目的。",
        "已查过哪些现有数据来源：请写明已查过哪些现有数据来源；这一项不填不能送审。",
        "送审前须经本单位负责人审定。",
    ]
    assert not FormRequest.objects.exists()


@pytest.mark.row("F17")
def test_long_name_of_many_readings_is_stored(place: Place) -> None:
    name = "低保" + "长" * 78
    client, url = browser(place.clerk), reverse("reports:request_add")
    assert client.post(url, posted(place, do="save", name=name)).status_code == 302
    assert FormRequest.objects.get().form.name == name
    longer = client.post(url, posted(place, do="save", name=name + "长"))
    assert "报表名称：最长 80 个字。" in told(longer)


def test_renewal_offers_no_other_indicators(place: Place) -> None:
    form = place.in_force(slice(0, 3))
    own = browser(place.other)
    page = own.get(
        own.post(reverse("reports:form_step", args=[form.pk, "renew"]))["Location"]
    ).content.decode()
    assert page.count('name="element"') == 3
    assert 'name="find"' not in page
    assert 'name="remove"' not in page
    assert FormRequest.objects.get(form=form).state == RequestState.DRAFT


@pytest.mark.row("F18")
def test_urgent_days_have_their_own_sentence(place: Place, settings: Any) -> None:
    settings.DEMO = True
    notice = SimpleUploadedFile("通知.pdf", PDF)
    data = posted(place, 0, do="submit", superior_ref="省厅明电", days="31", notice=notice)
    page = browser(place.clerk).post(reverse("reports:request_urgent"), data)
    assert told(page) == ["几天内报齐：临时编号最长 30 天。"]
    none = browser(place.clerk).post(
        reverse("reports:request_urgent"), {**data, "days": "3", "notice": SimpleUploadedFile("a.pdf", PDF)}
    )
    assert told(none) == ["请至少选一项指标。"]
