"""The sheet that both sheet benchmarks use: 20,000 rows of 20 columns, Chinese text, codes, numbers, dates."""

from __future__ import annotations

import resource
import statistics
import time

from core.sheets.check import SheetSpec
from core.sheets.columns import Column
from core.sheets.lookups import Entry, Lookup
from core.sheets.writer import write_rows

ROWS = 20_000
TOWNS = [f"第{i}镇" for i in range(20)]
ENTRIES = [Entry(i, f"{220323000000 + i}", f"测试{i}村", TOWNS[i % 20]) for i in range(ROWS)]
LOOKUPS = {"units": Lookup(ENTRIES)}
SPEC = SheetSpec(
    "bench",
    "报送表",
    (
        Column("乡镇", "town"),
        Column("村（社区）", "unit", "ref", required=True, lookup="units", parent="town", code_in="code"),
        Column("编码", "code", "code", length=12),
        Column("填表日期", "filled_on", "date"),
        Column("类别", "kind", "choice", choices={"村": "V", "社区": "C"}),
        *(Column(f"数量{i}", f"n{i}", "integer", required=True) for i in range(10)),
        *(Column(f"面积{i}", f"d{i}", "decimal") for i in range(3)),
        Column("联系人", "person"),
        Column("备注", "remark"),
    ),
    key=("code",),
)
HEADERS = [column.header for column in SPEC.columns]


def line(i, *, wrong=False):
    """Row `i`; a wrong one has a different wrong number each time."""
    first = f"约{i}" if wrong else i % 500
    entry = ENTRIES[i]
    numbers = [first, *(i * k % 997 for k in range(2, 11))]
    areas = [i % 100 + 0.25] * 3
    return [
        entry.parent,
        entry.name,
        entry.code,
        "2025-07-01",
        "村",
        *numbers,
        *areas,
        f"张伟{i % 300}",
        "无备注",
    ]


def workbook(*, wrong=False):
    """The sheet as bytes."""
    return write_rows(HEADERS, (line(i, wrong=wrong) for i in range(ROWS)), code_columns=[2], title="报送表")


def alternately(runs, *measured):
    """Median seconds of each of the functions, run in turn."""
    times = [[] for _ in measured]
    for _ in range(runs):
        for kept, run in zip(times, measured, strict=True):
            started = time.perf_counter()
            run()
            kept.append(time.perf_counter() - started)
    return [statistics.median(kept) for kept in times]


def report(name, product, floor, goal):
    """One line: name, product, floor, ratio, goal, verdict."""
    ratio = product / floor
    verdict = "ok" if ratio <= goal else "short"
    print(f"{name}  {product:.3f} s  {floor:.3f} s  {ratio:.2f}  <= {goal:g}  {verdict}")


def peak_megabytes(who=resource.RUSAGE_SELF):
    """Peak resident memory so far."""
    return resource.getrusage(who).ru_maxrss / 1024
