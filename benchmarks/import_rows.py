"""Import of 20,000 rows x 20 columns: gate, bounded reader, every cell, village look-ups, COPY and upsert.

The floor is calamine in the same process, type checks by column, COPY and the same upsert, bare.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import resource
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yitong_gov.settings")

import django

django.setup()  # the settings come first, then what reads them

from django.db import connection  # noqa: E402
from python_calamine import CalamineWorkbook  # noqa: E402

from benchmarks._sheets import LOOKUPS, ROWS, SPEC, alternately, peak_megabytes, report, workbook  # noqa: E402
from core.sheets.check import check  # noqa: E402

KEYS = [column.key for column in SPEC.columns]
UPSERT = f"""
    INSERT INTO bench_kept SELECT * FROM bench_new
    ON CONFLICT (code) DO UPDATE SET ({", ".join(KEYS)}) = ROW(excluded.*)
    WHERE bench_kept IS DISTINCT FROM excluded
"""


def tables(cursor):
    columns = ", ".join(f"{key} text" for key in KEYS)
    cursor.execute(f"CREATE TEMP TABLE bench_kept ({columns}, UNIQUE (code))")
    cursor.execute(f"CREATE TEMP TABLE bench_new ({columns})")


def store(rows):
    text = io.StringIO()
    for row in rows:
        text.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_new")
        cursor.copy_expert("COPY bench_new FROM STDIN", text)
        cursor.execute(UPSERT)


def product(content):
    result = check(content, "a.xlsx", SPEC, LOOKUPS)
    if result.ok:
        store([row[key] for key in KEYS] for row in result.rows)
    return result


def floor(content):
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1:]
    columns = list(zip(*rows, strict=True))
    known = LOOKUPS["units"].by_code
    checked = []
    for column, values in zip(SPEC.columns, columns, strict=True):
        if column.kind == "integer":
            checked.append([int(value) if value == int(value) and value >= 0 else None for value in values])
        elif column.kind == "ref":
            checked.append([known[code].value for code in columns[2]])
        elif column.kind == "date":
            checked.append([dt.date.fromisoformat(value) for value in values])
        else:
            checked.append(values)
    store(zip(*checked, strict=True))


def main():
    good, wrong = workbook(), workbook(wrong=True)
    with connection.cursor() as cursor:
        tables(cursor)
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    before = peak_megabytes()
    first = product(good)
    # What the process grew by, and all of the reading child, its interpreter included.
    grown = peak_megabytes() - before + peak_megabytes(resource.RUSAGE_CHILDREN)
    assert (len(first.rows), len(product(wrong).problems)) == (ROWS, ROWS)
    libraries = f"calamine {version('python-calamine')}, PostgreSQL {server}"
    print(f"rows {ROWS}, bytes {len(good)}, SQL 3, {libraries}")
    report("import_20000x20", *alternately(3, lambda: product(good), lambda: floor(good)), 3)
    report("import_all_rows_wrong", *alternately(3, lambda: product(wrong), lambda: product(good)), 1.5)
    verdict = "ok" if grown <= 150 else "short"
    print(f"import_memory  +{grown:.0f} MB  -  -  <= 150 MB  {verdict}")


if __name__ == "__main__":
    main()
