"""Lists: the same queries for one row and for fifty, strict filters, a total order, exports that hold every row."""

import csv
import io
from decimal import Decimal

import django_filters
import openpyxl
import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.lists import Column, ScopedListView, plain_number, text_of
from core.sheets.writer import guarded
from organization.models import Unit
from tests import factories

pytestmark = pytest.mark.django_db


class UnitFilter(django_filters.FilterSet):
    """Two filters, one of them of a number."""

    name = django_filters.CharFilter(lookup_expr="contains")
    order = django_filters.NumberFilter(field_name="order_no")

    class Meta:
        model = Unit
        fields: list[str] = []


class UnitList(ScopedListView):
    """Villages with their township."""

    title = "村名单"
    export_name = "村名单"
    filterset_class = UnitFilter
    ordering = ("level",)
    columns = (
        Column("name", "名称", "name", sort="name"),
        Column("town", "乡镇", "parent.name"),
        Column("code", "代码", "code", code=True),
        Column("phone", "电话", "phone", export_only=True),
    )

    def rows(self) -> QuerySet[Unit]:
        return (
            Unit.objects.for_user(self.request.user, "organization.view_units")
            .filter(level="village")
            .select_related("parent")
        )


@pytest.fixture
def here():
    return factories.county()


@pytest.fixture
def person(here):
    return factories.person("dgb", here.dgb)


def ask(person, query: str = ""):
    request = RequestFactory().get(f"/{query}")
    request.user = type(person).objects.get(pk=person.pk)
    return UnitList.as_view()(request)


def table(person, query: str = "") -> dict:
    return ask(person, query).context_data["table"]


def names(found: dict) -> list[str]:
    return [row["cells"][0]["text"] for row in found["rows"]]


def more_villages(here, count: int) -> None:
    for n in range(count):
        factories.village(f"村{n:03}", here.heyuan, code=f"22032399{n:04}")


def test_queries_do_not_grow_with_the_rows(here, person):
    table(person)
    with CaptureQueriesContext(connection) as few:
        assert len(table(person, "?name=示例一")["rows"]) == 1
    more_villages(here, 60)
    with CaptureQueriesContext(connection) as many:
        assert len(table(person)["rows"]) == 50
    assert len(many) == len(few)


def test_invalid_filter_gives_no_rows_never_all(here, person):
    found = table(person, "?order=abc")
    assert (found["total"], found["rows"]) == (0, [])
    assert table(person)["total"] == 6


def test_filter_narrows_and_total_tells(here, person):
    found = table(person, "?name=二道")
    assert (names(found), found["total"]) == (["二道村", "二道村"], 2)


def test_rows_of_equal_rank_keep_one_order(here, person):
    more_villages(here, 60)
    first, second = table(person, "?page=1"), table(person, "?page=2")
    keys = [row["pk"] for row in [*first["rows"], *second["rows"]]]
    assert keys == sorted(keys)
    assert len(set(keys)) == 66


def test_order_asked_for_is_taken_only_from_the_columns(here, person):
    assert names(table(person, "?sort=name"))[0] == "二道村"
    assert names(table(person, "?sort=-name"))[-1] == "二道村"
    assert names(table(person, "?sort=parent__name")) == names(table(person))
    assert names(table(person, "?sort=password")) == names(table(person))


@pytest.mark.parametrize("page", ["0", "-1", "999", "abc", ""])
def test_page_that_is_none_shows_an_existing_one(here, person, page):
    assert table(person, f"?page={page}")["total"] == 6
    assert len(table(person, f"?page={page}")["rows"]) == 6


def test_village_sees_only_what_its_scope_gives(here):
    person = factories.person("village", here.villages[0])
    reached = Unit.objects.for_user(person, "organization.view_units").filter(level="village")
    assert table(person)["total"] == reached.count()


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_csv_holds_every_filtered_row(here, person):
    more_villages(here, 60)
    answer = ask(person, "?export=csv&page=2")
    lines = list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"))))
    assert lines[0] == ["名称", "乡镇", "代码", "电话"]
    assert len(lines) - 1 == table(person)["total"] == 66
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''")


def test_xlsx_holds_every_filtered_row_and_codes_as_text(here, person):
    more_villages(here, 60)
    answer = ask(person, "?export=xlsx&name=村0")
    book = openpyxl.load_workbook(io.BytesIO(body(answer)))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    head = next(n for n, row in enumerate(rows) if row[:4] == ["名称", "乡镇", "代码", "电话"])
    found = [row for row in rows[head + 1 :] if str(row[0] or "").startswith("村0")]
    assert len(found) == table(person, "?name=村0")["total"] == 60
    assert found[0][2] == "220323990000"
    who = person.who()
    marks = [str(cell.value) for row in book.worksheets[-1].iter_rows() for cell in row if cell.value]
    assert any(mark.startswith(f"{who.unit} {who.name} 20") and mark.endswith("导出") for mark in marks)


def test_invalid_filter_exports_nothing(here, person):
    lines = body(ask(person, "?export=csv&order=abc")).decode("utf-8-sig").splitlines()
    assert lines == ["名称,乡镇,代码,电话"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK(1)", "-2+3"])
def test_text_like_a_formula_is_guarded(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("value", [-3, Decimal("-3.50"), "-3", "二道村", "", None, 0])
def test_numbers_and_plain_text_are_left_alone(value):
    assert guarded(value) == ("" if value is None else str(value))


def test_formula_in_a_name_leaves_the_export_harmless(here, person):
    factories.village("=cmd|' /C calc'!A0", here.heyuan)
    assert "'=cmd" in body(ask(person, "?export=csv")).decode()
    sheet = openpyxl.load_workbook(io.BytesIO(body(ask(person, "?export=xlsx")))).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if "cmd" in str(cell.value)]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "是"),
        (False, "否"),
        (12345, "12,345"),
        (Decimal("1234.5000"), "1,234.5"),
        (Decimal(100), "100"),
    ],
)
def test_value_is_shown_as_people_read_it(value, text):
    assert text_of(value) == text


def test_number_without_fraction_keeps_its_zeros():
    assert plain_number(Decimal(1000)) == "1,000"
    assert plain_number(Decimal("0.10")) == "0.1"


def test_library_asks_as_often_for_one_as_for_fifty(here, person, client):
    client.force_login(person, backend="organization.backends.PasswordBackend")
    factories.element("低保户数", here.minzheng)
    address = reverse("reports:elements")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        assert client.get(address).status_code == 200
    for n in range(55):
        factories.element(f"指标{n}", here.minzheng)
    with CaptureQueriesContext(connection) as many:
        assert client.get(address).context["table"]["total"] == 56
    assert len(many) == len(few)
