"""Header rows with merges become paths; paths meet the columns that are expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.sheets.formulas import column_letters

Merge = tuple[tuple[int, int], tuple[int, int]]
Path = tuple[str, ...]

FIRST_ROWS = 10  # titles and notes may stand above the headers
DEEPEST = 4
OWN_COLUMNS = frozenset({"错误", "行号"})  # columns that our returned file adds
REQUIRED_MARK = re.compile(r"[(（]\s*必填\s*[)）]|^[*＊]+|[*＊]+$")


def normalise(value: Any) -> str:
    """A header as it is compared: NFKC, without any blank, line break, (必填) or *."""
    if value is None:
        return ""
    text = unicodedata.normalize("NFKC", str(value))
    text = re.sub(r"[\s\u200b-\u200f\ufeff]+", "", text)
    return REQUIRED_MARK.sub("", text)


def header_paths(
    rows: Sequence[Sequence[Any]], merges: Sequence[Merge], first: int, depth: int
) -> list[Path]:
    """One path a column out of `depth` header rows from row `first` (from 0): ("人口", "男").

    A merged header stands over every column it spans; a header merged downwards counts once.
    """
    width = max((len(row) for row in rows[first : first + depth]), default=0)
    grid = [
        [normalise(row[i]) if i < len(row) else "" for i in range(width)]
        for row in rows[first : first + depth]
    ]
    for (top, left), (bottom, right) in merges:
        if not first <= top < first + depth or left >= width:
            continue
        for i in range(top - first, min(bottom - first + 1, len(grid))):
            for j in range(left, min(right + 1, width)):
                grid[i][j] = grid[top - first][left]
    paths = []
    for column in range(width):
        path: list[str] = []
        for line in grid:
            if line[column] and (not path or path[-1] != line[column]):
                path.append(line[column])
        paths.append(tuple(path))
    return paths


@dataclass
class Heads:
    """Where the data begins (row from 0), the column (from 0) of each expected header, and what is wrong."""

    first_data: int
    at: dict[str, int]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_heads(
    rows: Sequence[Sequence[Any]],
    merges: Sequence[Merge],
    expected: Sequence[str],
    required: frozenset[str],
    ignored: frozenset[str] = OWN_COLUMNS,
) -> Heads:
    """Find the header rows that match most of `expected` ("人口/男" for a path) and place each column.

    Missing required and duplicated headers are problems; unknown ones are notes, except the `ignored` ones.
    """
    wanted = {header: tuple(normalise(part) for part in header.split("/")) for header in expected}
    best: tuple[int, int, int] = (0, 0, 0)
    for first in range(min(FIRST_ROWS, len(rows))):
        for depth in range(1, min(DEEPEST, len(rows) - first) + 1):
            paths = set(header_paths(rows, merges, first, depth))
            score = sum(_known(path, paths) for path in wanted.values())
            if score > best[0]:
                best = (score, first, depth)
    if not best[0]:
        return Heads(0, {}, [f"没有找到表头。应有：{'、'.join(expected)}。请用下载的模板填写。"])
    found = header_paths(rows, merges, best[1], best[2])
    return _place(found, wanted, required, ignored, best[1] + best[2])


def _known(path: Path, paths: set[Path]) -> bool:
    return path in paths or ("/".join(path),) in paths


def _place(
    paths: list[Path],
    wanted: dict[str, Path],
    required: frozenset[str],
    ignored: frozenset[str],
    first_data: int,
) -> Heads:
    heads = Heads(first_data, {})
    used: set[int] = set()
    for header, path in wanted.items():
        places = [i for i, found in enumerate(paths) if found in {path, ("/".join(path),)}]
        if not places and len(path) == 1:
            places = [i for i, found in enumerate(paths) if len(found) > 1 and found[-1] == path[0]]
        used.update(places)
        if len(places) > 1:
            letters = "、".join(column_letters(i + 1) for i in places)
            heads.problems.append(f"表头“{header}”出现了 {len(places)} 次（{letters} 列），请只保留一列。")
        elif places:
            heads.at[header] = places[0]
        elif header in required:
            heads.problems.append(f"缺少表头“{header}”。请用下载的模板填写，不要改动表头。")
    unknown = [
        f"{column_letters(i + 1)} 列“{'/'.join(path)}”"
        for i, path in enumerate(paths)
        if path and i not in used and path[-1] not in ignored
    ]
    if unknown:
        heads.notes.append(f"不认识的表头，未读取：{'、'.join(unknown)}。")
    return heads
