"""J1: a village closes the reference month on a 360 px phone: taps counted, one network cut, no second entry."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core import audit
from reports.choices import AssignmentState, Origin
from reports.models import Assignment, FormCheck, Value
from tests.reports.reference_month import Reference, number_of, reference_month, stored
from tests.watched import Watched

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

MOST_TAPS = 12
MOST_KEYS = 45
MOST_MINUTES = 15


class Phone(Watched):
    """A phone in a person's hand: counts taps and keystrokes."""

    SIZE = {"width": 360, "height": 740}
    taps = 0
    keys = 0

    def tap(self, target: Any) -> None:
        """One pointer press."""
        self.taps += 1
        target.click()

    def type(self, text: str) -> None:
        """Keys into the focused field."""
        self.keys += len(text)
        self.page.keyboard.type(text)

    def next(self) -> None:
        """The keyboard's Next key."""
        self.keys += 1
        self.page.keyboard.press("Enter")


@pytest.fixture
def month() -> Reference:
    return reference_month()


@pytest.fixture
def phone(live_server: Any, page: Page, month: Reference) -> Iterator[Phone]:
    with Phone.signed_in(page, live_server.url, month.officer) as held:
        yield held


def changed_numbers(month: Reference) -> dict[int, str]:
    """Seven numbers, each one more than last month."""
    return {element.pk: str(101 + n) for n, element in enumerate(month.changing)}


@pytest.mark.row("F1")
@pytest.mark.row("F11")
@pytest.mark.row("anchor-A9")
def test_reference_month_closes_within_twelve_taps(phone: Phone, month: Reference) -> None:
    page = phone.page
    phone.open("/")
    expect(page.get_by_role("heading", name="本月 8 张表，一次报完")).to_be_visible()
    expect(page.get_by_text("85 项中 78 项沿用上月，只需核对可能变化的 7 项")).to_be_visible()
    phone.tap(page.get_by_role("link", name="核对并报送"))
    expect(page.get_by_role("heading", name="核对 7 项，其余 78 项已带出")).to_be_visible()
    page.wait_for_selector("html.js")
    numbers = changed_numbers(month)
    fields = page.locator(".to-check .box[data-save-url]")
    expect(fields).to_have_count(7)
    phone.tap(fields.first)
    fields.first.select_text()
    for place in range(7):
        key = int((page.evaluate("document.activeElement.name") or "v0")[1:])
        phone.type(numbers.pop(key))
        if place < 6:
            phone.next()
    assert numbers == {}
    expect(page.locator("[data-fill=done]").first).to_contain_text("已核对")
    phone.tap(page.get_by_role("button", name="检查并报送"))
    expect(page.get_by_role("heading", name="报送 8 张表")).to_be_visible()
    expect(page.get_by_role("heading", name="与上期不同的 7 项")).to_be_visible()
    phone.tap(page.get_by_role("button", name="确认报送"))
    expect(page.get_by_text("8 张表已报送伊通镇审核")).to_be_visible()
    assert set(Assignment.objects.values_list("state", flat=True)) == {AssignmentState.SUBMITTED}
    now = Value.objects.filter(period=month.assignments[0].period)
    assert (now.filter(origin=Origin.TYPED).count(), now.filter(origin=Origin.CARRIED).count()) == (7, 78)
    minutes = sum(Assignment.objects.values_list("minutes", flat=True), Decimal(0))
    assert minutes == Decimal(12)  # 5 once + 7 typed x 1.0; nothing typed twice
    assert phone.taps == 4
    assert phone.taps <= MOST_TAPS
    assert phone.keys <= MOST_KEYS
    assert minutes <= MOST_MINUTES


@pytest.mark.row("anchor-A6")
@pytest.mark.row("anchor-A1")
def test_typed_value_is_there_on_another_device(phone: Phone, month: Reference) -> None:
    page = phone.page
    phone.open("/reports/fill/")
    box = page.locator(f"#v{month.elements[0].pk}")
    expect(page.locator(f"[data-field=v{month.elements[0].pk}]")).to_have_class("q carried")
    box.fill("108")
    expect(page.locator(f"#v{month.elements[0].pk}_state")).to_contain_text("已保存")
    expect(page.locator(f"#v{month.elements[0].pk}_state")).to_contain_text("用于 3 张表")
    expect(page.locator(f"#v{month.elements[0].pk}_change")).to_have_text("+8")
    other = Client()
    other.force_login(month.officer)
    assert (
        f'name="v{month.elements[0].pk}" type="text" value="108"'
        in other.get("/reports/fill/").content.decode()
    )


