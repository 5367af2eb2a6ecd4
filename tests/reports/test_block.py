"""A pasted or imported block: recognised, previewed, written whole or not at all, nothing outside touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, Stale, WrongState
from core.models import AuditEntry, SheetCheck
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, Value, ValueChange
from reports.services.block import planning, writing
from reports.services.block.clipboard import Table, from_html, from_text, read
from reports.services.block.grid import Grid, load_grid
from reports.services.block.matching import Villages, candidates, match
from tests import factories
from tests.reports.township_month import Township, township

pytestmark = pytest.mark.django_db

TABLE = [
    ["村名", "低保户数（户）", "危房户数（户）"],
    ["示例三村", "31", "3"],
    ["示例四村", "32", "4"],
]


@pytest.fixture
def place() -> Township:
    found = township(state="open")
    Value.objects.all().delete()
    return found


def grid_of(place: Township, user: Any = None, form: int = 0) -> Grid:
    return load_grid(user or place.clerk, place.forms[form].pk, place.rows[0].period)


def plan_of(place: Township, table: list[list[str]]) -> planning.Plan:
    grid = grid_of(place)
    return planning.plan(grid, match(Table(table), [line.row.unit for line in grid.lines], grid.elements))


def check_of(place: Township, table: list[list[str]]) -> SheetCheck:
    return planning.keep(
        plan_of(place, table), grid_of(place), actor=place.clerk, name="粘贴的表格", table=table
    )


def confirm(
    place: Township, check: SheetCheck, *, overwrite: bool = False, actor: Any = None
) -> writing.Written:
    return writing.confirm(
        check_pk=check.pk,
        form_pk=place.forms[0].pk,
        period=place.rows[0].period,
        actor=actor or place.clerk,
        overwrite=overwrite,
    )


def numbers(place: Township) -> dict[tuple[str, str], int]:
    return {
        (one.unit.name, one.element.name): int(one.number or 0)
        for one in Value.objects.select_related("unit", "element")
    }


def messages(plan: planning.Plan) -> list[str]:
    return [f"{problem.where}：{problem.message}" for problem in plan.problems]


@pytest.mark.row("anchor-A10")
@pytest.mark.row("F17")
def test_pasted_block_is_written_after_confirmation(place: Township) -> None:
    check = check_of(place, TABLE)
    assert not Value.objects.exists()
    written = confirm(place, check)
    assert (written.cells, written.villages, written.left) == (4, 2, 0)
    assert numbers(place) == {
        ("示例三村", "低保户数"): 31,
        ("示例三村", "危房户数"): 3,
        ("示例四村", "低保户数"): 32,
        ("示例四村", "危房户数"): 4,
    }
    assert {one.origin for one in Value.objects.all()} == {Origin.BY_TOWNSHIP}


def test_written_block_leaves_history_and_one_entry(place: Township) -> None:
    confirm(place, check_of(place, TABLE))
    assert ValueChange.objects.filter(actor="王党政", old="").count() == 4
    entry = AuditEntry.objects.get(verb="代填")
    assert (entry.count, entry.after["cells"], entry.after["villages"]) == (4, 4, 2)
    assert {change.act for change in ValueChange.objects.all()} == {entry.act}


@pytest.mark.row("anchor-A10")
def test_cells_outside_the_block_stay(place: Township) -> None:
    day = clock.today()
    kept = factories.value(place.elements[0], place.county.others[2], day, 77)
    other = factories.value(place.elements[2], place.county.others[0], day, 88)
    confirm(place, check_of(place, TABLE))
    kept.refresh_from_db()
    other.refresh_from_db()
    assert (kept.number, kept.version, other.number, other.version) == (77, 1, 88, 1)


def test_empty_cell_clears_nothing(place: Township) -> None:
    kept = factories.value(place.elements[1], place.county.others[0], clock.today(), 9)
    confirm(place, check_of(place, [TABLE[0], ["示例三村", "31", ""]]))
    kept.refresh_from_db()
    assert kept.number == 9


def test_what_the_village_typed_is_shown_beside(place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    plan = plan_of(place, TABLE)
    assert [(one.unit, one.name, one.old, one.new) for one in plan.conflicts] == [
        ("示例三村", "低保户数", "29", "31")
    ]
    written = confirm(place, check_of(place, TABLE))
    assert (written.cells, written.left) == (3, 1)
    assert numbers(place)["示例三村", "低保户数"] == 29


def test_typed_value_is_replaced_when_ticked(place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    written = confirm(place, check_of(place, TABLE), overwrite=True)
    assert (written.cells, written.left) == (4, 0)
    assert numbers(place)["示例三村", "低保户数"] == 31
    assert ValueChange.objects.filter(old="29", new="31").count() == 1


def test_submitted_villages_cells_are_locked(place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=place.rows[0].pk).update(state=AssignmentState.SUBMITTED)
    plan = plan_of(place, TABLE)
    assert {one.unit for one in plan.locked} == {"示例三村"}
    assert plan.locked[0].message == "已随《测试报表0》报送，撤回修改，或由乡镇退回该项后可改。"
    assert confirm(place, check_of(place, TABLE)).villages == 1


def test_value_changed_since_the_preview_refuses_all(place: Township) -> None:
    check = check_of(place, TABLE)
    factories.value(place.elements[1], place.county.others[1], clock.today(), 5)
    with pytest.raises(Stale) as refused:
        confirm(place, check)
    assert refused.value.message == (
        "示例四村“危房户数”在核对以后被改为“5”，本次是“4”，未作任何改动，请重新核对。"
    )
    assert Value.objects.count() == 1


def test_preview_is_confirmed_once(place: Township) -> None:
    check = check_of(place, TABLE)
    confirm(place, check)
    with pytest.raises(WrongState, match="已经写入过"):
        confirm(place, check)
    assert ValueChange.objects.count() == 4


def test_somebody_elses_preview_is_not_confirmed(place: Township) -> None:
    check = check_of(place, TABLE)
    with pytest.raises(WrongState, match="没有找到这次核对"):
        confirm(place, check, actor=factories.person("township", place.county.heyuan))
    with pytest.raises(Http404):
        confirm(place, check, actor=factories.person("township", place.county.yitong))


@pytest.mark.row("anchor-A10")
def test_village_twice_is_refused_by_both_rows(place: Township) -> None:
    table = [TABLE[0], ["二道村", "1", "1"], ["示例三村", "2", "2"], ["二道村", "3", "3"]]
    plan = plan_of(place, table)
    assert messages(plan) == ["第 4 行 A 列：“二道村”出现两次（第 2 行、第 4 行），请只保留一行。"]
    assert not plan.confirmable
    with pytest.raises(WrongState, match="还有错误没有改正"):
        confirm(place, check_of(place, table))
    assert not Value.objects.exists()


def test_same_name_of_another_township_is_refused(place: Township) -> None:
    table = [
        ["乡镇", "村名", "低保户数"],
        ["河源镇", "二道村", "1"],
        ["伊通镇", "二道村", "2"],
        ["伊通镇", "示例一村", "2"],
    ]
    assert messages(plan_of(place, table)) == [
        "第 3 行 B 列：“伊通镇二道村”不在本表的村（社区）之内。",
        "第 4 行 B 列：“伊通镇示例一村”不在本表的村（社区）之内。",
    ]


def test_ambiguous_name_lists_its_candidates(place: Township) -> None:
    two = [place.county.villages[2], place.county.others[2]]
    result = match(Table([["村", "低保户数"], ["二道村", "1"]]), two, {1: ("E1", "低保户数")})
    assert [problem.message for problem in result.problems] == [
        "“二道村”有 2 个：伊通镇二道村（220323100203）、河源镇二道村（220323110203）。请加上乡镇或 12 位代码。"
    ]
    assert candidates(two[:1]) == "伊通镇二道村（220323100203）"


@pytest.mark.row("anchor-A12")
def test_code_finds_the_village_whatever_its_name(place: Township) -> None:
    table = [["单位代码", "低保户数"], ["220323110203", "7"]]
    assert [(one.unit, one.new) for one in plan_of(place, table).writes] == [("二道村", "7")]


def test_code_and_name_must_agree(place: Township) -> None:
    table = [
        ["单位代码", "村名", "低保户数"],
        ["220323110201", "示例四村", "7"],
        ["220323999999", "示例四村", "7"],
    ]
    assert messages(plan_of(place, table)) == [
        "第 2 行 B 列：代码 220323110201 是“示例三村”，与村名“示例四村”不一致，请改为一致。",
        "第 3 行 B 列：代码“220323999999”不是本表的村（社区）。",
    ]


def test_alias_and_full_title_name_the_village(place: Township) -> None:
    from organization.models import UnitAlias

    UnitAlias.objects.create(unit=place.county.others[0], name="老三村", during=(None, None))
    villages = Villages.of(place.county.others)
    assert [
        unit.name for text in ("老三村", "示例三村村民委员会", "示例四") for unit in villages.named(text)
    ] == [
        "示例三村",
        "示例三村",
        "示例四村",
    ]


def test_wrong_number_is_named_by_its_cell(place: Township) -> None:
    plan = plan_of(place, [TABLE[0], ["示例三村", "约50", "-3"]])
    assert len(plan.problems) == 2
    assert messages(plan)[0].startswith("第 2 行 B 列：示例三村“低保户数”：")
    assert messages(plan)[1] == "第 2 行 C 列：示例三村“危房户数”：不应小于 0，请核对。"


def test_total_row_is_left_out_and_said(place: Township) -> None:
    plan = plan_of(place, [*TABLE, ["合计", "63", "7"]])
    assert (plan.notes, len(plan.writes)) == (["第 4 行是合计，没有读入。"], 4)


def test_unknown_columns_are_left_out_and_said(place: Township) -> None:
    plan = plan_of(place, [["村名", "低保户数", "联系人"], ["示例三村", "1", "张三"]])
    assert plan.notes == ["以下各列不是本表指标，没有读入：联系人。"]


def test_indicator_twice_is_refused(place: Township) -> None:
    plan = plan_of(place, [["村名", "低保户数", "低保户数（户）*"], ["示例三村", "1", "2"]])
    assert [problem.message for problem in plan.problems] == ["指标“低保户数”出现在两列中，请只保留一列。"]


def test_table_without_villages_or_header_is_refused(place: Township) -> None:
    with pytest.raises(Invalid, match="没有认出村（社区）"):
        plan_of(place, [["村名", "低保户数"], ["某某屯", "1"]])
    with pytest.raises(Invalid, match="没有认出指标列"):
        plan_of(place, [["示例三村", "1"]])


MERGED = """<html><head><style>td{mso:1}</style></head><body><table>
<tr><td rowspan=2>村名</td><td colspan=2>困难群众</td></tr>
<tr><td>低保户数<br>（户）</td><td>危房户数</td></tr>
<tr><td>示例三村</td><td>1,031</td><td>3</td></tr>
</table></body></html>"""


@pytest.mark.row("anchor-A10")
def test_merged_header_of_html_is_understood(place: Township) -> None:
    table = from_html(MERGED).rows
    assert table[:2] == [["村名", "困难群众", "困难群众"], ["村名", "低保户数 （户）", "危房户数"]]
    assert [(one.name, one.new) for one in plan_of(place, table).writes] == [
        ("低保户数", "1,031"),
        ("危房户数", "3"),
    ]


def test_merged_data_cell_is_refused(place: Township) -> None:
    grid = grid_of(place)
    html = "<table><tr><td>村名<td>低保户数</tr><tr><td>示例三村<td rowspan=2>5</tr><tr><td>示例四村</tr></table>"
    result = match(from_html(html), [line.row.unit for line in grid.lines], grid.elements)
    assert [(one.where, one.message) for one in result.problems] == [
        ("第 2 行 B 列", "合并单元格，请取消合并后逐格填写。"),
        ("第 3 行 B 列", "合并单元格，请取消合并后逐格填写。"),
    ]


def test_text_clipboard_is_read_with_quotes() -> None:
    assert from_text('村名\t"低保\n户数"\r\n二道村\t5\r\n').rows == [["村名", "低保 户数"], ["二道村", "5"]]
    assert read("", "a\tb\n\n").rows == [["a", "b"]]


def test_empty_clipboard_is_refused() -> None:
    with pytest.raises(Invalid, match="没有读到表格"):
        read("<table></table>", " \n")


def test_station_writes_only_what_is_dispatched(place: Township) -> None:
    from reports.services import dispatching

    office = factories.unit("河源镇民政办", "office", place.county.heyuan)
    clerk = factories.person("station", office)
    with pytest.raises(Http404):
        grid_of(place, clerk)
    dispatching.dispatch(pks=[place.rows[0].pk], actor=place.clerk, key=f"u{office.pk}")
    assert [line.row.unit.name for line in grid_of(place, clerk).lines] == ["示例三村"]


def test_grid_is_read_in_few_statements_whatever_the_villages(
    place: Township, django_assert_num_queries: Any
) -> None:
    grid_of(place)
    with CaptureQueriesContext(connection) as few:
        grid_of(place)
    for n in range(9):
        factories.assignment(place.forms[0], factories.village(f"示例多{n}村", place.county.heyuan))
    with django_assert_num_queries(len(few)):
        assert len(grid_of(place).lines) == 12
    assert len(few) <= 6


def test_writing_takes_the_same_statements_for_more_villages(
    place: Township, django_assert_num_queries: Any
) -> None:
    few_check = check_of(place, TABLE[:2])
    with CaptureQueriesContext(connection) as few:
        confirm(place, few_check)
    more = [factories.village(f"示例多{n}村", place.county.heyuan) for n in range(9)]
    for village in more:
        factories.assignment(place.forms[0], village)
    check = check_of(place, [TABLE[0], *([village.name, "1", "2"] for village in more)])
    with django_assert_num_queries(len(few)):
        assert confirm(place, check).cells == 18


def url(name: str, place: Township, *more: int) -> str:
    return reverse(f"reports:{name}", args=[place.forms[0].pk, place.rows[0].period, *more])


@pytest.mark.row("anchor-A10")
def test_paste_on_the_page_leads_to_preview_then_writes(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    text = "\n".join("\t".join(line) for line in TABLE)
    response = client.post(
        url("block_paste", place), {"pasted": text, "pasted_html": "", "_key": "p1"}, follow=True
    )
    body = response.content.decode()
    assert "写入 4 项" in body
    assert "认出 2 个村" in body
    check = SheetCheck.objects.get()
    response = client.post(url("block_check", place, check.pk), {"_key": "p2"}, follow=True)
    assert "已写入 2 个村 4 项，标注“代填”。" in response.content.decode()
    assert Value.objects.count() == 4


def test_refused_paste_keeps_what_was_pasted(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    response = client.post(url("block_paste", place), {"pasted": "村名\t低保户数\n某某屯\t1", "_key": "p3"})
    assert response.status_code == 400
    assert "某某屯\t1" in response.content.decode()
    assert "没有认出村（社区）" in response.content.decode()


def test_grid_shows_the_villages_own_value(client: Client, place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    client.force_login(place.clerk)
    assert "<b>村填 29</b>" in client.get(url("fill_for_grid", place)).content.decode()


@pytest.mark.row("anchor-A20")
def test_grid_says_who_can_reopen_an_approved_village(client: Client, place: Township) -> None:
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=place.rows[0].pk).update(state=AssignmentState.APPROVED)
    client.force_login(place.clerk)
    text = client.get(url("fill_for_grid", place)).content.decode()
    assert "已随《测试报表0》报送，乡镇已审，由乡镇退回该项后可改。" in text
    assert text.count("data-save-url") == 4


def test_form_is_handed_in_for_a_village(client: Client, place: Township) -> None:
    confirm(place, check_of(place, TABLE))
    client.force_login(place.clerk)
    data = {"pk": [place.rows[0].pk, place.rows[4].pk], "_key": "s1"}
    response = client.post(url("block_submit", place), data, follow=True)
    assert "已代 1 个村报送《测试报表0》" in response.content.decode()
    assert "1 个村没有报送：二道村：还不能报送：“低保户数”未填；“危房户数”未填" in response.content.decode()
    row = place.again(place.rows[0])
    assert (row.state, row.by_township, row.submitted_by) == (AssignmentState.SUBMITTED, True, "王党政")


def test_blocks_of_other_townships_are_not_found(client: Client, place: Township) -> None:
    client.force_login(factories.person("township", place.county.yitong))
    for name in ("fill_for_grid", "block_export"):
        assert client.get(url(name, place)).status_code == 404
    client.force_login(place.villagers[0])
    assert client.get(url("fill_for_grid", place)).status_code == 404
