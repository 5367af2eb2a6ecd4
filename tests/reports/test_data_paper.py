"""原表样: a department's own workbook is kept once and comes back filled in."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from core import clock
from core.models import Attachment, AuditEntry
from reports.models import Form
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """It is Tuesday, 24 November 2026, in a demonstration: files are kept unscanned."""
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 24, 10, 0, tzinfo=clock.COUNTY))


def workbook(*headers: str, placeholder: str = "") -> bytes:
    """A department's sheet: a merged title, headers in row 2, and perhaps a placeholder above."""
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"] = placeholder or "社会救助情况统计表"
    sheet["A1"].font = Font(bold=True, size=18)
    sheet.merge_cells("A1:C1")
    for place, header in enumerate(headers, 1):
        sheet.cell(2, place).value = header
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class Desk:
    """A form with values of two villages, and its owner's clerk."""

    def __init__(self) -> None:
        here = factories.county()
        self.county = here
        households = factories.element("低保户数", here.minzheng, code="M001")
        self.form: Form = factories.form("社会救助情况表", here.minzheng, [households], here.villages)
        for village in here.villages:
            factories.assignment(self.form, village, OCTOBER)
        factories.value(households, here.villages[0], OCTOBER, 12)
        factories.value(households, here.villages[1], OCTOBER, 30)
        self.url = reverse("reports:form_paper", args=[self.form.pk])
        self.client = self.signed_in(factories.person("department", here.minzheng))

    @staticmethod
    def signed_in(user: Any) -> Client:
        """A client of a person."""
        client = Client()
        client.force_login(user, backend="organization.backends.PasswordBackend")
        return client

    def keep(self, content: bytes, name: str = "省厅表样.xlsx") -> Any:
        """Upload a workbook."""
        return self.client.post(self.url, {"file": SimpleUploadedFile(name, content), "period": "2026-10"})

    def filled(self) -> Any:
        """Download it filled in."""
        return self.client.get(self.url, {"period": "2026-10"})


@pytest.fixture
def desk(settings: Any, tmp_path: Path) -> Desk:
    """The desk, with uploads in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path
    return Desk()


@pytest.mark.row("F12")
def test_own_workbook_comes_back_filled(desk: Desk) -> None:
    assert desk.keep(workbook("村名", "低保户数", "备注")).status_code == 302
    answer = desk.filled()
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in line] for line in sheet.iter_rows(min_row=3, max_row=5)] == [
        ["示例一村", 12, None],
        ["示例二村", 30, None],
        ["二道村", None, None],
    ]
    assert sheet["A1"].font.bold
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A1:C1"]
    assert "%E7%9C%81%E5%8E%85%E8%A1%A8%E6%A0%B7-2026-10.xlsx" in answer["Content-Disposition"]
    kept = Attachment.objects.get()
    assert (kept.object_id, kept.name) == (str(desk.form.pk), "省厅表样.xlsx")
    assert AuditEntry.objects.filter(verb="上传原表样", object_id=str(desk.form.pk)).count() == 1


def test_placeholder_takes_the_total(desk: Desk) -> None:
    desk.keep(workbook(placeholder="{{期别名称}}低保 {{M001}} 户"))
    sheet: Any = load_workbook(io.BytesIO(desk.filled().content)).active
    assert sheet["A1"].value == "2026年10月低保 42 户"


def test_lines_without_a_unit_are_not_guessed(desk: Desk) -> None:
    desk.keep(workbook("序号", "低保户数"))
    answer = desk.filled()
    assert answer.status_code == 400
    assert "“省厅表样.xlsx”没有填成：表样里没有找到可填的位置。" in answer.content.decode()


def test_other_file_kinds_are_refused(desk: Desk) -> None:
    answer = desk.keep("村名,低保户数".encode(), "表样.csv")
    assert answer.status_code == 400
    assert "原表样只收 .xlsx 文件，请用 WPS 或 Excel 另存为 .xlsx 后再上传。" in answer.content.decode()
    assert desk.client.post(desk.url, {}).status_code == 400
    assert not Attachment.objects.exists()


def test_only_the_owner_keeps_a_workbook(desk: Desk) -> None:
    content = workbook("村名", "低保户数")
    desk.keep(content)
    stranger = desk.signed_in(factories.person("department", desk.county.nongye))
    posted = stranger.post(desk.url, {"file": SimpleUploadedFile("表样.xlsx", content)})
    assert (posted.status_code, stranger.get(desk.url).status_code) == (404, 404)
    assert Attachment.objects.count() == 1


def test_without_a_workbook_there_is_nothing_to_fill(desk: Desk) -> None:
    assert desk.filled().status_code == 404


def test_without_scanner_a_real_installation_keeps_no_workbook(settings: Any) -> None:
    desk = Desk()
    desk.keep(workbook("村名", "低保户数"))
    settings.DEMO = False
    refused = desk.keep(workbook("村名", "低保户数"))
    assert refused.status_code == 400
    assert "尚未接入查毒，暂不能上传附件" in refused.content.decode()
    assert Attachment.objects.count() == 1
    assert desk.filled().status_code == 404
