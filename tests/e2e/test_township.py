"""J2: a township settles the 96 submissions of its twelve villages in at most ten clicks; a block pasted from WPS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from core import audit, clock
from core.models import AuditEntry
from monitoring.reference import install_reference_data
from organization.models import Unit, User
from reports.choices import AssignmentState
from reports.models import Assignment, Element, FieldReturn, Form, FormCheck, Value
from tests import factories
from tests.reports.township_month import flag
from tests.watched import Watched

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

MOST_CLICKS = 10
VILLAGES = 12
FORMS = 8


class Desk(Watched):
    """A clerk at a desk: counts clicks."""

    clicks = 0

    def click(self, target: Any) -> None:
        """One press of the mouse."""
        self.clicks += 1
        target.click()

    def assert_fits(self) -> None:
        """Nothing but tables in their own scroll box is wider than a phone."""
        self.page.set_viewport_size({"width": 360, "height": 740})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 360
        self.page.set_viewport_size(self.SIZE)


class Month:
    """河源镇's month: twelve villages, eight forms, 92 submissions without and four with something to look at."""

    def __init__(self) -> None:
        install_reference_data()
        county = factories.county()
        self.township = county.heyuan
        self.clerk: User = factories.person("township", county.heyuan, "twn_j2", name="王党政")
        more = [
            factories.village(f"示例河{n:02}村", county.heyuan, f"2203231103{n:02}")
            for n in range(VILLAGES - 3)
        ]
        self.villages: list[Unit] = [*county.others, *more]
        self.villager: User = factories.person("village", self.villages[0], name="李会计")
        self.elements: list[Element] = [
            factories.element(name, county.minzheng)
            for name in (
                "低保户数",
                "女性人口",
                "常住人口",
                "危房户数",
                "外出务工",
                "日间照料",
                "防火巡查",
                "退役军人",
            )
        ]
        self.forms: list[Form] = [
            factories.form(f"示例报表{n + 1}", county.minzheng, self.elements[n : n + 1], self.villages)
            for n in range(FORMS)
        ]
        self.rows: list[Assignment] = []

    def submit(self) -> None:
        """All 96 are handed in; four need a look, one of them breaks a relation that must hold."""
        with audit.act(audit.SYSTEM):
            FormCheck.objects.create(
                form_version=self.forms[1].versions.get(),
                left=[self.elements[1].pk],
                op="<=",
                right=[self.elements[1].pk],
                strength="soft",
                message="女性不多于常住人口",
            )
        day, moment = clock.today(), clock.now()
        for village in self.villages:
            for element in self.elements:
                factories.value(element, village, day, 22)
            self.rows += [
                factories.assignment(
                    form, village, day, state="submitted", submitted_at=moment, submitted_by="李会计"
                )
                for form in self.forms
            ]
        with audit.act(audit.SYSTEM):
            for n in (0, 9, 18, 27):
                row = self.rows[n]
                row.flags = [flag(self.elements[n % FORMS])]
                row.by_township = n == 27
                row.save()

    def open(self) -> None:
        """Nothing is filled yet."""
        self.rows = [factories.assignment(form, village) for village in self.villages for form in self.forms]

    @property
    def month(self) -> str:
        """Month of the burden."""
        return self.rows[0].burden_month

    def state_counts(self) -> dict[str, int]:
        """Number of rows by state."""
        found: dict[str, int] = {}
        for state in Assignment.objects.values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found


@pytest.fixture
def month() -> Month:
    return Month()


@pytest.fixture
def desk(live_server: Any, page: Page, month: Month) -> Iterator[Desk]:
    with Desk.signed_in(page, live_server.url, month.clerk) as held:
        yield held


@pytest.mark.row("anchor-A15")
@pytest.mark.row("anchor-A16")
@pytest.mark.row("F17")
def test_ninety_six_submissions_are_settled_in_ten_clicks(desk: Desk, month: Month) -> None:
    month.submit()
    page = desk.page
    desk.open(f"{reverse('reports:township_review')}?month={month.month}")
    expect(page.locator("h1")).to_have_text("12 个村 96 份，92 份无异常 4 份需要看")
    expect(page.locator("[data-queue-item]")).to_have_count(4)
    desk.assert_accessible()

    desk.click(page.get_by_role("button", name="92 份一并同意"))
    expect(page.locator(".toast")).to_contain_text("已同意 92 份。")
    assert month.state_counts() == {"township_approved": 92, "submitted": 4}
    for left in (3, 2, 1):
        desk.click(page.locator("[data-queue-item]").first.get_by_role("button", name="同意"))
        expect(page.locator("[data-queue-item]")).to_have_count(left)
    desk.click(page.locator("summary", has_text="退回这一项"))
    desk.click(page.get_by_role("button", name="与部门台账不一致，请核对。"))
    desk.click(page.get_by_role("button", name="确认退回"))
    expect(page.locator(".toast").first).to_contain_text("其余各项不变，等村里改后重新报送")
    expect(page.get_by_text("暂无待审事项").first).to_be_visible()

    assert desk.clicks <= MOST_CLICKS
    assert month.state_counts() == {"township_approved": 95, "returned": 1}
    assert AuditEntry.objects.filter(step="approve").count() == 95
    assert FieldReturn.objects.get().comment == "与部门台账不一致，请核对。"


