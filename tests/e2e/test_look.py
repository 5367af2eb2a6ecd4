"""Behaviours and accessibility of the visual language in a real browser, on small pages made of the components."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import path
from playwright.sync_api import Page

from core import styleguide

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

pytestmark = [pytest.mark.e2e, pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]

SAVED: list[dict[str, Any]] = []
WIDTHS = (1440, 360)
FILL = """{% extends "base.html" %}{% load ui %}{% block heading %}填报{% endblock %}
{% block actions %}<span class="tag green" data-save-all>已保存 14:32</span>{% endblock %}
{% block content %}<form method="post" data-after-save>{% csrf_token %}<div class="card sheet" data-grid>
{% for row in rows %}{% value_field row %}{% endfor %}</div>
{% include "components/dock.html" with text="已核对 3 / 7" submit_label="报送" %}</form>{% endblock %}"""


def fill(request: HttpRequest) -> HttpResponse:
    """Fill page of the sample rows."""
    rows = [
        {**row, "save_url": "" if row["state"] in {"locked", "derived"} else "/save/"}
        for row in styleguide.value_rows()
    ]
    return HttpResponse(engines["django"].from_string(FILL).render({"rows": rows}, request))


def save(request: HttpRequest) -> HttpResponse:
    """Takes one value, refuses 约50, calls 310 unlikely."""
    SAVED.append({**request.POST.dict(), "key": request.headers.get("Idempotency-Key", "")})
    value = request.POST["value"]
    if value == "约50":
        return JsonResponse({"error": "应填整数，现为“约50”。请只填数字。", "version": 2}, status=422)
    answer = {
        "saved_at": "14:33",
        "version": int(request.POST["version"]) + 1,
        "shown": "12,000" if "万" in value else value,
    }
    return JsonResponse(
        {**answer, "error": "", "hint": "比上月多 812%。" if value == "310" else "", "used_in": 3}
    )


def listing(request: HttpRequest) -> HttpResponse:
    """List of three rows."""
    context = {
        "title": "在用报表",
        "table": styleguide.table(),
        "filter_form": styleguide.SampleFilter(request.GET, auto_id="f_%s"),
        "bulk_actions": [{"name": "remind", "label": "一并催报", "url": "#"}],
    }
    return render(request, "core/list.html", context)


def plain(request: HttpRequest) -> HttpResponse:
    """Stands for the addresses that the shell links to."""
    return HttpResponse("好")


urlpatterns = [
    path("styleguide/", styleguide.StyleguideView.as_view(), name="styleguide"),
    path("fill/", fill),
    path("save/", save),
    path("list/", listing),
    *(
        path(f"{name}/", plain, name=name)
        for name in ("privacy", "feedback", "rules", "account_login", "account_logout")
    ),
]


@pytest.fixture(autouse=True)
def demonstration(settings: Any) -> Iterator[None]:
    """The style guide is public in the demonstration only."""
    settings.DEMO = True
    SAVED.clear()
    yield
    SAVED.clear()


@pytest.fixture
def site(live_server: Any, page: Page) -> Iterator[Page]:
    """A page that fails the test on any error of a script or of the content policy."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.base = live_server.url  # type: ignore[attr-defined]
    yield page
    assert problems == []


def visit(page: Page, where: str) -> None:
    """Open an address and wait until the behaviours are bound."""
    page.goto(page.base + where)  # type: ignore[attr-defined]
    page.wait_for_selector("html.js")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("where", ["/styleguide/", "/fill/", "/list/"])
def test_components_have_no_axe_violation(site: Page, where: str, width: int) -> None:
    site.set_viewport_size({"width": width, "height": 800})
    visit(site, where)
    result = Axe().run(site)
    assert result.violations_count == 0, result.generate_report()
    assert site.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_one_word_makes_one_request(site: Page) -> None:
    visit(site, "/list/")
    asked: list[str] = []
    site.on("request", lambda request: asked.append(request.url) if "/list/?" in request.url else None)
    devtools = site.context.new_cdp_session(site)
    site.focus("#f_q")
    for text in ("r", "re", "ren", "renk", "renkou"):
        devtools.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
        site.wait_for_timeout(400)
    assert asked == []
    with site.expect_response(lambda response: "/list/?" in response.url):
        devtools.send("Input.insertText", {"text": "人口"})
    site.wait_for_timeout(600)
    assert len(asked) == 1
    assert "q=%E4%BA%BA%E5%8F%A3" in asked[0]


