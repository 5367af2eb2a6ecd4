"""A block's first row, and the reason that an unlike number needs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from core import clock, periods
from reports.models import Assignment, Value
from tests import factories
from tests.reports.test_block import TABLE, messages, plan_of
from tests.reports.township_month import Township, township

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Township:
    found = township(state="open")
    Value.objects.all().delete()
    return found


@pytest.mark.row("anchor-A10")
def test_unknown_village_in_the_first_row_is_named(place: Township) -> None:
    plan = plan_of(place, [TABLE[0], ["王家村", "5", "1"], *TABLE[1:]])
    assert [text for text in messages(plan) if "王家村" in text and text.startswith("第 2 行")]


def test_row_of_column_numbers_stays_a_header(place: Township) -> None:
    plan = plan_of(place, [TABLE[0], ["甲", "1", "2"], *TABLE[1:]])
    assert messages(plan) == []
    assert len(plan.changes) == 4


def test_large_change_is_handed_in_with_its_reason_from_the_grid(place: Township, client: Client) -> None:
    form, row = place.forms[0], place.rows[0]
    month = periods.previous("monthly", periods.containing("monthly", clock.today()))
    for element in form.versions.get(n=1).fields.all():
        factories.value(element.element, row.unit, month.start, 20)
    client.force_login(place.clerk)
    first = place.elements[0]
    for element in form.versions.get(n=1).fields.all():
        typed = "400" if element.element_id == first.pk else "20"
        url = reverse("reports:save_value", args=[row.pk, element.element_id])
        assert client.post(url, {"value": typed, "version": "0"}).status_code == 200
    grid = reverse("reports:fill_for_grid", args=[form.pk, row.period])
    field = f"c{row.pk}e{first.pk}"
    page = client.get(grid).content.decode()
    assert f'id="{field}_hint"><span data-hint-text>比上期多 1,900%' in page
    refused = client.post(reverse("reports:block_submit", args=[form.pk, row.period]), {"pk": row.pk})
    text = refused.content.decode()
    assert refused.status_code == 400
    assert "没有报送" in text
    assert f'value="{row.pk}" checked' in text

    stored = Value.objects.get(element=first, unit=row.unit, period=row.period)
    save = {"value": "400", "version": stored.version, "reason": "新建照料室"}
    assert client.post(reverse("reports:save_value", args=[row.pk, first.pk]), save).status_code == 200
    assert 'value="新建照料室"' in client.get(grid).content.decode()
    done = client.post(reverse("reports:block_submit", args=[form.pk, row.period]), {"pk": row.pk})
    assert done.status_code == 302
    assert Assignment.objects.get(pk=row.pk).state == "submitted"
    assert Value.objects.get(pk=stored.pk).number == Decimal(400)
