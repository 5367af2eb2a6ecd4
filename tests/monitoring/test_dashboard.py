"""The dashboard: every figure opens into the rows that make it, for every role, on page and in the export."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from core import clock, periods
from monitoring.figures import FIGURES
from monitoring.quarter_rows import COLUMNS as QUARTER_COLUMNS
from monitoring.reference import install_reference_data
from monitoring.services import dashboard
from organization.models import User
from reports.models import TallyRun, UnitMonth
from reports.services import tally
from tests import factories as make

pytestmark = pytest.mark.django_db
MONTH = f"{clock.today():%Y-%m}"


@pytest.fixture
def world():
    """Two forms of two departments, filled in part in both townships, tallied; a person per role."""
    install_reference_data()
    county = make.county()
    today = clock.today()
    first = make.form(
        "救助月报",
        county.minzheng,
        [make.element("低保户数", county.minzheng)],
        county.villages + county.others,
    )
    second = make.form("农情月报", county.nongye, [make.element("玉米面积", county.nongye)], county.villages)
    for n, unit in enumerate(county.villages + county.others):
        done = (
            {"state": "submitted", "submitted_at": clock.now(), "typed": 1, "minutes": Decimal(6)}
            if n % 2 == 0
            else {}
        )
        make.assignment(first, unit, due_on=today, **done)
    for unit in county.villages:
        make.assignment(
            second,
            unit,
            due_on=today,
            state="accepted",
            submitted_at=clock.now(),
            typed=1,
            minutes=Decimal("6.5"),
        )
    tally.tally_month(MONTH)
    people = {
        "sup": make.person("sup", county.root),
        "ldr": make.person("ldr", county.root),
        "township": make.person("township", county.yitong),
        "department": make.person("department", county.minzheng),
    }
    return county, people


@pytest.mark.row("anchor-A42")
@pytest.mark.parametrize("role", ["sup", "ldr", "township", "department"])
@pytest.mark.parametrize("code", sorted(FIGURES))
def test_figure_opens_into_exactly_its_rows(world, client, role, code):
    user = User.objects.get(pk=world[1][role].pk)
    figure = next(f for f in dashboard.figures(user, MONTH) if f.code == code)
    client.force_login(world[1][role])
    page = client.get(figure.rows_url)
    assert page.status_code == 200
    definition = FIGURES[code]
    lines = list(
        csv.DictReader(io.StringIO(_body(client.get(f"{figure.rows_url}&export=csv")).lstrip("\ufeff")))
    )
    assert len(lines) == page.context["table"]["total"]
    if definition.total:
        assert sum(Decimal(line["用时（分钟）"]) for line in lines) == figure.numerator
    else:
        assert len(lines) == figure.numerator
    if definition.base is not None:
        base = client.get(f"{figure.rows_url}&part=base")
        assert base.context["table"]["total"] == figure.denominator


def _body(response):
    return b"".join(response.streaming_content).decode()


def test_township_sees_its_own_numbers_only(world):
    _county, people = world
    whole = {f.code: f for f in dashboard.figures(User.objects.get(pk=people["sup"].pk), MONTH)}
    part = {f.code: f for f in dashboard.figures(User.objects.get(pk=people["township"].pk), MONTH)}
    assert (whole["received_rate"].numerator, whole["received_rate"].denominator) == (6, 9)
    assert (part["received_rate"].numerator, part["received_rate"].denominator) == (5, 6)


def test_figure_without_rows_says_no_data(world):
    user = User.objects.get(pk=world[1]["sup"].pk)
    figures = {f.code: f for f in dashboard.figures(user, "2025-01")}
    assert figures["received_rate"].value is None
    assert figures["received_rate"].value_text == "暂无数据"


def test_village_does_not_reach_the_dashboard(world, client):
    county, _ = world
    client.force_login(make.person("village", county.villages[0]))
    assert client.get("/monitoring/").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "2026", "2026-Q1", "abc"])
def test_malformed_month_is_absent(world, client, month):
    client.force_login(world[1]["sup"])
    assert client.get(f"/monitoring/?month={month}").status_code == 404


@pytest.mark.row("anchor-A19")
def test_townships_stand_in_official_order_with_sums(world, client):
    client.force_login(world[1]["sup"])
    rows = client.get("/monitoring/").context["townships"]
    assert [(r.unit.name, r.expected, r.received, r.villages) for r in rows] == [
        ("伊通镇", 6, 5, 3),
        ("河源镇", 3, 1, 3),
    ]
    for row in rows:
        for url, count in (
            ("received_rate", row.received),
            ("on_time_rate", row.on_time),
            ("overdue", row.overdue),
        ):
            page = client.get(f"/monitoring/figures/{url}/?month={MONTH}&township={row.unit.pk}")
            assert page.context["table"]["total"] == count


def test_dashboard_asks_equally_often_for_more_villages(world, client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    county, people = world
    client.force_login(people["sup"])
    client.get("/monitoring/")
    with CaptureQueriesContext(connection) as before:
        client.get("/monitoring/")
    form = make.form("新表", county.nongye, [make.element("新指标", county.nongye)], county.others)
    for n in range(40):
        unit = make.village(f"新村{n}", county.heyuan)
        make.assignment(form, unit, due_on=clock.today())
    tally.tally_month(MONTH)
    with CaptureQueriesContext(connection) as after:
        client.get("/monitoring/")
    assert len(after) == len(before)


@pytest.mark.row("F24")
def test_quarter_is_published_by_those_who_may(world, client):
    quarter = "2026-Q3"
    run = tally.tally_quarter(quarter)
    client.force_login(world[1]["ldr"])
    assert client.post(f"/monitoring/tallies/{run.pk}/publish/").status_code == 403
    client.force_login(world[1]["sup"])
    assert "锁定并发布" in client.get(f"/monitoring/quarters/{quarter}/").content.decode()
    assert client.post(f"/monitoring/tallies/{run.pk}/publish/").status_code == 302
    assert TallyRun.objects.get(pk=run.pk).published_at is not None
    assert client.post(f"/monitoring/tallies/{run.pk}/publish/").status_code == 409


def test_tally_of_the_month_feeds_the_course(world):
    assert UnitMonth.objects.filter(month=MONTH).count() == 6


@pytest.mark.row("F24")
@pytest.mark.parametrize("column", sorted(QUARTER_COLUMNS))
def test_number_of_the_quarter_opens_into_its_rows(world, client, column):
    county, people = world
    code = periods.containing("quarterly", clock.today()).code
    form = make.form("旧表", county.minzheng, [], county.villages, state="cancelled")
    decided = {"decided_at": clock.now(), "hours_before": Decimal(90), "hours_after": Decimal(30)}
    make.request_for(form, state="admitted", **decided)
    make.request_for(form, state="admitted", kind="cancel", change_code="cancelled", **decided)
    make.request_for(form, state="merged", change_code="merged_away", **decided)
    make.request_for(form, state="taken", **decided)
    make.request_for(form, state="rejected", change_code="fields_cut", **decided)
    make.request_for(form, state="admitted", kind="revise", change_code="re_estimated", **decided)
    make.request_for(form, state="provisional", kind="urgent")
    tally.tally_quarter(code)
    client.force_login(people["sup"])
    row = next(
        r for r, _ in client.get(f"/monitoring/quarters/{code}/").context["rows"] if r.unit == county.minzheng
    )
    page = client.get(f"/monitoring/quarters/{code}/{county.minzheng.pk}/{column}/")
    lines = list(
        csv.DictReader(
            io.StringIO(
                _body(
                    client.get(f"/monitoring/quarters/{code}/{county.minzheng.pk}/{column}/?export=csv")
                ).lstrip("\ufeff")
            )
        )
    )
    assert len(lines) == page.context["table"]["total"]
    number = getattr(row, column)
    if "minutes" in column:
        assert sum(Decimal(line["用时（分钟）"]) for line in lines) == number
    elif column in {"real_cut", "re_estimate"}:
        assert (
            sum(Decimal(line["变更前小时/年"]) - Decimal(line["变更后小时/年"]) for line in lines) == number
        )
    else:
        assert len(lines) == number


def test_township_page_shows_its_own_figure(world, client):
    county, people = world
    client.force_login(people["sup"])
    page = client.get(f"/monitoring/figures/received_rate/?month={MONTH}&township={county.heyuan.pk}")
    assert (page.context["figure"].numerator, page.context["figure"].denominator) == (1, 3)
    assert "河源镇 · 已报率" in page.content.decode()
