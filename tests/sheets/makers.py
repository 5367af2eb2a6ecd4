"""Workbooks of three writers and by hand, and a BIFF8 file as old offices still send."""

from __future__ import annotations

import io
import struct
import zipfile

import openpyxl
import xlsxwriter

from core.sheets.check import SheetSpec
from core.sheets.columns import Column
from core.sheets.lookups import Entry, Lookup

SPEC = SheetSpec(
    "monthly",
    "报送表",
    (
        Column("乡镇", "town"),
        Column("村（社区）", "unit", "ref", required=True, lookup="units", parent="town", code_in="code"),
        Column("编码", "code", "code", length=12),
        Column("户数", "households", "integer", required=True, high=100_000),
        Column("面积", "area", "decimal"),
        Column("填表日期", "on", "date"),
        Column("类别", "kind", "choice", choices={"村": "V", "社区": "C"}),
    ),
    key=("unit",),
    version="2025",
)
HEADERS = [column.header for column in SPEC.columns]
GOOD = ["马鞍山镇", "曹家村", "220323102201", 120, 3.5, "2025-07-01", "村"]
LOOKUPS = {
    "units": Lookup(
        [
            Entry(1, "220323100201", "二道村", "石岭子镇"),
            Entry(2, "220323101201", "二道村", "靠山镇"),
            Entry(3, "220323102201", "曹家村", "马鞍山镇"),
        ],
        aliases={"马鞍镇": "马鞍山镇"},
    )
}


def by_openpyxl(*rows, title="报送表", change=None, headers=HEADERS):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in ([headers] if headers else []) + [list(row) for row in rows]:
        sheet.append(row)
    if change:
        change(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def by_xlsxwriter(*rows, title="报送表", change=None, headers=HEADERS):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(title)
    for number, row in enumerate([headers, *rows]):
        sheet.write_row(number, 0, row)
    if change:
        change(book, sheet)
    book.close()
    return buffer.getvalue()


TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{}/{}" Target="{}"/></Relationships>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cell_text(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def hand_parts(body="", state=""):
    """Parts of a workbook with the headers in row 1 and `body` as further rows."""
    heads = "".join(cell_text(f"{'ABCDEFG'[i]}1", text) for i, text in enumerate(HEADERS))
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS.format(RELATION, "officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": RELS.format(RELATION, "worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets><sheet name="报送表" sheetId="1" r:id="r1"{state}/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData><row r="1">{heads}</row>{body}</sheetData></worksheet>',
    }


def zipped(parts, *more):
    """A zip of `parts`, then of (name, data) in `more`, doubles included."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*parts.items(), *more]:
            archive.writestr(name, data)
    return buffer.getvalue()


def by_hand(body="", **changed):
    return zipped({**hand_parts(body), **changed})


def _record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def _label(row, column, text):
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def by_old_office(rows, title="报送表", stream="Workbook"):
    """A minimal BIFF8 workbook in its compound file."""
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    name = title.encode("utf-16-le")
    bound_length = 4 + 8 + len(name)
    at = len(start) + bound_length + 4
    bound = _record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(title), 1) + name)
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                sheet += _label(r, c, value)
            elif value is not None:
                sheet += _record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    data = start + bound + _record(0x000A, b"") + sheet + _record(0x000A, b"")
    return compound(stream, data)


def compound(stream, data):
    """A compound file of one stream of at least 4,096 bytes."""
    data = data.ljust(-(-max(len(data), 4096) // 512) * 512, b"\0")
    sectors = len(data) // 512
    head = (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
    )
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    head += b"\xff" * (512 - len(head))
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack(f"<{len(fat)}I", *fat) + b"\xff" * (512 - 4 * len(fat))
    entries = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(stream, 2, 0xFFFFFFFF, 2, len(data))
    return head + table + entries.ljust(512, b"\0") + data


def _entry(name, kind, child, start, size):
    raw = name.encode("utf-16-le") + b"\0\0"
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )
