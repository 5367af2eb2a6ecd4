"""A block as a workbook: out, in again without change, wrong rows returned, formulas and merges named."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core import clock
from core.models import SheetCheck
from reports.models import Value
from reports.services.block import planning
from tests import factories
from tests.reports.township_month import Township, township

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Township:
    found = township(state="open")
    Value.objects.all().delete()
    return found


@pytest.fixture
def signed_in(client: Client, place: Township) -> Client:
    client.force_login(place.clerk)
    return client


def url(name: str, place: Township, *more: int) -> str:
    return reverse(f"reports:{name}", args=[place.forms[0].pk, place.rows[0].period, *more])


def workbook(lines: list[list[Any]], title: str = "测试报表0") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for line in lines:
        sheet.append(line)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def opened(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(line) for line in sheet.iter_rows(values_only=True)]


def upload(client: Client, place: Township, content: bytes, name: str = "填报.xlsx") -> planning.Plan:
    file = SimpleUploadedFile(name, content)
    response = client.post(
        url("block_import", place), {"file": file, "_key": f"u{SheetCheck.objects.count()}"}
    )
    assert response.status_code == 302, response.content.decode()[:3000]
    return planning.kept_plan(SheetCheck.objects.latest("pk"))


@pytest.mark.row("anchor-A11")
@pytest.mark.row("anchor-A12")
def test_export_keeps_codes_as_text(signed_in: Client, place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    lines = opened(signed_in.get(url("block_export", place)).content)
    assert lines[0] == ["单位代码", "村（社区）", "低保户数（户）", "危房户数（户）"]
    assert lines[1] == ["220323110201", "示例三村", 29, None]
    assert len(lines) == 4


@pytest.mark.row("anchor-A11")
def test_own_export_imported_again_changes_nothing(signed_in: Client, place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    plan = upload(signed_in, place, signed_in.get(url("block_export", place)).content)
    assert (len(plan.same), len(plan.writes), len(plan.conflicts), plan.problems) == (1, 0, 0, [])
    check = SheetCheck.objects.get()
    response = signed_in.post(url("block_check", place, check.pk), {"_key": "n1"})
    assert response.status_code == 409
    assert Value.objects.get().version == 1


@pytest.mark.row("anchor-A11")
@pytest.mark.row("F17")
def test_filled_export_is_imported_after_confirmation(signed_in: Client, place: Township) -> None:
    book = openpyxl.load_workbook(io.BytesIO(signed_in.get(url("block_export", place)).content))
    book.worksheets[0]["C2"] = 31
    book.worksheets[0]["D4"] = 6
    plan = upload(signed_in, place, saved(book))
    assert [(one.unit, one.new, one.where) for one in plan.writes] == [
        ("示例三村", "31", "C2"),
        ("二道村", "6", "D4"),
    ]
    assert not Value.objects.exists()
    signed_in.post(url("block_check", place, SheetCheck.objects.get().pk), {"_key": "n2"})
    assert {int(one.number or 0) for one in Value.objects.all()} == {31, 6}


@pytest.mark.row("anchor-A11")
def test_wrong_rows_come_back_with_their_errors(signed_in: Client, place: Township) -> None:
    lines = [["村名", "低保户数", "危房户数"], ["示例三村", "约50", 1], ["示例四村", 2, 2], ["某某屯", 3, 3]]
    plan = upload(signed_in, place, workbook(lines))
    assert len(plan.problems) == 2
    check = SheetCheck.objects.get()
    page = signed_in.get(url("block_check", place, check.pk)).content.decode()
    assert "2 处有误" in page
    assert "确认写入" not in page
    returned = opened(signed_in.get(url("block_wrong", place, check.pk)).content)
    assert returned[0] == ["村名", "低保户数", "危房户数", "错误"]
    assert [line[0] for line in returned[1:]] == ["示例三村", "某某屯"]
    assert returned[2][3] == "“某某屯”不在本表的村（社区）之内。"
    assert signed_in.post(url("block_check", place, check.pk), {"_key": "n3"}).status_code == 409
    assert not Value.objects.exists()


def test_returned_file_can_be_mended_and_imported(signed_in: Client, place: Township) -> None:
    upload(signed_in, place, workbook([["村名", "低保户数"], ["示例三村", "约50"]]))
    check = SheetCheck.objects.get()
    book = openpyxl.load_workbook(io.BytesIO(signed_in.get(url("block_wrong", place, check.pk)).content))
    book.worksheets[0].title = "测试报表0"
    book.worksheets[0]["B2"] = 50
    plan = upload(signed_in, place, saved(book), "改正.xlsx")
    assert [(one.unit, one.new) for one in plan.writes] == [("示例三村", "50")]


def test_merged_header_of_a_sheet_is_understood(signed_in: Client, place: Township) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook([["村名", "困难群众", None], [None, "低保户数", "危房户数"], ["示例三村", 31, 3]])
        )
    )
    book.worksheets[0].merge_cells("A1:A2")
    book.worksheets[0].merge_cells("B1:C1")
    plan = upload(signed_in, place, saved(book))
    assert [(one.name, one.new) for one in plan.writes] == [("低保户数", "31"), ("危房户数", "3")]


def test_formula_without_result_is_named_by_its_cell(signed_in: Client, place: Township) -> None:
    plan = upload(signed_in, place, workbook([["村名", "低保户数"], ["示例三村", "=1+1"]]))
    assert [(one.where, one.message) for one in plan.problems] == [
        ("第 2 行 B 列", "公式没有计算结果，请在 Excel 或 WPS 中打开、保存后再上传，或直接填数。")
    ]


def test_code_kept_as_number_still_finds_its_village(signed_in: Client, place: Township) -> None:
    plan = upload(signed_in, place, workbook([["单位代码", "低保户数"], [220323110203, 7.0]]))
    assert [(one.unit, one.new) for one in plan.writes] == [("二道村", "7")]


def test_csv_is_imported_as_well(signed_in: Client, place: Township) -> None:
    plan = upload(signed_in, place, "村名,低保户数\n示例三村,31\n".encode(), "填报.csv")
    assert [(one.unit, one.new) for one in plan.writes] == [("示例三村", "31")]


def test_what_is_no_sheet_is_refused_on_the_page(signed_in: Client, place: Township) -> None:
    response = signed_in.post(
        url("block_import", place), {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04garbage"), "_key": "g1"}
    )
    assert response.status_code == 400
    assert "从 Excel / WPS 粘贴" in response.content.decode()
    assert not SheetCheck.objects.exists()


def test_missing_file_is_said(signed_in: Client, place: Township) -> None:
    response = signed_in.post(url("block_import", place), {"_key": "g2"})
    assert response.status_code == 400
    assert "请选择文件。" in response.content.decode()


def test_month_is_exported_line_by_line(signed_in: Client, place: Township) -> None:
    factories.value(place.elements[0], place.county.others[0], clock.today(), 29)
    response = signed_in.get(reverse("reports:township_export"), {"month": place.rows[0].burden_month})
    lines = opened(response.content)
    assert lines[0][:4] == ["单位代码", "村（社区）", "表号", "报表"]
    assert len(lines) == 1 + 6 * 2
    assert [line[10] for line in lines[1:] if line[1] == "示例三村" and line[7] == "低保户数"] == [29, 29]
