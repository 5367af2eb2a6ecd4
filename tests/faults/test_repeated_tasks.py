"""Every task of the worker, delivered twice in a row and four times at once: the same rows, one entry, one notice."""

import datetime as dt
import importlib.util
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from core import audit, backup, clock, jobs, limits, trail
from core.models import AuditEntry, AuditSeal, Job
from organization import channel
from organization.models import Notice
from reports.choices import AssignmentState, FormState
from reports.models import Assignment, DepartmentQuarter, Form, UnitMonth
from reports.rules import RULES
from tests import factories
from tests.races import race
from yitong_gov.celery import app

pytestmark = [pytest.mark.fault, pytest.mark.short]
MOMENT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=clock.COUNTY)
TODAY = MOMENT.date()
SENT: list[tuple[int, tuple[str, ...]]] = []
COUNTED: list[int] = []


def nothing_before() -> None:
    """The scene is enough."""


def one_job() -> None:
    Job.objects.create(kind="test.count", key="test.count:1", created_at=MOMENT - dt.timedelta(minutes=5))


def job_id() -> list[int]:
    return [Job.objects.get(key="test.count:1").pk]


def due_notices() -> None:
    for user in (
        factories.person("village", village) for village in factories.Unit.objects.filter(level="village")
    ):
        Notice.objects.create(
            user=user,
            kind="试",
            key="k",
            text="请填报",
            at=MOMENT,
            send_after=MOMENT - dt.timedelta(minutes=1),
        )


def old_entries() -> None:
    with audit.act(audit.SYSTEM):
        entry = audit.record("试", Form)
    for back in range(1, 4):
        AuditEntry.objects.create(
            act=entry.act, at=MOMENT - dt.timedelta(days=back), actor="系统", verb="旧", model="x"
        )


def one_heartbeat() -> int:
    return Job.objects.filter(key="heartbeat:worker").count()


def jobs_done() -> tuple[int, int]:
    return Job.objects.filter(state="done", kind="test.count").count(), len(COUNTED)


def openings() -> list[str]:
    return list(Job.objects.filter(kind="reports.open_periods").values_list("key", flat=True))


def expired() -> tuple[int, int, int]:
    return (
        Form.objects.filter(state=FormState.EXPIRED).count(),
        Assignment.objects.filter(state=AssignmentState.STOPPED).count(),
        AuditEntry.objects.filter(step__in=["expire", "stop"]).count(),
    )


def accepted() -> tuple[int, int]:
    return (
        Assignment.objects.filter(state=AssignmentState.ACCEPTED).count(),
        AuditEntry.objects.filter(step="accept").count(),
    )


def reminded() -> tuple[int, int]:
    return Notice.objects.count(), Notice.objects.values("user", "key").distinct().count()


def sent() -> tuple[int, int]:
    return len(SENT), Notice.objects.filter(sent_at__isnull=False).count()


EFFECTS: dict[str, tuple[Callable[[], None], Callable[[], list[Any]], Callable[[], Any], Any]] = {
    "core.run_job": (one_job, job_id, jobs_done, (1, 1)),
    "core.sweep_jobs": (one_job, list, jobs_done, (1, 1)),
    "core.heartbeat": (nothing_before, list, one_heartbeat, 1),
    "core.seal_audit": (old_entries, list, lambda: (AuditSeal.objects.count(), trail.verify()), (3, [])),
    "reports.open_periods": (nothing_before, list, openings, ["reports.open_periods:2026-11-24"]),
    "reports.expire_forms": (nothing_before, list, expired, (1, 3, 2)),
    "reports.accept_approved": (nothing_before, list, accepted, (3, 3)),
    "reports.remind_missing": (nothing_before, list, reminded, (4, 4)),
    "reports.tally_months": (
        nothing_before,
        list,
        lambda: (UnitMonth.objects.count(), AuditEntry.objects.filter(verb="统计").count()),
        (6, 4),
    ),
    "reports.tally_quarters": (
        nothing_before,
        list,
        lambda: (DepartmentQuarter.objects.count(), AuditEntry.objects.filter(verb="统计").count()),
        (6, 2),
    ),
    "organization.send_notices": (due_notices, list, sent, (6, 6)),
}
"""What comes before, the arguments, what to look at, and what it has to be after one delivery or five."""


