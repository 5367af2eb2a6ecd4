"""The returned file: only the wrong rows, as they came, with an extra column 「错误」."""

from __future__ import annotations

from core.sheets.check import CheckResult, SheetSpec
from core.sheets.writer import write_rows


def returned_workbook(result: CheckResult, spec: SheetSpec, *, watermark: str = "") -> bytes:
    """The wrong rows with their row numbers and sentences; mended, the same file may be uploaded again."""
    sentences: dict[int, list[str]] = {}
    general = []
    for problem in result.problems:
        if problem.row:
            where = f"{problem.column} 列（{problem.header}）：" if problem.column else ""
            sentences.setdefault(problem.row, []).append(f"{where}{problem.message}")
        else:
            general.append(problem.message)
    headers = [column.header for column in spec.columns]
    codes = [i for i, column in enumerate(spec.columns) if column.kind == "code"]
    rows = (
        [*(result.wrong[number].get(header) for header in headers), number, "；".join(sentences[number])]
        for number in sorted(sentences)
    )
    return write_rows(
        [*headers, "行号", "错误"],
        rows,
        code_columns=codes,
        watermark=watermark,
        title=spec.sheet_title,
        notes=general,
    )
