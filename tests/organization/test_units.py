"""The county's division list and the unit tree."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry, Installation
from core.sheets.writer import write_rows
from organization.models import Unit, UnitAlias
from organization.services.units import display_name

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parent / "data" / "yitong_divisions.csv"


def run(path: Path) -> str:
    """Import and give what was printed."""
    out = StringIO()
    call_command("import_units", str(path), stdout=out)
    return out.getvalue()


def sheet(tmp_path: Path, *lines: str) -> Path:
    """A small list."""
    path = tmp_path / "list.csv"
    path.write_text("\n".join(("code,name,kind,parent_code,counted", *lines)), encoding="utf-8")
    return path


@pytest.mark.row("B1")
def test_county_list_gives_197_villages() -> None:
    """17 townships, 197 counted of 207 listed; the extra column is named and ignored."""
    said = run(FILE)
    assert Unit.objects.townships().count() == 17
    assert Unit.objects.villages().count() == 197
    assert Unit.objects.filter(level="village").count() == 207
    assert "nbs_label" in said
    assert "新增 224 个" in said


@pytest.mark.row("B1")
def test_second_import_changes_nothing() -> None:
    """No row and no version moves, and the trail stays silent."""
    run(FILE)
    before = list(Unit.objects.order_by("pk").values())
    entries = AuditEntry.objects.count()
    assert "没有变化" in run(FILE)
    assert list(Unit.objects.order_by("pk").values()) == before
    assert AuditEntry.objects.count() == entries


def test_path_is_made_of_ids() -> None:
    """Root, township, village; everything below a township starts with its path."""
    run(FILE)
    village = Unit.objects.get(code="220323100210")
    assert village.parent is not None
    assert village.path == f"/{village.parent.parent_id}/{village.parent_id}/{village.pk}/"
    assert (
        Unit.objects.under(village.parent).filter(counted=True).count()
        == village.parent.children.filter(counted=True).count()
    )
    assert "edc" in village.initials.split()


def test_same_names_show_their_township() -> None:
    """二道村 stands in two townships and reads differently."""
    run(FILE)
    names = {display_name(row) for row in Unit.objects.filter(name="二道村").select_related("parent")}
    assert names == {"伊通镇二道村", "二道镇二道村"}


def test_one_wrong_line_imports_nothing(tmp_path: Path) -> None:
    """An unknown parent in the last line leaves the tree empty."""
    path = sheet(
        tmp_path, "220323100000,伊通镇,town,220323000000,", "220323100201,甲村,village,220323999000,yes"
    )
    with pytest.raises(CommandError, match="第 3 行：上级代码 220323999000 不在表中"):
        run(path)
    assert Unit.objects.count() == 0


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("22032310020,甲村,village,,yes", "第 2 行：代码“22032310020”应为 12 位数字"),
        ("220323100201,甲村,hamlet,,yes", "第 2 行：类别“hamlet”不认识"),
        ("220323100201,甲村,village,,perhaps", "counted“perhaps”应为 yes 或 no"),
    ],
)
def test_bad_cells_name_their_line(tmp_path: Path, line: str, sentence: str) -> None:
    """The sentence says which line and what is expected."""
    with pytest.raises(CommandError, match=sentence):
        run(sheet(tmp_path, line))


def test_renamed_unit_keeps_former_name(tmp_path: Path) -> None:
    """马鞍镇 → 马鞍山镇: same row, old name as alias."""
    run(sheet(tmp_path, "220323103000,马鞍镇,town,220323000000,"))
    pk = Unit.objects.get(code="220323103000").pk
    run(sheet(tmp_path, "220323103000,马鞍山镇,town,220323000000,"))
    assert Unit.objects.get(code="220323103000").pk == pk
    assert UnitAlias.objects.get(unit_id=pk).name == "马鞍镇"


def test_moved_township_carries_its_villages(tmp_path: Path) -> None:
    """A village that changes its township gets the new path."""
    lines = ["220323100000,伊通镇,town,,", "220323110000,河源镇,town,,", "220323100201,甲村,village,{},yes"]
    run(sheet(tmp_path, lines[0], lines[1], lines[2].format("220323100000")))
    run(sheet(tmp_path, lines[0], lines[1], lines[2].format("220323110000")))
    village = Unit.objects.get(code="220323100201")
    assert village.path.startswith(Unit.objects.get(code="220323110000").path)


def test_workbook_with_codes_as_numbers_imports(tmp_path: Path) -> None:
    """A spreadsheet program may turn codes into numbers; the digits come back."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(
        write_rows(
            ["code", "name", "kind", "parent_code", "counted"],
            [[220323100000, "伊通镇", "town", 220323000000, ""]],
        )
    )
    run(path)
    assert Unit.objects.get(code="220323100000").name == "伊通镇"


def test_demonstration_refuses_the_real_list() -> None:
    """Real divisions never mix with invented villages."""
    Installation.objects.create(kind="demo", county_code="220323000000")
    with pytest.raises(CommandError, match="演示县"):
        run(FILE)
    assert Unit.objects.count() == 0
