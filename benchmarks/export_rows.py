"""xlsx export of 20,000 rows x 20 columns against bare XlsxWriter in constant memory."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._sheets import HEADERS, ROWS, alternately, line, report
from core.sheets.writer import write_rows

LINES = [line(i) for i in range(ROWS)]


def floor():
    """Bare: no formats, no guards, types known beforehand."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADERS)
    for number, row in enumerate(LINES, start=1):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def product():
    return write_rows(HEADERS, LINES, code_columns=[2], watermark="导出", title="报送表")


def main():
    bare, ours = len(floor()), len(product())
    print(f"rows {ROWS}, bytes {ours} (bare {bare}), SQL 0, XlsxWriter {xlsxwriter.__version__}")
    report("export_xlsx_20000x20", *alternately(3, product, floor), 1.25)


if __name__ == "__main__":
    main()