def test_field_saves_itself_and_says_when(site: Page) -> None:
    visit(site, "/fill/")
    site.fill("#v1", "1.2万")
    site.press("#v1", "Enter")
    site.wait_for_selector('#v1_state[data-state="saved"]')
    assert site.inner_text("#v1_state") == "已保存 14:33，读作 12,000 · 用于 3 张表"
    assert site.evaluate("document.activeElement.id") == "v2"
    assert [(row["name"], row["value"], row["version"]) for row in SAVED] == [("v1", "1.2万", "1")]
    assert site.get_attribute("#v1", "data-version") == "2"


def test_refused_value_stays_with_its_sentence(site: Page) -> None:
    visit(site, "/fill/")
    site.fill("#v2", "约50")
    site.press("#v2", "Tab")
    site.wait_for_selector('#v2_state[data-state="bad"]')
    assert site.inner_text("#v2_state") == "应填整数，现为“约50”。请只填数字。"
    assert site.input_value("#v2") == "约50"
    assert site.get_attribute("#v2", "aria-invalid") == "true"


def test_unlikely_value_asks_for_its_reason(site: Page) -> None:
    visit(site, "/fill/")
    assert not site.is_visible("#v2_hint")
    site.fill("#v2", "310")
    site.press("#v2", "Tab")
    site.wait_for_selector("#v2_hint", state="visible")
    site.fill("#v2_reason", "防火期每日巡查")
    with site.expect_response("**/save/"):
        site.press("#v2_reason", "Tab")
    assert SAVED[-1]["reason"] == "防火期每日巡查"
    assert SAVED[-1]["value"] == "310"


def test_dead_spot_keeps_text_and_sends_once(site: Page) -> None:
    visit(site, "/fill/")
    site.context.set_offline(True)
    site.fill("#v1", "17")
    site.press("#v1", "Tab")
    site.wait_for_selector("#offline", state="visible")
    assert site.inner_text("#offline") == "网络断开，内容还在本页，请勿关闭"
    assert site.input_value("#v1") == "17"
    assert SAVED == []
    site.context.set_offline(False)
    site.wait_for_selector('#v1_state[data-state="saved"]', timeout=60_000)
    assert not site.is_visible("#offline")
    assert [(row["name"], row["value"]) for row in SAVED] == [("v1", "17")]


def test_queue_moves_by_keys_outside_fields(site: Page) -> None:
    visit(site, "/list/")
    site.keyboard.press("ArrowDown")
    site.keyboard.press("ArrowDown")
    assert site.evaluate("document.activeElement.textContent") == "示例低保情况表"
    site.keyboard.press("/")
    assert site.evaluate("document.activeElement.id") == "f_q"
    site.keyboard.type("1/")
    assert site.input_value("#f_q") == "1/"


def test_switch_turns_the_keys_off(site: Page) -> None:
    visit(site, "/styleguide/")
    site.keyboard.press("3")
    assert site.evaluate("document.activeElement.id") == "reason-send_back"
    site.keyboard.press("Escape")
    site.uncheck("[data-queue-switch]")
    site.evaluate("document.activeElement.blur()")
    site.keyboard.press("3")
    assert not site.is_visible("#reason-send_back")


def test_dangerous_step_asks_and_can_be_left(site: Page) -> None:
    visit(site, "/styleguide/")
    posts: list[str] = []
    site.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    site.click("form[data-confirm] button")
    site.wait_for_selector("dialog.confirm[open]")
    assert "确定作废吗？" in site.inner_text("dialog.confirm")
    site.keyboard.press("Escape")
    site.wait_for_selector("dialog.confirm", state="detached")
    assert posts == []
    site.click("form[data-confirm] button")
    site.click("dialog.confirm .pri")
    site.wait_for_load_state()
    assert len(posts) == 1


def test_pages_read_without_scripts(site: Page, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(site.base + "/list/")  # type: ignore[attr-defined]
    assert bare.locator("button:has-text('查询')").is_visible()
    bare.fill("#f_q", "防火")
    bare.click("button:has-text('查询')")
    assert "q=%E9%98%B2%E7%81%AB" in bare.url
    bare.goto(site.base + "/styleguide/")  # type: ignore[attr-defined]
    bare.click("details.ask > summary")
    assert bare.locator("#reason-send_back").is_visible()
    context.close()


def test_elder_switch_enlarges_the_type(site: Page) -> None:
    visit(site, "/fill/")
    size = "parseFloat(getComputedStyle(document.querySelector('.def')).fontSize)"
    before = site.evaluate(size)
    site.evaluate("document.documentElement.classList.add('elder')")
    assert site.evaluate(size) >= before * 1.3
