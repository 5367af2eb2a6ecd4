"""Files that are refused before anything is parsed, each with its whole sentence."""

import io
import time
import zipfile

import pytest

from core.sheets import archive, gate
from core.sheets.errors import SheetRefused
from tests.sheets.makers import (
    GOOD,
    RELATION,
    RELS,
    TYPES,
    by_hand,
    by_old_office,
    by_openpyxl,
    by_xlsxwriter,
    compound,
    hand_parts,
    zipped,
)

DAMAGED = "文件不完整或已损坏，请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。"
DOCTYPE = "文件内部含有 DOCTYPE 声明，未读取。请新建表格，只粘贴数值后再上传。"
ODD = "文件内部的文字编码不是 UTF-8 或 UTF-16，未读取。请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。"
PATHS = "文件内部含有不合规的路径，未读取。请新建表格，只粘贴数值后再上传。"
BOMB = "文件解压后过大，未读取。请删除图片和多余的工作表后再上传。"
LINKS = "文件引用了其他文件（外部链接），未读取。请在“数据→编辑链接”中断开链接后再上传。"
LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'


def refusal(content, name="表.xlsx"):
    with pytest.raises(SheetRefused) as caught:
        gate.inspect(content, name)
    return caught.value.message


CASES = {
    "empty": (b"", "文件是空的（0 字节），请重新导出后再上传。"),
    "too big": (
        b"PK\x03\x04" + bytes(11 * 1024 * 1024),
        "文件为 11.0 MB，超过 10 MB 的上限。请删除图片或分成几个文件上传。",
    ),
    "html": (
        b"<html><table><tr><td>1</td></tr></table></html>",
        "这是网页另存的文件，请用 WPS 另存为 .xlsx 后再上传。",
    ),
    "html in utf-16": (
        "<HTML><body>".encode("utf-16"),
        "这是网页另存的文件，请用 WPS 另存为 .xlsx 后再上传。",
    ),
    "xml": (
        b"<?xml version='1.0'?><Workbook/>",
        "这是 XML 格式的文件，不是 .xlsx。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "pdf": (
        b"%PDF-1.7",
        "这不是表格文件。只接受 .xlsx、.csv、.xls 和 .et。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "text named xlsx": (
        "户数\n1".encode(),
        "文件名是表格，内容却不是。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "encrypted": (compound("EncryptedPackage", b""), "文件已加密，请取消打开密码后再上传。"),
    "doc or wps": (
        compound("WordDocument", b""),
        "这是文字或演示文件，不是表格。请把表格粘贴到 WPS 表格，另存为 .xlsx 后再上传。",
    ),
    "unknown compound": (
        compound("Something", b""),
        "没有认出这是表格文件。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "docx": (
        zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}),
        "这是文字或演示文件，不是表格。请把表格粘贴到 WPS 表格，另存为 .xlsx 后再上传。",
    ),
    "ods": (
        zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        "这是 .ods（OpenDocument）文件。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "plain zip": (
        zipped({"a.txt": "a"}),
        "这是压缩包，不是表格文件。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "xlsm": (
        by_hand(
            **{
                "[Content_Types].xml": TYPES.replace(
                    "openxmlformats-officedocument.spreadsheetml.sheet.main",
                    "ms-excel.sheet.macroEnabled.main",
                )
            }
        ),
        "这是含宏的 .xlsm 文件，未读取。请另存为不含宏的 .xlsx 后再上传。",
    ),
    "xlsb": (
        by_hand(
            **{"[Content_Types].xml": "<Types ContentType='application/vnd.ms-excel.sheet.binary.main'/>"}
        ),
        "这是 .xlsb（二进制）文件。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
    ),
    "macro": (by_hand(**{"xl/vbaProject.bin": "x"}), "文件含有宏，未读取。请另存为不含宏的 .xlsx 后再上传。"),
    "external link": (by_hand(**{"xl/externalLinks/externalLink1.xml": "<a/>"}), LINKS),
    "link by relation": (
        by_hand(**{"xl/_rels/workbook.xml.rels": RELS.format(RELATION, "externalLink", "x.xml")}),
        LINKS,
    ),
    "connection": (
        by_hand(**{"xl/connections.xml": "<a/>"}),
        "文件含有数据连接，未读取。请删除数据连接后再上传。",
    ),
    "ole": (
        by_hand(**{"xl/embeddings/a.bin": "x"}),
        "文件嵌入了其他文件（OLE 对象），未读取。请删除嵌入的对象后再上传。",
    ),
    "altchunk": (
        by_hand(**{"xl/afchunk1.html": "x"}),
        "文件嵌入了外部内容（altChunk），未读取。请只保留表格后再上传。",
    ),
    "dde": (
        by_hand('<row r="2"><c r="A2"><f>cmd|\'/c calc\'!A0</f><v>1</v></c></row>'),
        "文件含有动态数据交换（DDE）公式，未读取。请只粘贴数值后再上传。",
    ),
    "doubled member": (
        zipped(hand_parts(), ("XL/worksheets/sheet1.xml", "<a/>")),
        "文件内部有重名的部件，未读取。请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。",
    ),
    "parent path": (zipped(hand_parts(), ("../../x.xml", "<a/>")), PATHS),
    "absolute path": (zipped(hand_parts(), ("/etc/x.xml", "<a/>")), PATHS),
    "backslash path": (zipped(hand_parts(), ("..\\x.xml", "<a/>")), PATHS),
    "drive path": (zipped(hand_parts(), ("C:x.xml", "<a/>")), PATHS),
    "many members": (
        zipped(hand_parts(), *((f"xl/{i}.bin", "") for i in range(300))),
        "文件内部部件超过 200 个，不是普通的表格，未读取。",
    ),
    "billion laughs": (by_hand(**{"xl/sharedStrings.xml": LAUGHS}), DOCTYPE),
    "doctype in utf-16": (by_hand(**{"xl/sharedStrings.xml": LAUGHS.encode("utf-16")}), DOCTYPE),
    "doctype in utf-16 without mark": (
        by_hand(**{"xl/sharedStrings.xml": LAUGHS.encode("utf-16-be")}),
        DOCTYPE,
    ),
    "utf-7 prolog": (by_hand(**{"xl/styles.xml": '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'}), ODD),
    "ratio": (by_hand(**{"xl/media/a.bin": bytes(15 * 1024 * 1024)}), BOMB),
    "truncated": (by_hand()[:-40], DAMAGED),
    "garbage tail": (by_hand() + b"tail", DAMAGED),
}


