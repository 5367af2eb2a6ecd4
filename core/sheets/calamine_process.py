"""Child process: reads one sheet's values out of a workbook on standard input, with bounded memory and time.

Run by path, without the product's settings. Answers one JSON object; dates are {"d": …}, moments {"m": …}, times
{"t": …}. Exit codes: 0 read, anything else was not readable within the bounds.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import resource
import sys

MEMORY = 768 * 1024 * 1024
SECONDS = 20
MARKER = "_模板"
NOTES = "说明"  # the sheet that our own writer adds


def encode(value: object) -> dict[str, str]:
    """JSON form of the values that JSON lacks."""
    if isinstance(value, dt.datetime):
        return {"m": value.isoformat()}
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    return {"t": str(value)}


def read(content: bytes, wanted: str, max_rows: int, max_columns: int) -> dict[str, object]:
    """The sheet named `wanted`, or the only visible one; else the names there are."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        return {"error": "password"}
    visible = [
        s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible and s.name != NOTES
    ]
    marker = book.get_sheet_by_name(MARKER).to_python() if MARKER in book.sheet_names else []
    title = wanted if wanted in visible else visible[0] if len(visible) == 1 else ""
    answer: dict[str, object] = {"names": visible, "title": title, "marker": marker}
    if not title:
        return answer
    sheet = book.get_sheet_by_name(title)
    if sheet.end is not None and (sheet.end[0] >= max_rows or sheet.end[1] >= max_columns):
        return {"error": "size"}
    answer["rows"] = sheet.to_python(skip_empty_area=False)
    answer["merges"] = sheet.merged_cell_ranges or []
    return answer


def main() -> int:
    """Read standard input, write standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted, max_rows, max_columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    answer = read(sys.stdin.buffer.read(), wanted, max_rows, max_columns)
    sys.stdout.buffer.write(json.dumps(answer, default=encode, ensure_ascii=False).encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
