"""Every problem of a sheet by row and column, whole sentences, from every writer."""

import datetime as dt
from decimal import Decimal

import pytest

from core.sheets.check import check
from core.sheets.errors import SheetRefused
from core.sheets.returned import returned_workbook
from core.sheets.template import blank_template
from tests.sheets.makers import (
    GOOD,
    HEADERS,
    LOOKUPS,
    SPEC,
    by_hand,
    by_old_office,
    by_openpyxl,
    by_xlsxwriter,
    cell_text,
)

STORED = {
    "_row": 2, "town": "马鞍山镇", "unit": 3, "code": "220323102201", "households": 120,
    "area": Decimal("3.5"), "on": dt.date(2025, 7, 1), "kind": "V",
}  # fmt: skip


def found(content, name="a.xlsx"):
    result = check(content, name, SPEC, LOOKUPS)
    return [str(problem) for problem in result.problems]


def refusal(content, name="a.xlsx"):
    with pytest.raises(SheetRefused) as caught:
        check(content, name, SPEC, LOOKUPS)
    return caught.value.message


def row(**changed):
    values = dict(zip(["town", "unit", "code", "households", "area", "on", "kind"], GOOD, strict=True))
    return list({**values, **changed}.values())


def csv_of(*rows):
    return "\n".join(",".join(map(str, line)) for line in [HEADERS, *rows])


