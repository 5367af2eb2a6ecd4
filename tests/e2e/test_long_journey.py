"""The long journey: a form is asked for, admitted, opened by beat and worker, filled, reviewed, received and tallied.

Real processes throughout. The opening is believed only when a Job row names the worker's process; with the worker
stopped the same wait runs out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tools.stack.places import ROOT
from tools.stack.private import PrivateStack, fresh_environment, private_stack

pytestmark = [pytest.mark.e2e]
PATIENCE = 240
"""Seconds: more than twice the beat of what is waited for."""


@pytest.fixture(scope="module")
def stack() -> Iterator[PrivateStack]:
    """The whole product with the demonstration county, in a folder that the database's account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="yitong-journey-"))
    folder.chmod(0o755)
    with private_stack(folder) as running:
        yield running
    shutil.rmtree(folder)


def ask(stack: PrivateStack, code: str) -> Any:
    """Run Python in the product's shell against the stack; the code prints JSON in its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.local_stack", "manage", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env=fresh_environment() | {"DATA_DIR": str(stack.data_dir), "PORT": str(stack.port), "DEMO": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def wait_for(question: Callable[[], Any], seconds: float) -> Any:
    """The first true answer. Raises TimeoutError after `seconds` without one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(1)
    raise TimeoutError


OPENED = """
import json
from core.models import Job
from reports.models import Assignment
rows = Assignment.objects.filter(form__name={name!r}).count()
jobs = Job.objects.filter(kind="reports.open_periods", state="done", result__opened__gte=197)
print(json.dumps([rows, sorted(set(jobs.values_list("worker", flat=True)))]))
"""
RECEIVED = """
import json
from django.db.models import Sum
from reports.models import UnitMonth
from reports.services.tally import newest_months
rows = newest_months(UnitMonth.objects.filter(unit__postings__user__username="vil1"))
print(json.dumps(rows.aggregate(n=Sum("received"))["n"]))
"""


def opened(stack: PrivateStack, name: str) -> Callable[[], Any]:
    """The form's assignments and the workers that opened them, once there are both."""

    def question() -> Any:
        count, workers = ask(stack, OPENED.format(name=name))
        return (count, workers) if count and workers else None

    return question


def enter(page: Page, stack: PrivateStack, username: str, path: str = "/") -> None:
    """Through the demonstration door to a page."""
    page.context.clear_cookies()
    page.goto(f"{stack.url}/accounts/login/")
    page.click(f"button[value={username}]")
    page.goto(stack.url + path)


def ask_for_form(page: Page, stack: PrivateStack, name: str, words: list[str]) -> str:
    """A department asks for a form of indicators that nobody collects; returns the address of the request."""
    enter(page, stack, "nongye", "/reports/requests/add/")
    page.get_by_label("报表名称").fill(name)
    for word in words:
        page.get_by_label("查指标").fill(word)
        page.locator(f"tr:has-text('{word}') button").first.click()
        expect(page.locator(f"button[name=remove][aria-label*='{word}']")).to_be_visible()
    page.get_by_label("收集目的").fill("掌握青贮能力")
    page.get_by_label("数据用在哪里").fill("安排冬储")
    page.get_by_label("依据（文号）").fill("伊农发〔2026〕9号")
    page.get_by_label("已查过哪些现有数据来源").fill("已查指标库，没有部门收集")
    page.get_by_label(re.compile("已经本单位")).check()
    page.get_by_role("button", name="送审", exact=True).click()
    expect(page.locator("main")).to_contain_text("5 个工作日内审结，还剩")
    return page.url.removeprefix(stack.url)


def admit(page: Page, stack: PrivateStack, request: str) -> str:
    """县政数局 admits it; returns the number."""
    enter(page, stack, "dgb", request)
    page.get_by_role("button", name=re.compile("准入并编号")).click()
    page.get_by_role("dialog").get_by_role("button", name="准入并编号").click()
    page.get_by_role("link", name="看报表").click()
    return re.search(r"伊表〔\d{4}〕\d+号", page.locator("main").inner_text())[0]


def worker_pid(stack: PrivateStack) -> int:
    """The stack's Celery worker (its parent process), found by its environment and command line."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
            block = (entry / "environ").read_bytes().decode("utf-8", "replace")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        mine = f"DATA_DIR={stack.data_dir}" in block or f"{stack.data_dir}" in block
        if "celery" in line and "\0worker\0" in line and mine and _is_supervisor(parent):
            return int(entry.name)
    raise AssertionError("no worker of this stack")


def _is_supervisor(pid: int) -> bool:
    try:
        return "tools.local_stack" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return False


@pytest.mark.row("F17")
@pytest.mark.row("F18")
@pytest.mark.row("F23")
def test_form_travels_from_request_to_tally(stack: PrivateStack, page: Page) -> None:
    name = "饲草青贮情况月报"
    before = ask(stack, RECEIVED)
    request = ask_for_form(page, stack, name, ["青贮窖数量", "饲草种植面积"])
    number = admit(page, stack, request)

    count, workers = wait_for(opened(stack, name), PATIENCE)
    assert count == 197
    assert all(worker.startswith("worker@") for worker in workers)

    enter(page, stack, "vil1")
    page.locator("a[href*='/reports/fill/']", has_text=name).first.click()
    expect(page.locator("main")).to_contain_text(number)
    fields = page.locator("input[data-save-url]")
    expect(fields).to_have_count(2)
    for position, number in enumerate(("3", "120")):
        with page.expect_response(re.compile("/reports/values/")) as saved:
            fields.nth(position).fill(number)
            fields.nth(position).blur()
        assert saved.value.ok
    page.get_by_role("button", name="检查并报送").or_(
        page.get_by_role("link", name="检查并报送")
    ).first.click()
    page.get_by_role("button", name="确认报送").click()
    expect(page.locator("body")).to_contain_text(f"《{name}》已报送")

    enter(page, stack, "twn1", "/reports/review/")
    page.get_by_role("button", name=re.compile("份一并同意")).click()
    expect(page.locator("body")).to_contain_text("已同意")

    form = ask(
        stack,
        f"import json\nfrom reports.models import Form\nprint(json.dumps(Form.objects.get(name={name!r}).pk))",
    )
    enter(page, stack, "nongye", f"/reports/forms/{form}/data/")
    page.get_by_role("button", name=re.compile("接收乡镇已审的 1 份")).click()
    page.locator("dialog").get_by_role("button", name=re.compile("接收")).click()
    states = f"import json\nfrom reports.models import Assignment\nrows = Assignment.objects.filter(form={form}, state='accepted')\nprint(json.dumps(rows.count()))"
    assert wait_for(lambda: ask(stack, states), 20) == 1

    assert wait_for(lambda: ask(stack, RECEIVED) == before + 1, PATIENCE)


@pytest.mark.long
def test_without_worker_nothing_opens(stack: PrivateStack, page: Page) -> None:
    """The negative control: the same wait runs out while the worker is stopped, and succeeds once it goes on."""
    name = "饲草储备月报"
    pid = worker_pid(stack)
    children = [int(line) for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for each in (pid, *children):
        os.kill(each, signal.SIGSTOP)
    try:
        ask_for_form(page, stack, name, ["秸秆打捆机数量"])
        admit(page, stack, page.url.removeprefix(stack.url))
        with pytest.raises(TimeoutError):
            wait_for(opened(stack, name), 75)
    finally:
        for each in (pid, *children):
            os.kill(each, signal.SIGCONT)
