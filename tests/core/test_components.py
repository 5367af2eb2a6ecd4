"""Every component of the visual language, rendered and read as HTML."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import engines

from core import charts, styleguide
from core.clock import COUNTY
from core.templatetags import ui

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))


def render(source: str, **context: Any) -> str:
    """HTML of a template text with the tags loaded."""
    return engines["django"].from_string("{% load ui %}" + source).render(context)


class ReportForm(forms.Form):
    name = forms.CharField(label="表名")
    households = forms.IntegerField(label="低保户数", required=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567, "1,234,567"),
        (Decimal("12.50"), "12.5"),
        (-3, "−3"),
        (None, "—"),
        ("约50", "—"),
        (0, "0"),
        (float("nan"), "—"),
    ],
)
def test_numbers_carry_separators_and_dashes(value: object, shown: str) -> None:
    assert ui.thousands(value) == shown


@pytest.mark.parametrize(("minutes", "shown"), [(98520, "1,642.0"), (50, "0.8"), (0, "0.0"), (None, "—")])
def test_hours_are_minutes_with_one_decimal(minutes: object, shown: str) -> None:
    assert ui.hours(minutes) == shown


def test_deadline_shows_its_weekday_in_county() -> None:
    moment = dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)
    assert ui.zh_due(moment) == "2026年11月24日（周二）"
    assert ui.zh_day(dt.date(2026, 11, 30)) == "11月30日（周一）"
    assert ui.zh_moment(moment) == "2026-11-24 01:00"
    assert ui.iso_date(None) == "—"


def test_phone_hides_its_middle_digits() -> None:
    assert ui.masked_phone("13812345678") == "138****5678"
    assert ui.masked_phone("4222345") == "4222345"


def test_each_form_gets_another_key() -> None:
    first, second = ui.once(), ui.once()
    assert re.fullmatch(r'<input type="hidden" name="_key" value="[0-9a-f-]{36}">', first)
    assert first != second


def test_refused_step_names_rule_and_doors() -> None:
    html = render("{% steps offers %}", offers=styleguide.offers(), csrf_token="t" * 32)
    assert "<b>不能准入并编号</b>：与在用报表重复 80%，超过 60%。" in html
    assert "一表一审制度（条款号以正式文件为准）" in html
    assert '<a class="btn" href="#take">直接取用 12 项，准入其余 3 项</a>' in html
    refused = re.search(r"<button[^>]*>准入并编号</button>", html)
    assert refused is not None
    assert 'aria-disabled="true"' in refused[0]
    assert 'aria-describedby="refused-admit"' in refused[0]
    assert 'type="submit"' not in refused[0]


def test_soft_rule_asks_and_hard_one_refuses() -> None:
    html = render(
        "{% findings found reasons %}", found=styleguide.rules(), reasons={"reports.hours": "上级统一部署"}
    )
    assert "<b>不符合规定，不能提交</b>：与在用报表重复 80%，超过 60%。" in html
    assert re.findall(r'name="(reason\.[^"]+)"', html) == ["reason.reports.hours"]
    assert 'value="上级统一部署"' in html
    assert '<a class="btn" href="#take">直接取用</a>' in html


def test_stale_edit_shows_both_texts() -> None:
    html = render("{% conflict rows '王某' %}", rows=styleguide.both_texts())
    assert "月末在册户数" in html
    assert "月末在册且已发放的户数" in html
    assert html.count('name="keep.definition"') == 2
    assert html.count(" checked") == 2


def test_step_with_reason_asks_before_sending() -> None:
    html = render("{% steps offers %}", offers=styleguide.offers(), csrf_token="t" * 32)
    assert (
        '<textarea id="reason-send_back" name="reason" required maxlength="500" rows="3"></textarea>' in html
    )
    assert html.count('name="_key"') == 3
    assert html.count('name="version" value="3"') == 3
    assert 'data-confirm="确定作废吗？"' in html


def test_field_ties_unit_meaning_and_error() -> None:
    form = ReportForm({"name": "", "households": "约50"})
    html = render('{% field form.households unit="户" meaning="月末在册" last="14" %}', form=form)
    assert 'aria-describedby="id_households_def id_households_was id_households_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'inputmode="decimal"' in html
    assert '<div class="def" id="id_households_def">月末在册</div>' in html
    assert "上期 14" in html


def test_error_summary_links_to_its_fields() -> None:
    html = render("{% error_summary form %}", form=ReportForm({"name": "", "households": "约50"}))
    assert 'role="alert"' in html
    assert re.findall(r'<a href="(#[^"]+)">', html) == ["#id_name", "#id_households"]
    assert "有 2 处需要改正" in html
    assert render("{% error_summary form %}", form=ReportForm({"name": "表"})).strip() == ""


def test_value_field_of_each_state_differs() -> None:
    rows = {row["name"]: render("{% value_field row %}", row=row) for row in styleguide.value_rows()}
    assert 'class="q carried"' in rows["v2"]
    assert "用于 5 张表" in rows["v2"]
    assert 'class="q typed soft"' in rows["v3"]
    assert 'id="v3_hint" hidden' not in rows["v3"]
    assert 'id="v1_hint" hidden' in rows["v1"]
    assert 'class="q typed bad"' in rows["v4"]
    assert 'aria-invalid="true"' in rows["v4"]
    for name in ("v5", "v6"):
        assert " readonly" in rows[name]
        assert "_reason" not in rows[name]


def test_locked_value_has_no_saving_address() -> None:
    row = {
        "name": "a",
        "label": "户数",
        "state": "typed",
        "save_url": "/save/7/",
        "version": 3,
        "value": "1",
    }
    assert 'data-save-url="/save/7/" data-version="3"' in render("{% value_field row %}", row=row)
    assert "data-save-url" not in render("{% value_field row %}", row={**row, "save_url": ""})


def test_text_of_people_is_escaped_everywhere() -> None:
    evil = '"><script>x</script>'
    row = {
        "name": "a",
        "label": evil,
        "value": evil,
        "state": "typed",
        "last_text": evil,
        "hint": evil,
        "error": evil,
    }
    offer = {
        "name": "x",
        "label": evil,
        "allowed": False,
        "why_not": evil,
        "source": evil,
        "url": "#",
        "version": 1,
    }
    events = [{"at": None, "who": evil, "what": evil, "note": evil}]
    drawing = charts.stacked_bars(evil, [evil], [(evil, [1])], unit=evil)
    html = render(
        "{% value_field row %}{% steps offers %}{% timeline events %}{% chart drawing %}{% status label %}",
        row=row, offers=[offer], events=events, drawing=drawing, label=evil,
    )  # fmt: skip
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 12


def test_figure_shows_count_date_and_rows() -> None:
    shown, share, _, missing = styleguide.figures()
    html = render("{% figure value %}", value=shown)
    assert 'href="#rows"' in html
    assert "截至 2026-11-24 08:00" in html
    assert "统计期末有准入编号" in html
    assert "1,520 / 1,576" in render("{% figure value %}", value=share)
    assert "暂无数据" in render("{% figure value %}", value=missing)


def test_list_labels_cells_for_phones() -> None:
    html = render(
        "{% include 'components/table.html' %}",
        table=styleguide.table(),
        bulk_actions=[{"name": "a"}],
    )
    assert html.count('data-label="准入编号"') == 3
    assert '<th scope="row"><a href="#row" data-open>示例防火巡查情况表</a></th>' in html
    assert html.count('name="pk"') == 2
    assert 'aria-sort="ascending"' in html
    assert "共 1,342 条，第 2 / 27 页" in html


def test_empty_list_says_what_to_do() -> None:
    html = render(
        "{% include 'components/table.html' %}",
        table={"columns": [], "rows": [], "total": 0},
    )
    assert "暂无记录" in html
    assert 'id="table"' in html


def test_only_running_job_asks_again() -> None:
    row = {"pk": 2, "state": "running", "done": 5, "total": 10, "error": ""}
    assert 'hx-get="/jobs/2/" hx-trigger="every 2s"' in render("{% job row '/jobs/2/' %}", row=row)
    done = render("{% job row '/jobs/2/' '/result/' %}", row={**row, "state": "done"})
    assert "hx-get" not in done
    assert 'href="/result/"' in done
    assert "hx-get" not in render("{% job row '/jobs/2/' %}", row={**row, "state": "failed", "error": "断开"})


def test_undo_rides_on_a_local_message() -> None:
    assert ui.undo_url(SimpleNamespace(extra_tags="undo:/forms/3/undo/")) == "/forms/3/undo/"
    assert ui.undo_url(SimpleNamespace(extra_tags="undo://elsewhere/")) == ""
    assert ui.undo_url(SimpleNamespace(extra_tags=None)) == ""


def test_line_leaves_gap_for_missing_month() -> None:
    drawing = charts.line("用时", ["1", "2", "3", "4"], [3, None, 2, 1], unit="小时")
    assert [mark.kind for mark in drawing.marks].count("polyline") == 2
    assert drawing.rows == [["1", "3"], ["2", "—"], ["3", "2"], ["4", "1"]]
    assert drawing.summary == "1 3 小时，4 1 小时"


def test_line_says_its_last_value_with_unit() -> None:
    texts = [
        mark for mark in charts.line("用时", ["1", "2"], [3, 1], unit="小时").marks if mark.kind == "text"
    ]
    assert "1 小时" in [mark.text for mark in texts]
    assert {mark.size for mark in texts} == {13}


def test_bars_keep_order_and_sum_up() -> None:
    drawing = charts.stacked_bars(
        "谁在要数", ["乙局", "甲局"], [("县级", [1, 20]), ("上级", [2, 0])], unit="小时"
    )
    assert drawing.rows == [["乙局", "1", "2", "3"], ["甲局", "20", "0", "20"]]
    assert drawing.headers == ("单位", "县级", "上级", "合计")
    widths = [mark.width for mark in drawing.marks if mark.kind == "rect"]
    assert len(widths) == 3
    assert widths[2] == pytest.approx(widths[0] * 20)


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (10.2, 12), (239, 240), (0.7, 0.8), (16000, 16000)])
def test_scale_ends_on_readable_number(highest: float, top: float) -> None:
    assert charts.top_of_scale(highest) == pytest.approx(top)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_holds_no_inline_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r'\sstyle="|\son[a-z]+="|hx-on|<style|javascript:|\|safe\b', text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_reads_on_chromium_88(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(
        r"color-mix|:has\(|@container|oklch|\ddvh|:is\(|:where\(|@layer|\binset:|&\s*[.:{]",
        text,
    )


def test_classes_of_templates_have_their_style() -> None:
    styled = set(
        re.findall(r"\.([a-zA-Z][\w-]*)", "".join(path.read_text(encoding="utf-8") for path in STYLES))
    )
    for path in TEMPLATES:
        text = re.sub(r"\{[{%].*?[%}]\}", " ", path.read_text(encoding="utf-8"))
        used = {
            name
            for value in re.findall(r'class="([^"]*)"', text)
            for name in value.split()
            if not name.endswith("-")
        }
        assert used <= styled, path


def test_styles_stay_small_together() -> None:
    assert len(gzip.compress(b"".join(path.read_bytes() for path in STYLES))) <= 30 * 1024


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_is_short_and_stores_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert not re.search(
        r"innerHTML|outerHTML|eval\(|new Function|localStorage|indexedDB|serviceWorker|\?\?=|\.at\(",
        text,
    )


def test_icons_used_are_in_sprite_list() -> None:
    listed = set((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split())
    used = {
        name
        for path in TEMPLATES
        for name in re.findall(r'\{% icon "([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    used |= {name for name in ui.TONE_ICONS.values() if name}
    assert len(used) > 20
    assert used <= listed


def test_drawing_of_nothing_is_an_empty_state() -> None:
    assert "暂无数据" in render("{% chart drawing %}", drawing=charts.stacked_bars("无", [], [], unit="份"))


def test_colours_of_guide_match_the_tokens() -> None:
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    for name, value, _ in styleguide.colours():
        assert f"--{name}: {value};" in tokens


def test_county_clock_is_used_in_samples() -> None:
    assert styleguide.AS_OF.tzinfo is COUNTY
