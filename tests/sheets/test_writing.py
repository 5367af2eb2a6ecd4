"""What we write: text stays text, codes stay text, a department's own template keeps its looks."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from core.sheets import filled
from core.sheets.errors import SheetRefused
from core.sheets.reader import read
from core.sheets.template import blank_template
from core.sheets.writer import sheet_title, write_csv, write_rows
from tests.sheets.makers import SPEC, by_openpyxl, by_xlsxwriter

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "=cmd|' /C calc'!A0",
    "\tx",
    "http://x.cn",
    "_x000D_",
    "<script>",
]


def test_formula_like_text_round_trips_as_text():
    content = write_rows(["内容"], [[text] for text in DANGEROUS], title="表")
    assert [row[0] for row in read(content, "a.xlsx", "表").rows[1:]] == DANGEROUS
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {cell.data_type for cell in book["表"]["A"]} == {"s"}


def test_codes_dates_and_long_numbers_written_exactly():
    row = [
        "220323100201",
        Decimal("1.50"),
        dt.date(2025, 7, 1),
        1234567890123456789,
        True,
        None,
        Decimal("NaN"),
        0,
    ]
    content = write_rows(
        list("甲乙丙丁戊己庚辛"), [row], code_columns=[0], title="表", watermark="县政府办 张三 导出"
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    line = [cell.value for cell in book["表"][2]]
    assert line == ["220323100201", 1.5, dt.datetime(2025, 7, 1), "1234567890123456789", "是", None, "NaN", 0]
    assert book["表"]["A2"].number_format == "@"
    assert book["说明"]["A1"].value == "县政府办 张三 导出"


def test_rare_characters_survive_writing():
    names = ["𠮷田", "䶮", "é", "👍"]
    assert [
        r[0] for r in read(write_rows(["名"], [[n] for n in names], title="表"), "a.xlsx", "表").rows[1:]
    ] == names


def test_sheet_title_takes_what_excel_takes():
    assert sheet_title("2025/7:[表]?*") == "2025 7  表"
    assert sheet_title("表" * 40) == "表" * 31
    assert sheet_title("[]") == "数据"


def test_csv_guards_formulas_and_keeps_numbers():
    text = "".join(write_csv(["内容", "数"], [["=1+1", -5], ["-1+2", Decimal("-1.50")], ["平常", None]]))
    assert text == "\ufeff内容,数\r\n'=1+1,-5\r\n'-1+2,-1.50\r\n平常,\r\n"


def test_moments_stand_as_the_county_clock_shows_them():
    moment = dt.datetime(2026, 11, 24, 20, 5, tzinfo=dt.UTC)
    sheet = openpyxl.load_workbook(io.BytesIO(write_rows(["时间"], [[moment]], title="表")))["表"]
    assert sheet["A2"].value == dt.datetime(2026, 11, 25, 4, 5)
    assert "".join(write_csv(["时间"], [[moment]])).endswith("2026-11-25 04:05\r\n")


def test_template_offers_lists_by_hidden_range():
    book = openpyxl.load_workbook(io.BytesIO(blank_template(SPEC)))
    sheet = book["报送表"]
    assert [cell.value for cell in sheet[1]][:3] == ["乡镇", "村（社区）（必填）", "编码"]
    assert [v.formula1 for v in sheet.data_validations.dataValidation] == ["'_模板'!$H$1:$H$2"]
    assert book["_模板"].sheet_state == "hidden"
    assert [book["_模板"]["H1"].value, book["_模板"]["H2"].value] == ["村", "社区"]
    assert sheet["C1"].comment.text == "可不填；编码，文本格式；12 位。"


def test_own_template_keeps_merges_styles_and_formulas():
    def dress(book, sheet):
        sheet.insert_rows(1)
        sheet["A1"] = "{{期别}}统计表（共 {{K01}} 户）"
        sheet.merge_cells("A1:B1")
        sheet["A3"].font = openpyxl.styles.Font(bold=True)
        sheet["D2"] = "=SUM(B3:B9)"
        sheet["E1"] = "{{K01}}"

    template = by_openpyxl(headers=["村（社区）", "户数"], change=dress)
    rows = [{"村（社区）": "曹家村", "户数": Decimal(12)}, {"村（社区）": "=1+1", "户数": None}]
    content = filled.fill(template, rows=rows, values={"期别": "2025-07", "K01": Decimal(12)})
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet["A1"].value == "2025-07统计表（共 12 户）"
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A1:B1"]
    assert (sheet["A3"].value, sheet["B3"].value, sheet["A3"].font.b, sheet["A4"].font.b) == (
        "曹家村",
        12,
        True,
        True,
    )
    assert (sheet["A4"].value, sheet["A4"].data_type, sheet["D2"].value, sheet["E1"].value) == (
        "=1+1",
        "s",
        "=SUM(B3:B9)",
        12,
    )


def test_template_without_a_place_is_refused():
    with pytest.raises(SheetRefused) as caught:
        filled.fill(by_xlsxwriter(headers=["甲"]), rows=[{"户数": 1}], values={"K01": 1})
    assert (
        caught.value.message
        == "表样里没有找到可填的位置。请让表头与指标名称一致，或在单元格中写 {{指标代码}}。"
    )


def test_template_rows_are_never_written_over():
    def total(book, sheet):
        sheet["A3"] = "合计"

    template = by_openpyxl(headers=["村（社区）", "户数"], change=total)
    rows = [{"村（社区）": f"{i}村", "户数": i} for i in range(2)]
    with pytest.raises(SheetRefused) as caught:
        filled.fill(template, rows=rows)
    assert (
        caught.value.message
        == "表样的 A3 已有内容，填不下 2 行，请在表头下留足空行或把其他内容移到表头以上。"
    )