app.loader.import_default_modules()


def registered() -> set[str]:
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_task_of_the_worker_is_tried():
    assert registered() == set(EFFECTS)


@pytest.fixture
def scene(monkeypatch, transactional_db):
    """A county at half past nine: three rows approved long ago, three due today, a form that ended yesterday."""
    monkeypatch.setattr(clock, "now", lambda: MOMENT)
    SENT.clear()
    COUNTED.clear()
    monkeypatch.setattr(channel, "send", lambda user, texts: SENT.append((user.pk, tuple(texts))) or True)
    monkeypatch.setattr(jobs, "nudge", lambda pk: None)
    monkeypatch.setitem(
        jobs.HANDLERS, "test.count", lambda running: COUNTED.append(running.job.pk) or {"n": 1}
    )
    limits.install(RULES)
    here = factories.county()
    of = [factories.element("低保户数", here.minzheng)]
    approved = factories.form("低保月报", here.minzheng, of, here.villages)
    for village in here.villages:
        factories.assignment(
            approved,
            village,
            state=AssignmentState.APPROVED,
            approved_on=dt.date(2026, 11, 10),
            due_on=dt.date(2026, 11, 9),
        )
    due = factories.form("防汛日报", here.nongye, of, here.villages)
    for village in here.villages:
        factories.assignment(due, village, due_on=TODAY)
        factories.person("village", village)
    factories.person("township", here.yitong)
    ended = factories.form("旧表", here.dgb, of, here.villages, valid_until=TODAY - dt.timedelta(days=1))
    for village in here.villages:
        factories.assignment(ended, village, dt.date(2026, 10, 5), due_on=dt.date(2026, 10, 28))
    return here


def deliver(name: str, arguments: list[Any]) -> Any:
    """One delivery as the worker makes it."""
    return app.tasks[name].run(*arguments)


def at_once(name: str, arguments: list[Any], times: int = 4) -> list[str]:
    """The same message to several workers; what went wrong, by sentence."""
    answers = race(*[lambda: deliver(name, arguments)] * times, expected=(Exception,))
    return [f"{type(each).__name__}: {each}" for each in answers if isinstance(each, Exception)]


def rows() -> dict[str, Any]:
    """Every row of the database by table, the signs of life apart."""
    with transaction.atomic():
        return {name: row for name, row in backup.checksums().items() if name != "core_job"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_task_delivered_twice_leaves_the_same_rows(scene, name):
    before, arguments, effect, expected = EFFECTS[name]
    before()
    given = arguments()
    deliver(name, given)
    assert effect() == expected
    once = rows()
    deliver(name, given)
    assert rows() == once
    assert effect() == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_task_delivered_four_times_at_once_has_one_effect(scene, name):
    before, arguments, effect, expected = EFFECTS[name]
    before()
    assert at_once(name, arguments()) == []
    assert effect() == expected


@pytest.mark.django_db(transaction=True)
def test_without_the_lease_a_job_runs_more_than_once(scene, monkeypatch):
    """Negative control: the same four deliveries with the lease taken away."""
    one_job()
    met = threading.Barrier(4)

    def unleased(pk: int) -> Job:
        met.wait(30)
        return Job.objects.get(pk=pk)

    monkeypatch.setattr(jobs, "lease", unleased)
    at_once("core.run_job", job_id())
    assert len(COUNTED) == 4


def test_no_app_hides_its_tasks_elsewhere():
    """Celery finds tasks in modules named tasks; no other module of the product declares one."""
    from tests.rules.house import ROOT, files

    hidden = [
        str(path)
        for path in files()
        if path.suffix == ".py"
        and path.stem != "tasks"
        and "@shared_task" in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert hidden == []
    with_tasks = [
        config.name for config in apps.get_app_configs() if importlib.util.find_spec(f"{config.name}.tasks")
    ]
    assert {name.split(".")[0] for name in EFFECTS} <= set(with_tasks)