def test_keys_decide_and_undo(desk: Desk, month: Month) -> None:
    month.submit()
    page = desk.page
    desk.open(f"{reverse('reports:township_review')}?month={month.month}")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-queue-item]").nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("1")
    expect(page.locator("[data-queue-item]")).to_have_count(3)
    approved = Assignment.objects.get(state=AssignmentState.APPROVED)
    assert approved.pk == month.rows[9].pk
    page.keyboard.press("u")
    expect(page.locator("[data-queue-item]")).to_have_count(4)
    assert month.state_counts() == {"submitted": 96}
    page.keyboard.press("2")
    expect(page.locator("textarea:focus")).to_have_attribute("name", "reason")


def test_text_for_the_group_is_copied(desk: Desk, month: Month) -> None:
    month.submit()
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=month.rows[0].pk).update(state=AssignmentState.OPEN, submitted_at=None)
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.url)
    desk.open(f"{reverse('reports:township_review')}?month={month.month}")
    desk.click(desk.page.get_by_role("button", name="复制催报文字"))
    expect(desk.page.locator(".toast").last).to_contain_text("已复制")
    text = desk.page.evaluate("navigator.clipboard.readText()")
    assert text.splitlines()[0].endswith("以下 1 个村（社区）尚未报送：")
    assert month.villages[0].name in text
    assert month.villages[1].name not in text


def test_history_opens_beside_the_value(desk: Desk, month: Month) -> None:
    month.submit()
    desk.open(reverse("reports:township_assignment", args=[month.rows[0].pk]))
    desk.click(desk.page.locator("td a[hx-get]").first)
    expect(desk.page.locator("#history")).to_contain_text("本期没有变动，沿用上期。")
    desk.assert_accessible()
    desk.assert_fits()


HEAD = "<tr><td rowspan='2'>村名</td><td colspan='1'>困难群众</td></tr><tr><td>低保户数（户）</td></tr>"


def put_on_clipboard(desk: Desk, rows: list[tuple[str, str]]) -> None:
    """A table as Excel and WPS leave it: html with a merged header, and its text."""
    html = (
        "<table>"
        + HEAD
        + "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
        + "</table>"
    )
    text = "村名\t困难群众\n\t低保户数（户）\n" + "\n".join("\t".join(row) for row in rows)
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.url)
    desk.page.evaluate(
        """async ([html, text]) => navigator.clipboard.write([new ClipboardItem({
             "text/html": new Blob([html], {type: "text/html"}), "text/plain": new Blob([text], {type: "text/plain"})})])""",
        [html, text],
    )


def paste(desk: Desk) -> None:
    """Ctrl+V into the box."""
    desk.page.locator("#id_pasted").focus()
    desk.page.keyboard.press("Control+V")
    desk.page.wait_for_url("**/check/**")


def block_url(month: Month) -> str:
    return reverse("reports:fill_for_grid", args=[month.forms[0].pk, month.rows[0].period])


@pytest.mark.row("anchor-A10")
def test_pasted_table_is_previewed_then_written(desk: Desk, month: Month) -> None:
    month.open()
    page = desk.page
    desk.open(f"{block_url(month)}?paste=1")
    desk.assert_accessible()
    put_on_clipboard(desk, [(village.name, str(30 + n)) for n, village in enumerate(month.villages)])
    paste(desk)
    expect(page.locator("h1")).to_have_text("写入 12 项")
    assert not Value.objects.exists()
    desk.assert_accessible()
    desk.assert_fits()
    desk.click(page.get_by_role("button", name="确认写入"))
    expect(page.locator(".toast")).to_contain_text("已写入 12 个村 12 项，标注“代填”。")
    assert Value.objects.count() == 12


@pytest.mark.row("anchor-A10")
def test_village_twice_is_named_in_the_preview(desk: Desk, month: Month) -> None:
    month.open()
    page = desk.page
    desk.open(f"{block_url(month)}?paste=1")
    put_on_clipboard(desk, [("示例三村", "30"), ("二道村", "31"), ("示例四村", "32"), ("二道村", "33")])
    paste(desk)
    expect(page.locator("h1")).to_contain_text("1 处有误")
    expect(page.get_by_text("“二道村”出现两次（第 4 行、第 6 行），请只保留一行。")).to_be_visible()
    expect(page.get_by_role("button", name="确认写入")).to_have_count(0)
    desk.assert_accessible()
    assert not Value.objects.exists()


def test_cell_of_the_block_is_saved_by_itself(desk: Desk, month: Month) -> None:
    month.open()
    page = desk.page
    desk.open(block_url(month))
    field = page.locator("input[data-save-url]").first
    field.fill("31")
    field.press("Enter")
    expect(page.locator(".state").first).to_contain_text("已保存")
    value = Value.objects.get()
    assert (int(value.number or 0), value.origin) == (31, "by_township")
    desk.assert_fits()


def test_pages_of_the_township_are_accessible(desk: Desk, month: Month) -> None:
    month.open()
    office = factories.unit("河源镇民政办", "office", month.township)
    factories.person("station", office)
    for where in ("reports:township_review", "reports:fill_for", "reports:dispatch", "reports:station"):
        desk.open(reverse(where))
        desk.assert_accessible()
        desk.assert_fits()
