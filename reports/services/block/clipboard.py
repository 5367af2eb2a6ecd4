"""A table copied in Excel or WPS: the clipboard's html (with merged cells) or its text, read into plain cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from html.parser import HTMLParser

from core.errors import Invalid

MOST_CHARACTERS = 2_000_000
MOST_ROWS = 2_000
MOST_COLUMNS = 200
DROPPED = frozenset({"style", "script", "head", "title"})


@dataclass
class Table:
    """Plain cells; merged ones are repeated over all they cover and named in `merged` (row and column from 0)."""

    rows: list[list[str]]
    merged: set[tuple[int, int]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    broken: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """A cell of the html table with how far it reaches."""

    text: str
    rows: int = 1
    columns: int = 1


class _TableReader(HTMLParser):
    """Cells of the first table, nested markup flattened to text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Span]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._reach = (1, 1)
        self._quiet = 0
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row, a cell; a line break counts as a space."""
        if tag in DROPPED:
            self._quiet += 1
        elif tag == "table":
            self._depth += 1
        elif self._over or not self._depth:
            return
        elif tag == "tr" and self._depth == 1:
            self._close()
            self.rows.append([])
        elif tag in {"td", "th"} and self._depth == 1:
            self._close()
            reach = dict(attrs)
            self._reach = (_span(reach.get("rowspan")), _span(reach.get("colspan")))
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row, the table."""
        if tag in DROPPED:
            self._quiet = max(self._quiet - 1, 0)
        elif tag in {"td", "th", "tr"} and self._depth == 1:
            self._close()
        elif tag == "table" and self._depth:
            self._close()
            self._depth -= 1
            self._over = self._over or self._depth == 0

    def handle_data(self, data: str) -> None:
        """Text inside a cell."""
        if self._cell is not None and not self._quiet:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is None:
            return
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(Span(" ".join("".join(self._cell).split()), *self._reach))
        self._cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), MOST_COLUMNS) if text and text.isascii() and text.isdigit() else 1


def _laid_out(rows: list[list[Span]]) -> Table:
    """Merged cells repeated over all they cover."""
    table = Table([])
    waiting: dict[tuple[int, int], str] = {}
    for number, spans in enumerate(rows[: MOST_ROWS + 1]):
        line: list[str] = []
        queue = list(spans)
        while (queue or (number, len(line)) in waiting) and len(line) <= MOST_COLUMNS:
            column = len(line)
            if (number, column) in waiting:
                line.append(waiting.pop((number, column)))
                continue
            span = queue.pop(0)
            line += [span.text] * span.columns
            if span.rows > 1 or span.columns > 1:
                covered = {
                    (number + down, column + across)
                    for down in range(span.rows)
                    for across in range(span.columns)
                }
                table.merged |= covered
                waiting |= {place: span.text for place in covered if place[0] > number}
        table.rows.append(line)
    return table


def from_html(html: str) -> Table:
    """Cells of the first table of a clipboard's html; none when it holds no table."""
    reader = _TableReader()
    reader.feed(html)
    reader.close()
    return _laid_out(reader.rows)


def from_text(text: str) -> Table:
    """Cells of a clipboard's text: tabs between columns, quoted cells may hold line breaks."""
    lines = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t")
    return Table([[" ".join(cell.split()) for cell in line] for line in lines])


def read(html: str, text: str) -> Table:
    """The pasted table, html first (it knows merged cells). Raises Invalid when there is none or it is too large."""
    if len(html) + len(text) > MOST_CHARACTERS:
        raise Invalid("粘贴的内容过大，请只复制本表的区域。", field="pasted")
    table = from_html(html) if "<table" in html.lower() else Table([])
    if not any(any(line) for line in table.rows):
        table = from_text(text)
    return bounded(table, "没有读到表格，请在 Excel 或 WPS 中连同表头一起复制后再粘贴。")


def bounded(table: Table, nothing: str) -> Table:
    """The table without empty rows at its end. Raises Invalid (`nothing`) when it is empty, or when it is too large."""
    while table.rows and not any(table.rows[-1]):
        table.rows.pop()
    if not table.rows:
        raise Invalid(nothing, field="pasted")
    if len(table.rows) > MOST_ROWS or max(map(len, table.rows)) > MOST_COLUMNS:
        raise Invalid(f"表格超过 {MOST_ROWS} 行或 {MOST_COLUMNS} 列，请只保留本表的区域。", field="pasted")
    return table
