"""Data collected: the table of a form and period, totals, exports, delivery, own data, history."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from core import audit, clock
from core.errors import Invalid
from core.models import AuditEntry
from core.periods import parse
from reports.choices import Aggregation, AssignmentState, Origin, Sensitivity
from reports.models import Assignment, Element, Form, Value, ValueChange
from reports.services import data
from tests import factories
from tests.factories import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]
OCTOBER = dt.date(2026, 10, 1)


class Delivered:
    """One form of three indicators, October 2026: two villages reported, one of them only in part."""

    def __init__(self) -> None:
        self.county = factories.county()
        here = self.county
        self.households = factories.element("低保户数", here.minzheng, code="M001")
        self.money = factories.element(
            "低保资金", here.minzheng, code="M002", unit="元", value_type="decimal", decimals=2
        )
        self.share = factories.element(
            "参保率", here.minzheng, code="M003", unit="%", aggregation=Aggregation.NONE
        )
        self.elements = [self.households, self.money, self.share]
        self.form = factories.form(
            "社会救助情况表", here.minzheng, self.elements, here.villages + here.others
        )
        self.assignments = [
            factories.assignment(self.form, village, OCTOBER) for village in here.villages + here.others
        ]
        first, second = here.villages[:2]
        self.values = [
            factories.value(self.households, first, OCTOBER, 1200),
            factories.value(self.money, first, OCTOBER, "3456.50"),
            factories.value(self.share, first, OCTOBER, 90),
            factories.value(self.households, second, OCTOBER, 0),
            factories.value(self.share, second, OCTOBER, 80),
            factories.value(self.households, here.others[0], OCTOBER, 7),
        ]
        self.period = parse("2026-10")
        self.clerk = factories.person("department", here.minzheng)

    def move(self, state: str, *assignments: Assignment) -> None:
        """Put assignments into a state."""
        with audit.act(audit.SYSTEM):
            Assignment.objects.filter(pk__in=[row.pk for row in assignments]).update(state=state)


@pytest.fixture
def delivered() -> Delivered:
    """The delivered month."""
    return Delivered()


def texts(table: data.Table) -> dict[str, list[str]]:
    """Shown cells by township and village."""
    return {f"{row.unit.parent.name}{row.unit.name}": [cell.text for cell in row.cells] for row in table.rows}


@pytest.mark.row("F12")
def test_owner_sees_every_village_in_order(delivered: Delivered) -> None:
    table = data.table_of(delivered.form, delivered.period, delivered.clerk)
    assert list(texts(table)) == [
        "伊通镇示例一村",
        "伊通镇示例二村",
        "伊通镇二道村",
        "河源镇示例三村",
        "河源镇示例四村",
        "河源镇二道村",
    ]
    assert texts(table)["伊通镇示例一村"] == ["1,200", "3,456.50", "90"]


def test_missing_stays_empty_and_zero_is_zero(delivered: Delivered) -> None:
    table = data.table_of(delivered.form, delivered.period, delivered.clerk)
    assert texts(table)["伊通镇示例二村"] == ["0", "", "80"]
    assert texts(table)["伊通镇二道村"] == ["", "", ""]
    assert (table.cells_filled, table.cells_expected) == (6, 18)


def test_totals_leave_out_shares(delivered: Delivered) -> None:
    table = data.table_of(delivered.form, delivered.period, delivered.clerk)
    assert [cell.text for cell in table.totals] == ["1,207", "3,456.50", ""]


def test_reach_decides_the_rows(delivered: Delivered) -> None:
    here = delivered.county
    township = factories.person("township", here.yitong)
    village = factories.person("village", here.others[0])
    supervisor = factories.person("sup", here.root)

    def seen(user: Any) -> int:
        return len(data.table_of(delivered.form, delivered.period, user).rows)

    assert (seen(township), seen(village), seen(supervisor), seen(delivered.clerk)) == (3, 1, 6, 6)


@pytest.mark.row("F12")
def test_other_department_reads_only_shared_values(delivered: Delivered) -> None:
    with audit.act(audit.SYSTEM):
        Element.objects.filter(pk=delivered.money.pk).update(sensitivity=Sensitivity.OWN)
    reader = factories.person("department", delivered.county.nongye)
    table = data.table_of(delivered.form, delivered.period, reader)
    assert texts(table)["伊通镇示例一村"] == ["1,200", "", "90"]
    assert [item.shared for item in table.fields] == [True, False, True]
    owner = data.table_of(delivered.form, delivered.period, delivered.clerk)
    assert texts(owner)["伊通镇示例一村"] == ["1,200", "3,456.50", "90"]


def test_finer_indicator_is_summed_or_taken_last(delivered: Delivered) -> None:
    here = delivered.county
    visits = factories.element("走访次数", here.minzheng, aggregation=Aggregation.SUM, unit="次")
    form = factories.form(
        "季度救助情况表", here.minzheng, [visits, delivered.households], here.villages, frequency="quarterly"
    )
    factories.assignment(form, here.villages[0], OCTOBER)
    for month, number in ((10, 3), (11, 4), (9, 100)):
        factories.value(visits, here.villages[0], dt.date(2026, month, 1), number)
    factories.value(delivered.households, here.villages[0], dt.date(2026, 11, 1), 1250)
    table = data.table_of(form, parse("2026-Q4"), delivered.clerk)
    assert [cell.text for cell in table.rows[0].cells] == ["7", "1,250"]
    assert [item.derived for item in table.fields] == [True, True]


def test_page_shows_head_states_and_totals(delivered: Delivered) -> None:
    delivered.move(AssignmentState.APPROVED, delivered.assignments[0])
    page = (
        browser(delivered.clerk).get(reverse("reports:form_data", args=[delivered.form.pk])).content.decode()
    )
    assert f"<dt>表号</dt><dd>{delivered.form.code}</dd><dt>制表单位</dt><dd>县民政局</dd>" in page
    assert f"<dd>{delivered.form.number}</dd>" in page
    assert "乡镇已审" in page
    assert "填报中 2/3（逾期）" in page
    assert "220323100201" in page
    assert "1,207" in page


@pytest.mark.row("anchor-A41")
def test_paper_repeats_units_beside_seven_indicators(delivered: Delivered) -> None:
    here = delivered.county
    more = [factories.element(f"指标{n}", here.minzheng) for n in range(5)]
    form = factories.form("八项表", here.minzheng, [*delivered.elements, *more], here.villages)
    factories.assignment(form, here.villages[0], OCTOBER)
    answer = browser(delivered.clerk).get(reverse("reports:form_data_print", args=[form.pk]))
    assert [len(part["fields"]) for part in answer.context["parts"]] == [7, 1]
    page = answer.content.decode()
    assert page.count("示例一村</th>") == 2
    assert page.count("<thead>") == 2
    assert f"准入编号 {form.number} · 有效期至 2026-12-31" in page
    assert "填表人：" in page


def test_table_asks_equally_for_few_and_many(delivered: Delivered) -> None:
    client, url = browser(delivered.clerk), reverse("reports:form_data", args=[delivered.form.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(30):
        village = factories.village(f"另一村{n}", delivered.county.heyuan)
        factories.assignment(delivered.form, village, OCTOBER)
        factories.value(delivered.households, village, OCTOBER, n)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


@pytest.mark.row("F12")
def test_department_takes_delivery_in_one_press(delivered: Delivered) -> None:
    delivered.move(AssignmentState.APPROVED, *delivered.assignments[:2])
    delivered.move(AssignmentState.SUBMITTED, delivered.assignments[2])
    url = reverse("reports:form_data_accept", args=[delivered.form.pk])
    answer = browser(delivered.clerk).post(url, {"period": "2026-10"})
    assert answer.status_code == 302
    states = list(Assignment.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["accepted", "accepted", "submitted", "open", "open", "open"]
    entries = AuditEntry.objects.filter(step="accept")
    assert entries.count() == 2
    assert entries.values("act").distinct().count() == 1


def test_nothing_to_accept_is_said(delivered: Delivered) -> None:
    with pytest.raises(Invalid, match="这一期没有乡镇已审、待接收的数据。"):
        data.accept_period(form_pk=delivered.form.pk, period="2026-10", actor=delivered.clerk)


def test_other_department_cannot_accept(delivered: Delivered) -> None:
    delivered.move(AssignmentState.APPROVED, delivered.assignments[0])
    reader = factories.person("department", delivered.county.nongye)
    answer = browser(reader).post(
        reverse("reports:form_data_accept", args=[delivered.form.pk]), {"period": "2026-10"}
    )
    assert answer.status_code == 400
    assert Assignment.objects.filter(state="accepted").count() == 0


@pytest.mark.row("F7")
@pytest.mark.row("anchor-A12")
def test_csv_keeps_codes_as_text(delivered: Delivered) -> None:
    answer = browser(delivered.clerk).get(
        reverse("reports:form_data", args=[delivered.form.pk]), {"period": "2026-10", "export": "csv"}
    )
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "REF_AREA,乡镇,村（社区）,TIME_PERIOD,状态,低保户数（户）,低保资金（元）,参保率（%）"
    assert lines[1] == "220323100201,伊通镇,示例一村,2026-10,未填报,1200,3456.5,90"
    assert lines[2].endswith(",0,,80")
    assert len(lines) == 7


@pytest.mark.row("F7")
@pytest.mark.row("anchor-A12")
def test_workbook_keeps_codes_as_text(delivered: Delivered) -> None:
    url = reverse("reports:form_data", args=[delivered.form.pk])
    answer = browser(delivered.clerk).get(url, {"period": "2026-10", "export": "xlsx"})
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    code, period, number = sheet["A2"], sheet["D2"], sheet["F2"]
    assert (code.value, code.data_type, code.number_format) == ("220323100201", "s", "@")
    assert (period.value, period.data_type, period.number_format) == ("2026-10", "s", "@")
    assert (number.value, number.data_type) == (1200, "n")
    assert (sheet["F3"].value, sheet["G3"].value, sheet.max_row) == (0, None, 7)
    assert "导出" in book["说明"]["A1"].value


@pytest.mark.row("F7")
def test_json_names_area_period_and_external_code(delivered: Delivered) -> None:
    with audit.act(audit.SYSTEM):
        Element.objects.filter(pk=delivered.money.pk).update(external_code="JL-0042")
    answer = browser(delivered.clerk).get(
        reverse("reports:form_data", args=[delivered.form.pk]), {"export": "json"}
    )
    found = json.loads(answer.content)["observations"]
    assert len(found) == 6
    assert found[1] == {
        "REF_AREA": "220323100201",
        "TIME_PERIOD": "2026-10",
        "INDICATOR": "M002",
        "EXTERNAL_CODE": "JL-0042",
        "OBS_VALUE": "3456.5",
        "UNIT_MEASURE": "元",
        "OBS_STATUS": "open",
    }


def test_draft_of_another_is_not_found(delivered: Delivered) -> None:
    draft = factories.form("草稿表", delivered.county.nongye, [delivered.households], [], state="draft")
    url = reverse("reports:form_data", args=[draft.pk])
    assert browser(delivered.clerk).get(url).status_code == 404
    assert browser(factories.person("department", delivered.county.nongye)).get(url).status_code == 200


def test_bad_period_is_not_found(delivered: Delivered) -> None:
    url = reverse("reports:form_data", args=[delivered.form.pk])
    assert browser(delivered.clerk).get(url, {"period": "十月"}).status_code == 404


@pytest.mark.row("F12")
def test_village_reads_back_what_it_delivered(delivered: Delivered) -> None:
    user = factories.person("village", delivered.county.villages[0])
    answer = browser(user).get(reverse("reports:my_data"))
    rows = [[cell["text"] for cell in row["cells"][:3]] for row in answer.context["table"]["rows"]]
    assert rows == [
        ["2026-10", "低保户数", "1,200"],
        ["2026-10", "低保资金", "3,456.5"],
        ["2026-10", "参保率", "90"],
    ]
    table = browser(user).get(reverse("reports:my_data"), {"export": "csv"})
    lines = b"".join(table).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("期别,单位,REF_AREA,INDICATOR,指标,数值,计量单位,来源")
    assert lines[1].startswith("2026-10,示例一村,220323100201,M001,低保户数,1200,户,填报")


def test_own_data_filters_by_period_and_pinyin(delivered: Delivered) -> None:
    factories.value(delivered.households, delivered.county.villages[0], dt.date(2025, 12, 1), 5)
    client, url = (
        browser(factories.person("village", delivered.county.villages[0])),
        reverse("reports:my_data"),
    )

    def count(**query: str) -> int:
        return int(client.get(url, query).context["table"]["total"])

    assert (
        count(),
        count(period="2025"),
        count(period="2026-10"),
        count(q="dbhs"),
        count(origin="ledger"),
    ) == (4, 1, 3, 2, 0)


def test_twelve_months_stand_in_one_row(delivered: Delivered) -> None:
    here = delivered.county
    today = clock.today().replace(day=1)
    factories.value(delivered.households, here.villages[2], today, 9)
    yearly = factories.element("耕地面积", here.nongye, period_type="yearly", unit="亩")
    factories.value(yearly, here.villages[2], dt.date(2025, 5, 1), 900)
    answer = browser(factories.person("village", here.villages[2])).get(reverse("reports:my_data_months"))
    (row,) = answer.context["monthly"]
    assert len(row["cells"]) == 12
    assert row["cells"][-1][0] == "9"
    assert [(item["name"], item["period"], item["text"]) for item in answer.context["others"]] == [
        ("耕地面积", "2025年", "900")
    ]


def test_lists_of_values_ask_equally(delivered: Delivered) -> None:
    here = delivered.county
    client = browser(factories.person("township", here.yitong))
    pages = [
        reverse("reports:my_data"),
        reverse("reports:my_data_months"),
        reverse("reports:element_values", args=[delivered.households.pk]) + "?period=2026-10",
    ]

    def asked() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(page).status_code == 200
            counts.append(len(seen))
        return counts

    client.get(pages[0])
    few = asked()
    for n in range(25):
        village = factories.village(f"另一村{n}", here.yitong)
        for element in delivered.elements:
            factories.value(element, village, OCTOBER, n)
    assert asked() == few


def test_months_of_a_foreign_village_are_not_found(delivered: Delivered) -> None:
    user = factories.person("village", delivered.county.villages[0])
    answer = browser(user).get(
        reverse("reports:my_data_months"), {"unit": str(delivered.county.others[0].pk)}
    )
    assert answer.status_code == 404


@pytest.mark.row("F12")
def test_indicator_values_show_coverage(delivered: Delivered) -> None:
    reader = factories.person("department", delivered.county.nongye)
    answer = browser(reader).get(
        reverse("reports:element_values", args=[delivered.households.pk]), {"period": "2026-10"}
    )
    assert (answer.context["coverage"].have, answer.context["coverage"].of) == (3, 6)
    assert [row["cells"][1]["text"] for row in answer.context["table"]["rows"]] == [
        "示例一村",
        "示例二村",
        "示例三村",
    ]


def test_kept_indicator_is_closed_to_others(delivered: Delivered) -> None:
    with audit.act(audit.SYSTEM):
        Element.objects.filter(pk=delivered.households.pk).update(sensitivity=Sensitivity.OWN)
    url = reverse("reports:element_values", args=[delivered.households.pk])
    reader = factories.person("department", delivered.county.nongye)
    closed = browser(reader).get(url, {"period": "2026-10"})
    assert closed.context["coverage"].have == 0
    assert "该指标仅来源部门使用" in closed.content.decode()
    assert browser(delivered.clerk).get(url, {"period": "2026-10"}).context["coverage"].have == 3


def test_history_tells_old_new_and_who(delivered: Delivered) -> None:
    village = delivered.county.villages[0]
    ValueChange.objects.create(
        element_id=delivered.households.pk,
        unit_id=village.pk,
        period_start=OCTOBER,
        old="1,100",
        new="1,200",
        origin=Origin.TYPED,
        actor="测试员",
        at=clock.now(),
    )
    url = reverse("reports:value_changes", args=[delivered.households.pk, village.pk, "2026-10"])
    page = browser(delivered.clerk).get(url).content.decode()
    assert "1,100 → 1,200" in page
    assert "测试员" in page
    stranger = factories.person("village", delivered.county.others[0])
    assert browser(stranger).get(url).status_code == 404
    assert browser(factories.person("village", village)).get(url).status_code == 200


def test_reading_data_writes_nothing(delivered: Delivered) -> None:
    client = browser(delivered.clerk)
    client.get(reverse("reports:my_data"))
    pages = [
        reverse("reports:form_data", args=[delivered.form.pk]),
        reverse("reports:my_data"),
        reverse("reports:my_data_months"),
        reverse(
            "reports:value_changes",
            args=[delivered.households.pk, delivered.county.villages[0].pk, "2026-10"],
        ),
    ]
    with CaptureQueriesContext(connection) as seen:
        assert [client.get(page).status_code for page in pages] == [200] * 4
    assert not [q for q in seen if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert Form.objects.count() == 1
    assert Value.objects.count() == 6
