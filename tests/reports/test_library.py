"""指标库: propose, start, version, edit, supersede, retire, where used, and who may."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, NotAllowed, Stale, WrongState
from core.models import AuditEntry
from reports.choices import ElementStatus, FormState
from reports.models import Element
from reports.services import library
from reports.services.library import SameName, Words
from reports.workflow_elements import ELEMENT
from tests import factories
from tests.factories import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]
JANUARY = dt.date(2026, 1, 1)
DECEMBER = dt.date(2026, 12, 1)


@pytest.fixture
def clerk(county: factories.County) -> Any:
    """A clerk of 县民政局."""
    return factories.person("department", county.minzheng)


def settings_of(source: Any, **more: Any) -> dict[str, Any]:
    """Settings as the service takes them."""
    return {
        "source_unit_id": source.pk,
        "period_type": "monthly",
        "sensitivity": "shared",
        "aggregation": "last",
        "carry": "carry",
        **more,
    }


def posted(source: Any, **more: Any) -> dict[str, str]:
    """A whole form as a browser posts it."""
    return {
        "name": "低保户数",
        "code": "M001",
        "definition": "期末在册的城乡低保户数，含本月新增，不含已停发。",
        "value_type": "integer",
        "unit": "户",
        "decimals": "0",
        "low": "0",
        "high": "",
        "choices": "",
        "from_period": "2026-01",
        "source_unit": str(source.pk),
        "period_type": "monthly",
        "aggregation": "last",
        "carry": "carry",
        "sensitivity": "shared",
        "external_code": "",
        **more,
    }


@pytest.mark.row("F9")
@pytest.mark.row("anchor-A27")
def test_proposal_waits_until_started(county: factories.County, dgb: Any, clerk: Any) -> None:
    words = Words("低保户数", "期末在册的低保户数", unit="户", low=Decimal(0))
    element = library.propose_element(
        code="M001", words=words, from_period=JANUARY, actor=clerk, **settings_of(county.minzheng)
    )
    assert element.status == ElementStatus.PENDING
    assert element.pk not in Element.objects.usable().values_list("pk", flat=True)
    moved = library.move_element(step="activate", pk=element.pk, version=1, actor=dgb)
    assert moved.status == ElementStatus.ACTIVE
    assert list(Element.objects.usable()) == [moved]


def test_proposal_page_enters_indicator_as_pending(county: factories.County, clerk: Any) -> None:
    answer = browser(clerk).post(reverse("reports:element_add"), posted(county.minzheng))
    element = Element.objects.get(code="M001")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("reports:element", args=[element.pk])
    version = element.versions.get()
    assert (element.status, element.initials, version.n, version.low) == ("pending", "dbhs", 1, Decimal(0))
    assert AuditEntry.objects.get(object_id=str(element.pk), model="reports.Element").verb == "提出指标"


def test_unit_proposes_only_its_own(county: factories.County, clerk: Any) -> None:
    words = Words("耕地面积", "年末耕地面积", unit="亩")
    with pytest.raises(NotAllowed):
        library.propose_element(
            code="", words=words, from_period=JANUARY, actor=clerk, **settings_of(county.nongye)
        )
    assert not Element.objects.exists()


@pytest.mark.row("F3")
def test_same_name_leads_to_new_version(county: factories.County, clerk: Any) -> None:
    first = factories.element("低保户数", county.minzheng)
    answer = browser(clerk).post(reverse("reports:element_add"), posted(county.minzheng, code="M002"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "已有同名指标；口径不同请作为新版本，或换一个名称。" in page
    assert reverse("reports:element_revise", args=[first.pk]) in page
    assert "期末在册的城乡低保户数，含本月新增，不含已停发。" in page
    assert Element.objects.count() == 1


@pytest.mark.row("F3")
def test_constraint_refuses_second_present_name(county: factories.County) -> None:
    factories.element("低保户数", county.minzheng)
    twin = Element(code="M002", name="低保户数", source_unit=county.nongye)
    with pytest.raises(ValidationError, match="已有同名指标；口径不同请作为新版本，或换一个名称。"):
        twin.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic(), audit.act(audit.SYSTEM):
        twin.save()


def test_code_used_twice_is_refused(county: factories.County, dgb: Any) -> None:
    factories.element("耕地面积", county.nongye, code="M001")
    words = Words("低保户数", "期末在册的低保户数")
    with pytest.raises(Invalid) as caught:
        library.propose_element(
            code="M001", words=words, from_period=JANUARY, actor=dgb, **settings_of(county.minzheng)
        )
    assert caught.value.errors == {"code": "该指标代码已使用。"}


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"low": "5", "high": "1"}, "low", "下限不能大于上限。"),
        (
            {"from_period": "2026-13"},
            "from_period",
            "“2026-13”不是有效的期别，应如 2026、2026-Q3、2026-11 或 2026-W47。",
        ),
        ({"value_type": "choice", "choices": "是"}, "choices", "选项型指标至少要有两个选项。"),
        ({"decimals": "2"}, "decimals", "整数指标的小数位应为 0。"),
        ({"code": "低保"}, "code", "指标代码用 2 至 20 位字母、数字。"),
    ],
)
def test_bad_field_keeps_what_was_typed(
    county: factories.County, dgb: Any, change: dict[str, str], field: str, sentence: str
) -> None:
    answer = browser(dgb).post(reverse("reports:element_add"), posted(county.minzheng, **change))
    assert answer.status_code == 400
    assert answer.context["form"].errors[field] == [sentence]
    assert "期末在册的城乡低保户数，含本月新增，不含已停发。" in answer.content.decode()
    assert not Element.objects.exists()


@pytest.mark.row("F9")
def test_changed_meaning_makes_new_version(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng, definition="期末在册的低保户数")
    old = factories.value(element, county.villages[0], dt.date(2026, 11, 1), 12)
    words = Words("低保户数", "期末在册且正常发放的低保户数", unit="户", low=Decimal(0))
    version = library.revise_element(
        pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb, reason="统一口径"
    )
    old.refresh_from_db()
    assert (version.n, version.from_period) == (2, DECEMBER)
    assert old.element_version.n == 1
    assert library.version_on(element.pk, dt.date(2026, 11, 1)).n == 1
    assert library.version_on(element.pk, DECEMBER).n == 2
    entry = AuditEntry.objects.get(verb="新版本")
    assert entry.before == {"definition": "期末在册的低保户数"}
    assert entry.after["definition"] == "期末在册且正常发放的低保户数"
    assert entry.reason == "统一口径"


def test_new_version_keeps_off_reported_periods(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    factories.value(element, county.villages[0], DECEMBER, 12)
    words = Words("低保户数", "另一口径", unit="户", low=Decimal(0))
    with pytest.raises(Invalid, match="2026-12 已有按现行口径报送的数值，新版本请自更晚的一期起。"):
        library.revise_element(pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb)
    assert element.versions.count() == 1


def test_unchanged_meaning_makes_no_version(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    words = Words.of(library.latest_version(element.pk))
    with pytest.raises(Invalid, match="内容与现行版本相同"):
        library.revise_element(pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb)


@pytest.mark.row("anchor-A27")
def test_differences_show_by_characters(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng, definition="期末在册的低保户数")
    words = Words("低保户数", "期末在册且发放的低保户数", unit="户", low=Decimal(0))
    library.revise_element(pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb)
    page = browser(dgb).get(reverse("reports:element", args=[element.pk])).content.decode()
    assert "期末在册<ins>且发放</ins>的低保户数" in page
    assert "口径有变，见历次版本" in page
    assert "第 2 版自2026年12月起执行" in page


def test_stale_settings_show_both_texts(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    form = {
        k: v
        for k, v in posted(county.minzheng).items()
        if k in {"source_unit", "period_type", "aggregation", "carry", "sensitivity"}
    }
    client, url = browser(dgb), reverse("reports:element_edit", args=[element.pk])
    assert client.post(url, {**form, "external_code": "A1", "version": "1"}).status_code == 302
    late = client.post(url, {**form, "external_code": "B2", "version": "1"})
    assert late.status_code == 409
    assert late.context["conflicts"] == [
        {"name": "external_code", "label": "省平台代码", "mine": "B2", "theirs": "A1"}
    ]
    element.refresh_from_db()
    assert element.external_code == "A1"
    kept = client.post(url, {**form, "external_code": "B2", "version": "2", "keep.external_code": "theirs"})
    element.refresh_from_db()
    assert (kept.status_code, element.external_code) == (302, "A1")


def test_stale_wording_saves_nothing(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    words = Words("低保户数", "第一人的口径", unit="户", low=Decimal(0))
    library.revise_element(pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb)
    later = Words("低保户数", "第二人的口径", unit="户", low=Decimal(0))
    with pytest.raises(Stale) as caught:
        library.revise_element(
            pk=element.pk, version=1, words=later, from_period=dt.date(2027, 1, 1), actor=dgb
        )
    assert caught.value.current["definition"] == "第一人的口径"
    assert element.versions.count() == 2


def test_cycle_is_fixed_once_reported(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    factories.value(element, county.villages[0], DECEMBER, 12)
    with pytest.raises(Invalid) as caught:
        library.edit_element(
            pk=element.pk, version=1, actor=dgb, **settings_of(county.minzheng, period_type="yearly")
        )
    assert caught.value.field == "period_type"


@pytest.mark.row("anchor-A27")
def test_indicator_in_use_cannot_retire(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    factories.form("社会救助情况表", county.minzheng, [element], county.villages)
    with pytest.raises(WrongState, match="仍用于报表“社会救助情况表”，不能停用。请先停用或修订这些报表。"):
        library.move_element(step="retire", pk=element.pk, version=1, actor=dgb, reason="不再采集")
    page = browser(dgb).get(reverse("reports:element", args=[element.pk])).content.decode()
    assert "社会救助情况表" in page
    assert "仍用于报表“社会救助情况表”" in page


def test_pending_request_blocks_retiring(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    factories.request_for(factories.form("新表", county.minzheng, [element], [], state=FormState.DRAFT))
    with pytest.raises(WrongState, match="仍用于申请“新表”"):
        library.move_element(step="retire", pk=element.pk, version=1, actor=dgb, reason="不再采集")


def test_unused_indicator_retires_and_returns(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    library.move_element(step="retire", pk=element.pk, version=1, actor=dgb, reason="不再采集")
    factories.element("低保户数", county.minzheng)
    with pytest.raises(SameName):
        library.move_element(step="reactivate", pk=element.pk, version=2, actor=dgb, reason="恢复")
    element.refresh_from_db()
    assert element.status == ElementStatus.RETIRED


def test_superseded_indicator_names_its_successor(county: factories.County, dgb: Any) -> None:
    old, new = factories.element("低保户", county.minzheng), factories.element("低保户数", county.minzheng)
    with pytest.raises(Invalid, match="请选择替代它的启用指标。"):
        library.move_element(
            step="supersede", pk=old.pk, version=1, actor=dgb, reason="统一名称", successor_id=old.pk
        )
    answer = browser(dgb).post(
        reverse("reports:element_step", args=[old.pk, "supersede"]),
        {"version": "1", "reason": "统一名称", "successor": str(new.pk)},
    )
    old.refresh_from_db()
    assert (answer.status_code, old.status, old.superseded_by) == (302, "superseded", new)


WRONG = [
    (step.name, state) for step in ELEMENT.steps for state in ElementStatus.values if state not in step.from_
]


@pytest.mark.parametrize(("step", "state"), WRONG)
def test_step_from_wrong_state_is_refused(county: factories.County, dgb: Any, step: str, state: str) -> None:
    element = factories.element("低保户数", county.minzheng, status=state)
    with pytest.raises(WrongState):
        library.move_element(step=step, pk=element.pk, version=1, actor=dgb, reason="理由")
    element.refresh_from_db()
    assert element.status == state


def test_refused_step_keeps_the_reason(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    factories.form("社会救助情况表", county.minzheng, [element], county.villages)
    answer = browser(dgb).post(
        reverse("reports:element_step", args=[element.pk, "retire"]), {"version": "1", "reason": "工作已结束"}
    )
    assert answer.status_code == 409
    assert "工作已结束" in answer.content.decode()


@pytest.mark.parametrize("role", ["department", "township", "village", "sup"])
def test_only_the_keeper_takes_steps(county: factories.County, role: str) -> None:
    at = {"department": county.minzheng, "township": county.yitong, "village": county.villages[0]}.get(
        role, county.root
    )
    user = factories.person(role, at)
    element = factories.element("低保户数", county.minzheng, status=ElementStatus.PENDING)
    with pytest.raises(NotAllowed):
        library.move_element(step="activate", pk=element.pk, version=1, actor=user)
    assert browser(user).get(reverse("reports:element", args=[element.pk])).status_code == 200


def test_administrator_sees_no_library(county: factories.County) -> None:
    user = factories.person("auditor", county.root)
    element = factories.element("低保户数", county.minzheng)
    assert browser(user).get(reverse("reports:elements")).status_code == 403
    with pytest.raises(Http404):
        library.move_element(step="retire", pk=element.pk, version=1, actor=user, reason="x")


def test_visitor_is_sent_to_sign_in(county: factories.County) -> None:
    answer = Client().get(reverse("reports:elements"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("words", ["低保", "dbhs", "dibaohushu", "M001", " 低保户数 "])
def test_search_finds_by_chinese_pinyin_and_code(county: factories.County, dgb: Any, words: str) -> None:
    factories.element("低保户数", county.minzheng, code="M001")
    factories.element("耕地面积", county.nongye, code="N001")
    answer = browser(dgb).get(reverse("reports:elements"), {"q": words})
    assert [row["cells"][1]["text"] for row in answer.context["table"]["rows"]] == ["低保户数"]
    assert b"data-ime" in answer.content


def test_filters_narrow_and_bad_ones_empty(county: factories.County, dgb: Any) -> None:
    factories.element("低保户数", county.minzheng)
    factories.element(
        "耕地面积", county.nongye, value_type="decimal", decimals=2, period_type="yearly", status="pending"
    )
    client, url = browser(dgb), reverse("reports:elements")

    def names(**query: str) -> list[str]:
        return [row["cells"][1]["text"] for row in client.get(url, query).context["table"]["rows"]]

    assert names(status="active") == ["低保户数"]
    assert names(source_unit=str(county.nongye.pk)) == ["耕地面积"]
    assert names(period_type="yearly") == ["耕地面积"]
    assert names(value_type="decimal") == ["耕地面积"]
    assert names(sensitivity="own") == []
    assert names(status="nonsense") == []
    assert names(sort="-code")[0] == "耕地面积"


def test_list_asks_equally_for_one_and_fifty(county: factories.County, dgb: Any) -> None:
    client, url = browser(dgb), reverse("reports:elements")
    factories.form("一表", county.minzheng, [factories.element("指标一", county.minzheng)], county.villages)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for n in range(50):
        factories.element(f"指标{n:02}号", county.minzheng)
    with CaptureQueriesContext(connection) as fifty:
        client.get(url)
    assert len(fifty) == len(one)


def test_reading_pages_write_nothing(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    client = browser(dgb)
    client.get(reverse("reports:elements"))
    with CaptureQueriesContext(connection) as seen:
        for name in ("element", "element_edit", "element_revise", "element_values"):
            assert client.get(reverse(f"reports:{name}", args=[element.pk])).status_code == 200
        assert client.get(reverse("reports:element_add")).status_code == 200
    assert not [q for q in seen if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


@pytest.mark.row("F3")
def test_faster_writer_wins_the_name(
    county: factories.County, dgb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    element = factories.element("低保户", county.minzheng)
    factories.element("低保户数", county.minzheng)
    monkeypatch.setattr(library, "_check_name", lambda name, but=None: None)
    words = Words("低保户数", "期末在册的低保户数", unit="户", low=Decimal(0))
    with pytest.raises(Invalid, match="已有同名指标；口径不同请作为新版本，或换一个名称。"):
        library.revise_element(pk=element.pk, version=1, words=words, from_period=DECEMBER, actor=dgb)
    assert element.versions.count() == 1


def test_forms_in_force_count_apart_from_ended_ones(county: factories.County, dgb: Any) -> None:
    element = factories.element("低保户数", county.minzheng)
    yesterday = clock.today() - dt.timedelta(days=1)
    factories.form("社会救助情况表", county.minzheng, [element], county.villages)
    factories.form("停用的表", county.minzheng, [element], county.villages, state=FormState.CANCELLED)
    factories.form(
        "昨天到期的表", county.minzheng, [element], county.villages,
        valid_from=yesterday - dt.timedelta(days=90), valid_until=yesterday,
    )  # fmt: skip
    page = browser(dgb).get(reverse("reports:element", args=[element.pk])).content.decode()
    assert "1 张在用报表，2 张已停用或不在有效期" in page
    assert "不在有效期内" in page
