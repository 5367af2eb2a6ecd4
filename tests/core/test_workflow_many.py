"""A bulk press: rights of all rows in one statement, and nothing but the rows' own writes grows with their number."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from core import workflow
from core.errors import NotAllowed
from core.models import AuditEntry
from reports.models import Assignment
from reports.workflow_assignment import APPROVE
from tests import factories

pytestmark = pytest.mark.django_db
WRITES = ("UPDATE", "INSERT")


@pytest.fixture
def rows() -> list[Assignment]:
    """Submitted forms of twelve villages of one township, and one of another."""
    here = factories.county()
    villages = [factories.village(f"村{i:02}", here.yitong) for i in range(12)]
    of = [factories.element("低保户数", here.minzheng)]
    form = factories.form("救助月报", here.minzheng, of, [*villages, here.others[0]])
    return [factories.assignment(form, at, state="submitted") for at in [*villages, here.others[0]]]


def township(rows: list[Assignment], of: int = 0) -> Any:
    """The 党政办 of a row's township, read afresh as a request reads it."""
    parent = rows[of].unit.parent
    assert parent is not None
    user = factories.person("township", parent)
    return type(user).objects.get(pk=user.pk)


def statements(rows: list[Assignment], actor: Any) -> tuple[int, int]:
    """Writes, and all other statements, of approving the rows."""
    with (
        CaptureQueriesContext(
            connection,
        ) as caught,
        workflow.take_many(APPROVE, Assignment, [row.pk for row in rows], actor=actor),
    ):
        pass
    writes = sum(query["sql"].startswith(WRITES) for query in caught.captured_queries)
    return writes, len(caught.captured_queries) - writes


def test_other_statements_do_not_grow_with_the_rows(rows: list[Assignment]) -> None:
    two, ten = statements(rows[:2], township(rows)), statements(rows[2:12], township(rows))
    assert (two[0], ten[0]) == (4, 20)
    assert two[1] == ten[1]
    assert AuditEntry.objects.filter(step="approve").count() == 12
    assert AuditEntry.objects.filter(label__startswith="救助月报").exclude(step="").count() == 12


def test_one_row_beyond_the_right_moves_none(rows: list[Assignment]) -> None:
    with (
        pytest.raises(Http404),
        workflow.take_many(APPROVE, Assignment, [row.pk for row in rows], actor=township(rows)),
    ):
        raise AssertionError
    assert set(Assignment.objects.values_list("state", flat=True)) == {"submitted"}


def test_visible_row_without_the_right_is_not_allowed(rows: list[Assignment]) -> None:
    reader = factories.person("sup", rows[0].unit)
    with (
        pytest.raises(NotAllowed),
        workflow.take_many(APPROVE, Assignment, [row.pk for row in rows], actor=reader),
    ):
        raise AssertionError
    assert set(Assignment.objects.values_list("state", flat=True)) == {"submitted"}


def test_key_as_text_is_the_same_row(rows: list[Assignment]) -> None:
    workflow.check_permission(Assignment, str(rows[0].pk), township(rows), "reports.review")
    with pytest.raises(Http404):
        workflow.check_permission(Assignment, str(rows[-1].pk), township(rows), "reports.review")
