"""A file handed in for a block: looked at by the gate, read by the bounded reader, turned into plain cells."""

from __future__ import annotations

from core.errors import Invalid
from reports.services.block import clipboard


def table_of_file(content: bytes, name: str) -> list[list[str]]:
    """Cells of the first sheet as text. Raises Invalid with the gate's or reader's sentence."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("没有读懂该文件，请用导出的 xlsx 填写，或改用粘贴。", field="file") from error
    return clipboard.read("", text.replace(",", "\t"))
