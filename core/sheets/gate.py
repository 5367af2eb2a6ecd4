"""The gate: a file's kind by its bytes, and what its parts hold, before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.sheets import archive, formulas
from core.sheets.errors import SheetRefused

MAX_BYTES = 10 * 1024 * 1024
CFB = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP = b"PK\x03\x04"
HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|meta|table|style|body)\b",
    re.IGNORECASE | re.DOTALL,
)
SAVE_AS = "请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。"
OLD_FORMAT = "旧格式：公式与隐藏行无法辨认"
ENCRYPTED = "文件已加密，请取消打开密码后再上传。"

# What a part's name or a relationship gives away, and the sentence for it.
FORBIDDEN = (
    ("vbaproject", "文件含有宏，未读取。请另存为不含宏的 .xlsx 后再上传。"),
    ("xl/macrosheets/", "文件含有宏表，未读取。请另存为不含宏的 .xlsx 后再上传。"),
    ("xl/externallinks/", "文件引用了其他文件（外部链接），未读取。请在“数据→编辑链接”中断开链接后再上传。"),
    ("xl/connections.xml", "文件含有数据连接，未读取。请删除数据连接后再上传。"),
    ("xl/querytables/", "文件含有数据连接，未读取。请删除数据连接后再上传。"),
    ("xl/embeddings/", "文件嵌入了其他文件（OLE 对象），未读取。请删除嵌入的对象后再上传。"),
    ("xl/activex/", "文件含有 ActiveX 控件，未读取。请删除控件后再上传。"),
    ("afchunk", "文件嵌入了外部内容（altChunk），未读取。请只保留表格后再上传。"),
)
FORBIDDEN_LINKS = (
    (b"/oleObject", "文件嵌入了其他文件（OLE 对象），未读取。请删除嵌入的对象后再上传。"),
    (b"/externalLink", "文件引用了其他文件（外部链接），未读取。请在“数据→编辑链接”中断开链接后再上传。"),
    (b"/aFChunk", "文件嵌入了外部内容（altChunk），未读取。请只保留表格后再上传。"),
    (b"/attachedTemplate", "文件引用了外部模板，未读取。请新建表格，只粘贴数值后再上传。"),
)
DDE = re.compile(rb"<(?:\w+:)?(?:ddeLink|oleLink)\b|<(?:\w+:)?f\b[^>]*>[^<]*\|'?[^<]*!", re.IGNORECASE)
DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


@dataclass
class Passed:
    """A file that may be read: its kind, what to tell before confirming, and cells whose value cannot be trusted."""

    kind: str  # xlsx, xls or csv
    notes: list[str] = field(default_factory=list)
    # sheet name -> (row, column), both from 1 -> what is wrong: "uncomputed", "image", "external" or an error value
    broken: Mapping[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def inspect(content: bytes, name: str = "") -> Passed:
    """Judge a file by its bytes; its name is used for the wording only. Raises `SheetRefused`."""
    if not content:
        raise SheetRefused("文件是空的（0 字节），请重新导出后再上传。")
    if len(content) > MAX_BYTES:
        raise SheetRefused(
            f"文件为 {len(content) / 1048576:.1f} MB，超过 10 MB 的上限。请删除图片或分成几个文件上传。"
        )
    if content.startswith(CFB):
        return _compound(content)
    if content.startswith(ZIP):
        return _package(archive.parts(content))
    if content.startswith((b"PK\x05\x06", b"PK\x07\x08")):
        raise SheetRefused(archive.DAMAGED)
    return _text(content, name)


def _text(content: bytes, name: str) -> Passed:
    head = content[:2048].removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="replace").encode()
    if HTML.match(head):
        raise SheetRefused("这是网页另存的文件，请用 WPS 另存为 .xlsx 后再上传。")
    if head.lstrip().startswith(b"<?xml"):
        raise SheetRefused(f"这是 XML 格式的文件，不是 .xlsx。{SAVE_AS}")
    if head.startswith((b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"GIF8")):
        raise SheetRefused(f"这不是表格文件。只接受 .xlsx、.csv、.xls 和 .et。{SAVE_AS}")
    if name.lower().endswith((".xlsx", ".xls", ".et")):
        raise SheetRefused(f"文件名是表格，内容却不是。{SAVE_AS}")
    return Passed("csv")


def _compound(content: bytes) -> Passed:
    """Old container: the streams are named in UTF-16 in its directory."""
    streams = {
        word: word.encode("utf-16-le") + b"\0\0" in content
        for word in (
            "EncryptedPackage",
            "WordDocument",
            "PowerPoint Document",
            "Workbook",
            "Book",
            "_VBA_PROJECT_CUR",
        )
    }
    if streams["EncryptedPackage"]:
        raise SheetRefused(ENCRYPTED)
    if streams["WordDocument"] or streams["PowerPoint Document"]:
        raise SheetRefused("这是文字或演示文件，不是表格。请把表格粘贴到 WPS 表格，另存为 .xlsx 后再上传。")
    if streams["_VBA_PROJECT_CUR"]:
        raise SheetRefused("文件含有宏，未读取。请另存为不含宏的 .xlsx 后再上传。")
    if not streams["Workbook"] and not streams["Book"]:
        raise SheetRefused(f"没有认出这是表格文件。{SAVE_AS}")
    return Passed("xls", [OLD_FORMAT])


def _package(parts: dict[str, bytes]) -> Passed:
    _refuse_other_formats(parts)
    lowered = {name.lower(): name for name in parts}
    for fragment, sentence in FORBIDDEN:
        if any(fragment in name for name in lowered):
            raise SheetRefused(sentence)
    readable = {name: _utf8(data) for name, data in parts.items() if _is_xml(name)}
    for name, data in readable.items():
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise SheetRefused("文件内部含有 DOCTYPE 声明，未读取。请新建表格，只粘贴数值后再上传。")
        if name.lower().endswith(".rels"):
            for mark, sentence in FORBIDDEN_LINKS:
                if mark in data:
                    raise SheetRefused(sentence)
    findings = formulas.survey(readable, DDE)
    return Passed("xlsx", findings.notes, findings.broken)


def _refuse_other_formats(parts: Mapping[str, bytes]) -> None:
    types = parts.get("[Content_Types].xml", b"")
    if parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument"):
        raise SheetRefused(f"这是 .ods（OpenDocument）文件。{SAVE_AS}")
    if not types:
        raise SheetRefused(f"这是压缩包，不是表格文件。{SAVE_AS}")
    types = _utf8(types)
    if b"macroEnabled" in types:
        raise SheetRefused("这是含宏的 .xlsm 文件，未读取。请另存为不含宏的 .xlsx 后再上传。")
    if b"sheet.binary" in types:
        raise SheetRefused(f"这是 .xlsb（二进制）文件。{SAVE_AS}")
    if any(name.startswith(("word/", "ppt/")) for name in parts):
        raise SheetRefused("这是文字或演示文件，不是表格。请把表格粘贴到 WPS 表格，另存为 .xlsx 后再上传。")
    if not any(name.lower() == "xl/workbook.xml" for name in parts):
        raise SheetRefused(archive.DAMAGED)


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml"))


def _utf8(data: bytes) -> bytes:
    """The part as UTF-8, so that a DOCTYPE in UTF-16 is seen too; other encodings are refused."""
    odd = "文件内部的文字编码不是 UTF-8 或 UTF-16，未读取。请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。"
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16").encode()
        if data[:4] in {b"<\0?\0", b"\0<\0?"}:
            return data.decode("utf-16-le" if data[0] == 0x3C else "utf-16-be").encode()
    except UnicodeError as error:
        raise SheetRefused(odd) from error
    declared = DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
    if declared and declared.group(1).lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
        raise SheetRefused(odd)
    if b"\0" in data:
        raise SheetRefused(odd)
    return data
