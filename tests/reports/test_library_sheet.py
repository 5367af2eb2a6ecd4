"""指标库 as a sheet: what rows would change, all or none, and the round trip through a workbook."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid, NotAllowed
from core.models import AuditEntry
from reports.models import Element, ElementVersion
from reports.services import library_sheet
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("still")]


def row(source: Any, **more: Any) -> dict[str, Any]:
    """A row as the check of a sheet hands it over."""
    return {
        "code": "M001",
        "name": "低保户数",
        "definition": "低保户数的口径",
        "value_type": "integer",
        "unit": "户",
        "decimals": 0,
        "low": Decimal(0),
        "high": None,
        "choices": [],
        "source_unit_id": source.pk,
        "period_type": "monthly",
        "aggregation": "last",
        "carry": "carry",
        "sensitivity": "shared",
        "basic": False,
        "likely_to_change": False,
        "external_code": "",
        "from_period": None,
        **more,
    }


def test_unchanged_row_changes_nothing(county: factories.County, dgb: Any) -> None:
    factories.element("低保户数", county.minzheng, code="M001")
    same = row(county.minzheng, from_period=dt.date(2024, 1, 1))
    assert [change.said for change in library_sheet.plan_rows([same]).changes] == ["无变动"]
    before = AuditEntry.objects.count()
    assert library_sheet.apply_rows([same], dgb) == 0
    assert AuditEntry.objects.count() == before


@pytest.mark.row("anchor-A27")
def test_rows_add_revise_and_edit_in_one_act(county: factories.County, dgb: Any) -> None:
    factories.element("低保户数", county.minzheng, code="M001")
    factories.element("耕地面积", county.nongye, code="N001", unit="亩", definition="耕地面积的口径")
    rows = [
        row(county.minzheng, definition="期末在册的低保户数"),
        row(county.nongye, code="N001", name="耕地面积", unit="亩", definition="耕地面积的口径", basic=True),
        row(county.minzheng, code="", name="特困人员数", unit="人", definition="期末在册的特困人员数"),
    ]
    assert [change.said for change in library_sheet.plan_rows(rows).changes] == [
        "立新版本",
        "修改",
        "新增，待审",
    ]
    assert library_sheet.apply_rows(rows, dgb) == 3
    assert list(
        ElementVersion.objects.filter(element__code="M001").values_list("n", flat=True).order_by("n")
    ) == [1, 2]
    assert Element.objects.get(code="N001").basic
    assert Element.objects.get(name="特困人员数").status == "pending"
    entries = AuditEntry.objects.filter(model="reports.Element")
    assert entries.count() == 3
    assert entries.values("act").distinct().count() == 1


def test_one_wrong_row_keeps_all_out(county: factories.County, dgb: Any) -> None:
    factories.element("低保户数", county.minzheng, code="M001")
    rows = [row(county.minzheng, code="M002", name="特困人员数"), row(county.minzheng, code="M003")]
    plan = library_sheet.plan_rows(rows)
    assert [(wrong.place, wrong.key, wrong.message) for wrong in plan.wrong] == [
        (1, "name", "已有同名指标；口径不同请作为新版本，或换一个名称（现有指标代码 M001）。")
    ]
    with pytest.raises(Invalid, match="指标库在检查后有变动，请重新检查"):
        library_sheet.apply_rows(rows, dgb)
    assert Element.objects.count() == 1


def test_same_name_twice_in_sheet_is_told(county: factories.County) -> None:
    rows = [row(county.minzheng), row(county.minzheng, code="M002")]
    assert [(wrong.place, wrong.message) for wrong in library_sheet.plan_rows(rows).wrong] == [
        (1, "表内有同名指标，一个指标只写一行。")
    ]


def test_reported_period_is_not_redefined(county: factories.County) -> None:
    element = factories.element("低保户数", county.minzheng, code="M001")
    factories.value(element, county.villages[0], dt.date(2026, 12, 1), 5)
    changed = row(
        county.minzheng, definition="另一口径", from_period=dt.date(2026, 12, 1), period_type="yearly"
    )
    assert [(wrong.key, wrong.message) for wrong in library_sheet.plan_rows([changed]).wrong] == [
        ("from_period", "2026-12-01 起的一期已有数值，请自更晚的一期起。"),
        ("period_type", "已有数值的指标不能改更新周期，请另立指标并替代。"),
    ]


def test_planning_asks_equally_for_few_and_many(county: factories.County) -> None:
    for n in range(40):
        factories.element(f"指标{n}", county.minzheng, code=f"M{n:03}")

    def asked(count: int) -> int:
        rows = [row(county.minzheng, code=f"M{n:03}", name=f"指标{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as seen:
            library_sheet.plan_rows(rows)
        return len(seen)

    assert asked(40) == asked(1) == 4


def test_department_cannot_import(county: factories.County) -> None:
    clerk = factories.person("department", county.minzheng)
    with pytest.raises(NotAllowed):
        library_sheet.apply_rows([row(county.minzheng)], clerk)