GOOD_FILES = {
    "openpyxl": by_openpyxl(GOOD),
    "xlsxwriter": by_xlsxwriter(GOOD),
    "old office": by_old_office([HEADERS, GOOD]),
    "csv utf-8": csv_of(GOOD).encode(),
    "csv with mark": csv_of(GOOD).encode("utf-8-sig"),
    "csv gb18030": csv_of(GOOD).encode("gb18030"),
    "csv utf-16": csv_of(GOOD).encode("utf-16"),
    "csv semicolon": csv_of(GOOD).replace(",", ";").encode(),
    "csv tab and cr": csv_of(GOOD).replace(",", "\t").replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("writer", GOOD_FILES)
def test_right_row_is_read_alike(writer):
    result = check(GOOD_FILES[writer], "a.csv" if writer.startswith("csv") else "a.xlsx", SPEC, LOOKUPS)
    assert [str(p) for p in result.problems] == []
    assert result.rows == [STORED]


SENTENCES = [
    (row(households="约50"), "第 2 行 D 列（户数）：应填整数，现为“约50”。请只填数字。"),
    (row(households="50余"), "第 2 行 D 列（户数）：应填整数，现为“50余”。请只填数字。"),
    (row(households="1,234"), "第 2 行 D 列（户数）：应填整数，现为“1,234”。请去掉千位分隔号。"),
    (row(households="1，234"), "第 2 行 D 列（户数）：应填整数，现为“1，234”。请去掉千位分隔号。"),
    (
        row(households="12%"),
        "第 2 行 D 列（户数）：应填整数，现为“12%”。请填去掉百分号后的数，或填所要求的个数。",
    ),
    (row(households="3万"), "第 2 行 D 列（户数）：应填整数，现为“3万”。请写全所有数字，如 30000。"),
    (row(households="１２"), "第 2 行 D 列（户数）：应填整数，现为“１２”。请改用半角数字。"),
    (row(households="1_000"), "第 2 行 D 列（户数）：应填整数，现为“1_000”。请只填数字。"),
    (row(households="一百二"), "第 2 行 D 列（户数）：应填整数，现为“一百二”。请改用阿拉伯数字。"),
    (row(households="3亩"), "第 2 行 D 列（户数）：应填整数，现为“3亩”。请去掉单位，只填数字。"),
    (row(households="/"), "第 2 行 D 列（户数）：应填整数，现为“/”。没有发生请填 0，不适用请留空。"),
    (row(households=3.5), "第 2 行 D 列（户数）：应填整数，现为“3.5”。请不要带小数。"),
    (row(households=-1), "第 2 行 D 列（户数）：应在 0 至 100,000 之间，现为 -1。"),
    (row(households=2**31), "第 2 行 D 列（户数）：应在 0 至 100,000 之间，现为 2,147,483,648。"),
    (row(households=True), "第 2 行 D 列（户数）：应填整数，现为“是”。请只填数字。"),
    (row(households=None), "第 2 行 D 列（户数）：不能为空。"),
    (
        row(households=dt.date(2025, 1, 2)),
        "第 2 行 D 列（户数）：应填数字，现为日期“2025-01-02”。请把该单元格设为数值格式后重填。",
    ),
    (row(area="1.234"), "第 2 行 E 列（面积）：最多 2 位小数，现为“1.234”。"),
    (row(area="NaN"), "第 2 行 E 列（面积）：应填数字，现为“NaN”。请只填数字。"),
    (
        row(area="1E5"),
        "第 2 行 E 列（面积）：应填数字，现为“1E5”。数字被表格软件改成科学计数法，请设为数值格式后重填。",
    ),
    (
        row(code="2.20323E+11"),
        "第 2 行 C 列（编码）：编码被表格软件改成科学计数法，现为“2.20323E+11”。请把该列设为文本格式后重填。",
    ),
    (row(code="22032310220"), "第 2 行 C 列（编码）：编码应为 12 位，现为 11 位“22032310220”。"),
    (
        row(code=220323102201.5),
        "第 2 行 C 列（编码）：应填编码，现为“220323102201.5”。请把该列设为文本格式后重填。",
    ),
    (
        row(code=2203231022010000),
        "第 2 行 C 列（编码）：编码超过 15 位，末尾数字已被表格软件改掉。请把该列设为文本格式后重填。",
    ),
    (row(code="'220323102201"), "第 2 行 C 列（编码）：编码只能由数字和英文字母组成，现为“'220323102201”。"),
    (row(on="7/1/25"), "第 2 行 F 列（填表日期）：应填日期，现为“7/1/25”。请写成 2025-07-01 的样子。"),
    (row(on="2025-02-29"), "第 2 行 F 列（填表日期）：没有“2025-02-29”这一天，请核对。"),
    (
        row(on="9999-01-01"),
        "第 2 行 F 列（填表日期）：日期应在 1949-10-01 至 2099-12-31 之间，现为“9999-01-01”。",
    ),
    (row(on=60), "第 2 行 F 列（填表日期）：应填日期，现为“60”。请写成 2025-07-01 的样子。"),
    (row(kind="屯"), "第 2 行 G 列（类别）：应填村、社区之一，现为“屯”。"),
    (
        row(town=None, unit="二道村", code=None),
        (
            "第 2 行 B 列（村（社区））：名为“二道村”的村（社区）有 2 个："
            "石岭子镇二道村（220323100201）、靠山镇二道村（220323101201）。请填编码，或同时填乡镇。"
        ),
    ),
    (
        row(unit="二道村"),
        "第 2 行 B 列（村（社区））：编码 220323102201 是“曹家村”，与所填“二道村”不一致，请核对。",
    ),
    (
        row(town="靠山镇"),
        "第 2 行 B 列（村（社区））：编码 220323102201 属于“马鞍山镇”，与所填“靠山镇”不一致，请核对。",
    ),
    (
        row(town=None, unit="别处村", code=None),
        "第 2 行 B 列（村（社区））：没有名为“别处村”的村（社区），请核对。",
    ),
    (row(code="220323999999"), "第 2 行 B 列（村（社区））：没有编码为“220323999999”的村（社区），请核对。"),
    (
        ["合计", None, None, 120, None, None, None],
        "第 2 行：这是“合计”行，不能作为数据导入。请删除该行，合计由系统计算。",
    ),
]


@pytest.mark.parametrize("make", [by_openpyxl, by_xlsxwriter])
@pytest.mark.parametrize(("line", "sentence"), SENTENCES)
def test_wrong_cell_named_with_whole_sentence(line, sentence, make):
    assert found(make(line)) == [f"“报送表”{sentence}"]


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        (row(town="靠山镇", unit="二道村", code=None), 2),
        (row(town=None, unit="二道村", code="220323100201"), 1),
        (row(town=None, unit="220323101201", code=None), 2),
        (row(town="马鞍镇", code=None), 3),
        (row(town=None, unit="　曹 家村\u200b", code=220323102201), 3),
    ],
)
def test_place_decided_by_town_code_alias(line, unit):
    result = check(by_openpyxl(line), "a.xlsx", SPEC, LOOKUPS)
    assert [str(p) for p in result.problems] == []
    assert [r["unit"] for r in result.rows] == [unit]


