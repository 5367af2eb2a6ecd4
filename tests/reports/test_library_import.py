"""指标库 out as a workbook, changed, and in again: check page, returned file, confirmation."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from core.models import AuditEntry, SheetCheck
from reports.models import Element, ElementVersion
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]


class Desk:
    """The keeper's desk: a library of two indicators, a client, and the sheet."""

    def __init__(self) -> None:
        self.county = factories.county()
        self.households = factories.element(
            "低保户数", self.county.minzheng, code="M001", definition="期末在册的低保户数"
        )
        self.land = factories.element(
            "耕地面积",
            self.county.nongye,
            code="007",
            unit="亩",
            value_type="decimal",
            decimals=2,
            high="99999.5",
            period_type="yearly",
            external_code="001200",
        )
        factories.element(
            "灌溉方式",
            self.county.nongye,
            code="N003",
            value_type="choice",
            choices=["喷灌", "滴灌"],
            unit="",
            low=None,
        )
        self.client = Client()
        self.client.force_login(
            factories.person("dgb", self.county.dgb), backend="organization.backends.PasswordBackend"
        )

    def exported(self) -> Any:
        """The library as its own export."""
        answer = self.client.get(reverse("reports:elements"), {"export": "xlsx"})
        return load_workbook(io.BytesIO(answer.content))

    def upload(self, book: Any) -> Any:
        """Hand a workbook in; the check page."""
        buffer = io.BytesIO()
        book.save(buffer)
        file = SimpleUploadedFile("指标库.xlsx", buffer.getvalue())
        return self.client.post(reverse("reports:elements_import"), {"file": file}, follow=True)

    def confirm(self) -> Any:
        """Confirm the newest check."""
        newest = SheetCheck.objects.latest("pk")
        return self.client.post(reverse("reports:elements_import_confirm", args=[newest.pk]))


@pytest.fixture
def desk() -> Desk:
    """The keeper's desk."""
    return Desk()


def column(sheet: Any, header: str) -> int:
    """Number of a column by its header."""
    return int(next(cell.column for cell in sheet[1] if cell.value == header))


def row_of(sheet: Any, code: str) -> int:
    """Number of the row of a code."""
    return int(next(row[0].row for row in sheet.iter_rows() if row[0].value == code))


@pytest.mark.row("anchor-A27")
@pytest.mark.row("anchor-A12")
def test_own_export_comes_back_unchanged(desk: Desk) -> None:
    book = desk.exported()
    sheet = book.worksheets[0]
    code = sheet.cell(row_of(sheet, "007"), 1)
    assert (code.value, code.data_type, code.number_format) == ("007", "s", "@")
    page = desk.upload(book)
    assert (page.context["total"], page.context["changed"]) == (3, 0)
    assert not [note for note in page.context["held"].notes if "不认识的表头" in note]
    before = AuditEntry.objects.filter(model="reports.Element").count()
    assert desk.confirm().status_code == 302
    assert AuditEntry.objects.filter(model="reports.Element").count() == before
    assert ElementVersion.objects.count() == 3


@pytest.mark.row("anchor-A27")
def test_changed_sheet_waits_for_confirmation(desk: Desk) -> None:
    book = desk.exported()
    sheet = book.worksheets[0]
    sheet.cell(row_of(sheet, "M001"), column(sheet, "口径")).value = "期末在册且发放的低保户数"
    sheet.cell(row_of(sheet, "007"), column(sheet, "基础字段")).value = "是"
    last = sheet.max_row + 1
    for header, text in {
        "指标名称": "特困人员数",
        "口径": "期末在册的特困人员数",
        "值类型": "整数",
        "计量单位": "人",
        "来源部门": "县民政局",
        "更新周期": "每月",
        "汇总方式": "取期末",
        "带出方式": "沿用上期",
        "共享范围": "县内共享",
    }.items():
        sheet.cell(last, column(sheet, header)).value = text
    page = desk.upload(book)
    assert [(row["change"].name, row["change"].said) for row in page.context["rows"]] == [
        ("耕地面积", "修改"),
        ("低保户数", "立新版本"),
        ("特困人员数", "新增，待审"),
    ]
    assert "期末在册<ins>且发放</ins>的低保户数" in page.content.decode()
    assert Element.objects.count() == 3
    desk.confirm()
    assert Element.objects.get(name="特困人员数").status == "pending"
    assert desk.households.versions.count() == 2
    assert Element.objects.get(code="007").basic


