"""docs/features.md and the tests say the same: what is listed as done is shown by a marked test."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.rules.house import ROOT

ROW = re.compile(r"^\|\s*(?P<id>(?:anchor-)?[A-Z]\d+)\s*\|(?P<rest>.*)\|\s*$", re.MULTILINE)
NOT_YET = ("未做", "后续", "未完成")


def listed(text: str) -> dict[str, bool]:
    """Ids of the table rows, and whether the row is listed as done."""
    return {row["id"]: not any(word in row["rest"] for word in NOT_YET) for row in ROW.finditer(text)}


def marks(text: str) -> set[str]:
    """Ids that a test file marks."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.row":
            assert len(node.args) == 1, "one id a line"
            found.add(ast.literal_eval(node.args[0]))
    return found


@cache
def marked() -> frozenset[str]:
    """Ids that some test of the suite marks."""
    return frozenset(
        one for path in (ROOT / "tests").rglob("test_*.py") for one in marks(path.read_text(encoding="utf-8"))
    )


@pytest.fixture(scope="module")
def features() -> dict[str, bool]:
    """The rows of docs/features.md."""
    return listed((ROOT / "docs" / "features.md").read_text(encoding="utf-8"))


def test_every_feature_done_has_a_marked_test(features):
    assert sorted(row for row, done in features.items() if done and row not in marked()) == []


def test_every_marked_row_is_listed(features):
    assert sorted(marked() - set(features)) == []


def test_rows_are_read_from_the_table():
    text = "| 编号 | 内容 | 页面 | 测试 |\n|---|---|---|---|\n| F18 | 编号 | 审核 | x |\n| anchor-A3 | 沿用 | 填报 | 后续 |\n"
    assert listed(text) == {"F18": True, "anchor-A3": False}


def test_marks_are_read_from_the_code():
    mark = "@pytest.mark.row"
    assert marks(f'{mark}("F18")\n{mark}("B1")\ndef test_x():\n    pass\n') == {"F18", "B1"}
    with pytest.raises(AssertionError):
        marks(f'{mark}("F18", "B1")\ndef test_x():\n    pass\n')


def test_only_test_files_carry_marks():
    others = [path for path in (ROOT / "tests").rglob("*.py") if not path.name.startswith("test_")]
    assert [
        str(path.relative_to(ROOT)) for path in others if marks(Path(path).read_text(encoding="utf-8"))
    ] == []