def test_other_accepted_dates_are_converted():
    lines = [
        row(town="石岭子镇", unit="二道村", code=None, on=45839),
        row(town="靠山镇", unit="二道村", code=None, on=dt.datetime(2025, 7, 1)),
        row(on="2025年7月1日"),
    ]
    result = check(by_xlsxwriter(*lines[:1], *lines[2:]), "a.xlsx", SPEC, LOOKUPS)
    assert [r["on"] for r in result.rows] == [dt.date(2025, 7, 1)] * 2
    result = check(by_openpyxl(lines[1]), "a.xlsx", SPEC, LOOKUPS)
    assert [r["on"] for r in result.rows] == [dt.date(2025, 7, 1)]


def test_blank_rows_keep_excel_numbers():
    content = by_openpyxl([], [None, "  "], GOOD, row(households="x"))
    assert found(content) == [
        "“报送表”第 5 行 B 列（村（社区））：与第 4 行重复，请只保留一行。",
        "“报送表”第 5 行 D 列（户数）：应填整数，现为“x”。请只填数字。",
    ]


def test_merged_header_read_by_span_and_data_refused():
    def merge(book, sheet):
        sheet.insert_rows(1)
        sheet["A1"] = "2025年7月报送表"
        sheet.merge_cells("A1:G1")
        sheet.merge_cells("D3:D4")

    two = [row(), row(town="靠山镇", unit="二道村", code=None, households=None)]
    assert found(by_openpyxl(*two, change=merge)) == [
        "“报送表”第 3 行：数据区有合并单元格 D3:D4，请取消合并，每行都填写。"
    ]


def test_headers_are_normalised_moved_and_listed():
    headers = ["村（社区）\n(必填)*", "户 数＊", "乡镇", "联系人"]
    result = check(by_openpyxl(["曹家村", 5, "马鞍山镇", "张三"], headers=headers), "a.xlsx", SPEC, LOOKUPS)
    assert [str(p) for p in result.problems] == []
    assert result.notes == ["不认识的表头，未读取：D 列“联系人”。"]
    assert result.rows == [{"_row": 2, "town": "马鞍山镇", "unit": 3, "households": 5}]


def test_missing_and_doubled_headers_refused():
    assert found(by_openpyxl(["a"], headers=["村（社区）", "乡镇", "乡镇"])) == [
        "“报送表”：表头“乡镇”出现了 2 次（B、C 列），请只保留一列。",
        "“报送表”：缺少表头“户数”。请用下载的模板填写，不要改动表头。",
    ]


def test_sheet_without_headers_or_rows_says_so():
    assert found(by_openpyxl([1, 2], headers=None)) == [
        "“报送表”：没有找到表头。应有：乡镇、村（社区）、编码、户数、面积、填表日期、类别。请用下载的模板填写。"
    ]
    assert found(by_openpyxl()) == ["“报送表”：没有数据行。请在表头下面填写后再上传。"]


def test_other_sheet_title_is_refused_among_several():
    content = by_openpyxl(GOOD, title="甲", change=lambda book, sheet: book.create_sheet("乙"))
    assert refusal(content) == "找不到工作表“报送表”。文件中有：甲、乙。请用下载的模板填写。"