@pytest.mark.parametrize("case", CASES)
def test_hostile_file_refused_with_whole_sentence(case):
    content, sentence = CASES[case]
    assert refusal(content) == sentence


def test_bomb_refused_within_sign_of_life():
    content = by_hand(**{f"xl/media/{i}.bin": bytes(19 * 1024 * 1024) for i in range(3)})
    started = time.monotonic()
    assert refusal(content) == BOMB
    assert time.monotonic() - started < 10


def test_unpacked_total_is_counted(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    assert refusal(by_hand()) == BOMB


def test_local_header_must_match_directory():
    content = bytearray(by_hand())
    content[22:26] = (99999).to_bytes(4, "little")
    assert refusal(bytes(content)) == DAMAGED


def test_flipped_byte_in_part_is_damage():
    content = bytearray(by_hand())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archived:
        info = archived.infolist()[-1]
    content[info.header_offset + 30 + len(info.filename) + 5] ^= 0xFF
    assert refusal(bytes(content)) == DAMAGED


def test_encrypted_member_flag_is_refused():
    content = bytearray(by_hand())
    central = content.find(b"PK\x01\x02")
    content[central + 8] |= 1
    assert refusal(bytes(content)) == "文件已加密，请取消打开密码后再上传。"


@pytest.mark.parametrize("make", [by_openpyxl, by_xlsxwriter])
def test_ordinary_workbook_passes_whatever_its_name(make):
    passed = gate.inspect(make(GOOD), "报送.et")
    assert (passed.kind, passed.notes, passed.broken) == ("xlsx", [], {})


def test_old_format_is_noted():
    passed = gate.inspect(by_old_office([["户数"], [1.0]]), "a.xls")
    assert (passed.kind, passed.notes) == ("xls", ["旧格式：公式与隐藏行无法辨认"])


def test_hidden_things_are_counted():
    def hide(book, sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.auto_filter.ref = "A1:G3"
        sheet.auto_filter.add_filter_column(0, ["马鞍山镇"])
        sheet["D2"] = "=1+1"
        book.create_sheet("底稿").sheet_state = "veryHidden"

    passed = gate.inspect(by_openpyxl(GOOD, GOOD, change=hide), "a.xlsx")
    assert passed.notes == [
        "“报送表”有 2 个隐藏行，已一并读取。",
        "“报送表”有 1 个隐藏列，已一并读取。",
        "“报送表”设有筛选，被筛掉的行已一并读取。",
        "“报送表”有 1 个公式单元格，按文件中保存的计算结果读取。",
        "工作表“底稿”是隐藏的，未读取。",
    ]
    assert passed.broken == {"报送表": {(2, 4): "uncomputed"}}
