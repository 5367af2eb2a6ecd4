"""Checked, then confirmed once, in one act; another's check does not exist."""

import datetime as dt
from decimal import Decimal

import pytest
from django.http import Http404

from core.audit import Who
from core.errors import Refused
from core.models import AuditEntry, SheetCheck
from core.sheets.service import check_upload, confirm
from tests.sheets.makers import GOOD, LOOKUPS, SPEC, by_openpyxl

pytestmark = pytest.mark.django_db


class Clerk:
    def __init__(self, pk):
        self.pk = pk

    def who(self):
        return Who(self.pk, f"经办{self.pk}")


def upload(*rows, actor):
    return check_upload(
        content=by_openpyxl(*rows), name="../甲\u202e.xlsx", spec=SPEC, lookups=LOOKUPS, actor=actor
    )


def test_confirmed_twice_applies_once():
    actor, applied = Clerk(1), []
    row, result = upload(GOOD, actor=actor)
    assert (result.ok, row.uploaded_name, row.hash) == (True, "甲.xlsx", result.digest)
    confirm(pk=row.pk, spec=SPEC, actor=actor, apply=applied.extend)
    confirm(pk=row.pk, spec=SPEC, actor=actor, apply=applied.extend)
    row.refresh_from_db()
    assert row.state == SheetCheck.State.CONFIRMED
    assert row.confirmed_at is not None
    assert applied == result.rows
    assert (applied[0]["on"], applied[0]["area"]) == (dt.date(2025, 7, 1), Decimal("3.5"))
    assert [(e.verb, e.actor) for e in AuditEntry.objects.order_by("pk")] == [
        ("核对表格", "经办1"),
        ("确认导入", "经办1"),
    ]


def test_refusal_while_applying_leaves_check_open():
    actor = Clerk(1)
    row, _ = upload(GOOD, actor=actor)

    def refuse(rows):
        raise Refused("期别已关闭。")

    with pytest.raises(Refused, match="期别已关闭"):
        confirm(pk=row.pk, spec=SPEC, actor=actor, apply=refuse)
    row.refresh_from_db()
    assert (row.state, row.confirmed_at) == (SheetCheck.State.CHECKED, None)


def test_problems_left_cannot_be_confirmed():
    actor = Clerk(1)
    row, _ = upload([*GOOD[:3], "约50", *GOOD[4:]], actor=actor)
    assert [p["message"] for p in row.problems] == [
        "“报送表”第 2 行 D 列（户数）：应填整数，现为“约50”。请只填数字。"
    ]
    with pytest.raises(Refused) as caught:
        confirm(pk=row.pk, spec=SPEC, actor=actor, apply=list)
    assert caught.value.message == "表格还有未改正的问题，不能导入。请改正后重新上传。"


def test_check_of_another_clerk_is_absent():
    row, _ = upload(GOOD, actor=Clerk(1))
    with pytest.raises(Http404):
        confirm(pk=row.pk, spec=SPEC, actor=Clerk(2), apply=list)
    row.refresh_from_db()
    assert row.state == SheetCheck.State.CHECKED