def test_wps_dimension_lie_is_ignored():
    body = '<row r="2">' + cell_text("B2", "曹家村") + '<c r="D2"><v>7</v></c></row>'
    result = check(by_hand(body), "a.xlsx", SPEC, LOOKUPS)
    assert [(r["unit"], r["households"]) for r in result.rows] == [(3, 7)]


def test_error_cells_images_and_uncomputed_formulas_named():
    body = (
        '<row r="2">' + cell_text("B2", "曹家村") + '<c r="D2" t="e"><v>#REF!</v></c>'
        '<c r="E2"><f>SUM(1)</f></c><c r="G2" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c></row>'
    )
    assert found(by_hand(body)) == [
        "“报送表”第 2 行 D 列（户数）：是错误值 #REF!，请改正公式或改填数值。",
        "“报送表”第 2 行 E 列（面积）：公式未计算，没有结果。请用 WPS 或 Excel 打开保存一次，或改为只填数值。",
        "“报送表”第 2 行 G 列（类别）：是嵌入的图片，图片不导入。请删除图片或改填文字。",
    ]


@pytest.mark.parametrize("reference", ["XFD2", "XFD1048576", "A1048576"])
def test_far_cell_refused_at_limit(reference):
    body = f'<row r="{reference.lstrip("XFDA")}">{cell_text(reference, "x")}</row>'
    assert refusal(by_hand(body)) == (
        "表格范围超过 20,000 行或 200 列，未读取。请删除表格以外的内容和空白格式，或分成几个文件上传。"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            csv_of(GOOD).encode() + b"\n\xff\xff",
            "第 3 行有无法识别的字符，未读取。请用 WPS 另存为 .xlsx，或存为 UTF-8 编码的 CSV。",
        ),
        (csv_of(GOOD).encode() + b"\n\0", "文件含有空字符（NUL），不是普通的文本表格，未读取。"),
        (csv_of(GOOD).encode() + b'\n"a', "第 3 行的引号不成对或内容过长，未读取。请改正后再上传。"),
        (
            b"," * 300,
            "表格范围超过 20,000 行或 200 列，未读取。请删除表格以外的内容和空白格式，或分成几个文件上传。",
        ),
    ],
)
def test_hostile_csv_refused_with_sentence(content, sentence):
    assert refusal(content, "a.csv") == sentence


def test_encoding_found_is_shown():
    assert check(GOOD_FILES["csv gb18030"], "a.csv", SPEC, LOOKUPS).notes == [
        "文字编码识别为 GB18030，请核对汉字是否正确。"
    ]


def test_blank_template_of_last_year_refused():
    import dataclasses

    old = blank_template(dataclasses.replace(SPEC, version="2024"))
    assert found(old) == ["“报送表”：模板版本是“2024”，现行为“2025”。请重新下载模板填写。"]
    assert found(blank_template(SPEC)) == ["“报送表”：没有数据行。请在表头下面填写后再上传。"]


def test_returned_file_holds_wrong_rows_only_and_comes_back():
    bad = row(town="靠山镇", unit="二道村", code="220323101201", households="约50")
    result = check(by_openpyxl(GOOD, bad), "a.xlsx", SPEC, LOOKUPS)
    again = returned_workbook(result, SPEC, watermark="县政府办 张三 导出")
    back = check(again, "b.xlsx", SPEC, LOOKUPS)
    assert back.notes == []
    assert [str(p) for p in back.problems] == [
        "“报送表”第 2 行 D 列（户数）：应填整数，现为“约50”。请只填数字。"
    ]
    assert next(iter(back.wrong.values()))["编码"] == "220323101201"


def test_same_wrong_text_costs_one_judgement_per_column():
    lines = [row(town="石岭子镇", unit="二道村", code=None, households="约50"), row(households="约50")]
    assert [p.row for p in check(by_openpyxl(*lines), "a.xlsx", SPEC, LOOKUPS).problems] == [2, 3]