@pytest.mark.row("anchor-A7")
def test_network_cut_loses_nothing_and_sends_once(phone: Phone, month: Reference) -> None:
    page = phone.page
    phone.open("/reports/fill/")
    box = page.locator(f"#v{month.elements[0].pk}")
    state = page.locator(f"#v{month.elements[0].pk}_state")
    page.context.set_offline(True)
    box.fill("109")
    expect(page.locator("#offline")).to_be_visible()
    expect(state).to_contain_text("未保存")
    assert stored(month, month.elements[0]) is None
    page.context.set_offline(False)
    expect(state).to_contain_text("已保存", timeout=15_000)
    value = stored(month, month.elements[0])
    assert number_of(value) == 109
    assert value is not None
    assert value.version == 1


@pytest.mark.row("anchor-A13")
def test_unlike_number_asks_for_a_reason_in_place(phone: Phone, month: Reference) -> None:
    page = phone.page
    phone.open("/reports/fill/")
    key = month.elements[2].pk
    page.locator(f"#v{key}").fill("1020")
    expect(page.get_by_text("比上期多 900%。确认无误请写一句原因，或改正。")).to_be_visible()
    page.locator(f"#v{key}_reason").fill("防火期每日巡查")
    page.locator(f"#v{key}_reason").blur()
    expect(page.locator(f"#v{key}_state")).to_contain_text("已保存")
    page.get_by_role("button", name="检查并报送").click()
    expect(page.get_by_text("防火期每日巡查")).to_be_visible()
    page.get_by_role("button", name="确认报送").click()
    expect(page.get_by_text("8 张表已报送伊通镇审核")).to_be_visible()
    flags = [flag for row in Assignment.objects.all() for flag in row.flags]
    assert [(flag["kind"], flag["reason"]) for flag in flags] == [("outlier", "防火期每日巡查")]


@pytest.mark.row("anchor-A14")
def test_relation_leads_to_its_field(phone: Phone, month: Reference) -> None:
    row = month.assignments[1]
    with audit.act(audit.SYSTEM):
        FormCheck.objects.create(
            form_version=row.form_version,
            left=[month.elements[9].pk],
            op="<=",
            right=[month.elements[1].pk],
            message="分项不大于总数",
        )
    page = phone.page
    phone.open("/reports/fill/")
    page.get_by_role("link", name="分项不大于总数").click()
    expect(page.locator(f"#v{month.elements[9].pk}")).to_be_focused()


@pytest.mark.row("anchor-A17")
def test_sent_month_is_taken_back_by_one_press(phone: Phone, month: Reference) -> None:
    page = phone.page
    page.on("dialog", lambda dialog: dialog.accept())
    phone.open("/reports/fill/check/")
    page.get_by_role("button", name="确认报送").click()
    page.get_by_role("button", name="撤回上次报送的 8 张表").click()
    confirm = page.locator("dialog.confirm[open] .btn.pri, dialog.confirm[open] .btn.warn")
    if confirm.count():
        confirm.first.click()
    expect(page.get_by_text("已撤回 8 张表，修改后请重新报送。")).to_be_visible()
    assert set(Assignment.objects.values_list("state", flat=True)) == {AssignmentState.OPEN}


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize(
    "where", ["/", "/reports/fill/", "/reports/fill/check/", "/reports/facts/", "/reports/facts/?print=1"]
)
def test_pages_have_no_axe_violation(phone: Phone, where: str, width: int) -> None:
    phone.page.set_viewport_size({"width": width, "height": 800})
    phone.open(where)
    phone.assert_accessible()
    assert phone.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_facts_fit_one_sheet_of_a4(phone: Phone) -> None:
    phone.open("/reports/facts/?print=1")
    sheet = phone.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1