def test_confirming_twice_changes_once(desk: Desk) -> None:
    book = desk.exported()
    sheet = book.worksheets[0]
    sheet.cell(row_of(sheet, "M001"), column(sheet, "口径")).value = "期末在册且发放的低保户数"
    desk.upload(book)
    desk.confirm()
    desk.confirm()
    assert desk.households.versions.count() == 2


@pytest.mark.row("F3")
def test_wrong_rows_come_back_with_sentences(desk: Desk) -> None:
    book = desk.exported()
    sheet = book.worksheets[0]
    row = row_of(sheet, "007")
    sheet.cell(row, column(sheet, "指标名称")).value = "低保户数"
    page = desk.upload(book)
    sentence = f"“指标库-{sheet.title[4:]}”第 {row} 行 B 列（指标名称）：已有同名指标；口径不同请作为新版本，或换一个名称（现有指标代码 M001）。"
    assert [problem["message"] for problem in page.context["problems"]] == [sentence]
    assert "确认导入" not in page.content.decode()
    held = SheetCheck.objects.latest("pk")
    refused = desk.client.post(reverse("reports:elements_import_confirm", args=[held.pk]))
    assert refused.status_code == 409
    assert ElementVersion.objects.count() == 3
    url = reverse("reports:elements_import_check", args=[held.pk])
    returned = load_workbook(io.BytesIO(desk.client.get(url, {"returned": "1"}).content)).worksheets[0]
    assert [cell.value for cell in returned[1]][-2:] == ["行号", "错误"]
    assert (returned.cell(2, 1).value, returned.cell(2, column(returned, "来源部门")).value) == (
        "007",
        "县农业农村局",
    )
    assert returned.cell(2, column(returned, "错误")).value == (
        "B 列（指标名称）：已有同名指标；口径不同请作为新版本，或换一个名称（现有指标代码 M001）。"
    )


def test_bad_cells_are_named_by_place(desk: Desk) -> None:
    book = desk.exported()
    sheet = book.worksheets[0]
    row = row_of(sheet, "M001")
    sheet.cell(row, column(sheet, "小数位")).value = "约两位"
    sheet.cell(row, column(sheet, "来源部门")).value = "县不存在局"
    sheet.cell(row_of(sheet, "007"), column(sheet, "指标名称")).value = "灌溉方式"
    page = desk.upload(book)
    messages = [problem["message"] for problem in page.context["problems"]]
    assert len(messages) == 3
    assert messages[0].endswith("（现有指标代码 N003）。")
    assert f"第 {row} 行 F 列（小数位）" in messages[1]
    assert messages[2].endswith(f"第 {row} 行 J 列（来源部门）：没有名为“县不存在局”的来源部门，请核对。")


def test_file_that_is_no_sheet_is_refused(desk: Desk) -> None:
    file = SimpleUploadedFile("指标库.xlsx", b"%PDF-1.7 nothing")
    answer = desk.client.post(reverse("reports:elements_import"), {"file": file})
    assert answer.status_code == 400
    assert "这不是表格文件。只接受 .xlsx、.csv、.xls 和 .et。" in answer.content.decode()
    assert not SheetCheck.objects.exists()


def test_blank_template_carries_every_header(desk: Desk) -> None:
    answer = desk.client.get(reverse("reports:elements_import"), {"template": "1"})
    headers = [cell.value for cell in load_workbook(io.BytesIO(answer.content)).worksheets[0][1]]
    assert headers[:3] == ["指标代码", "指标名称（必填）", "口径（必填）"]
    assert len(headers) == 18


def test_check_belongs_to_its_uploader(desk: Desk) -> None:
    desk.upload(desk.exported())
    held = SheetCheck.objects.latest("pk")
    other = Client()
    other.force_login(
        factories.person("dgb", desk.county.dgb), backend="organization.backends.PasswordBackend"
    )
    assert other.get(reverse("reports:elements_import_check", args=[held.pk])).status_code == 404
    clerk = Client()
    clerk.force_login(
        factories.person("department", desk.county.minzheng), backend="organization.backends.PasswordBackend"
    )
    assert clerk.get(reverse("reports:elements_import")).status_code == 403
