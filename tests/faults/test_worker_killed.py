"""Fault 2: the worker is killed in the middle of a tally or an opening. Nothing half stands, the work is done once."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery

from tests.faults import programs
from tools.stack import processes, product
from tools.stack.places import StackError
from tools.stack.postgres import DATABASE
from tools.stack.private import free_port, private_servers
from tools.stack.servers import Servers

pytestmark = [pytest.mark.fault]
LIFE_SIGN = 90
SEED = """
import datetime as dt
from django.core.management import call_command
from core import clock, installation
from tests import factories
installation.claim("demo")
call_command("install_reference", verbosity=0, stdout=sys.stderr)
here = factories.county()
of = [factories.element("低保户数", here.minzheng)]
form = factories.form("低保月报", here.minzheng, of, here.villages, opens_day=1, due_kind="day", due_n=28)
for village in here.villages:
    factories.assignment(form, village, clock.today().replace(day=1) - dt.timedelta(days=1), typed=3, minutes=8)
"""
PAUSE = """
CREATE OR REPLACE FUNCTION fault_pause() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
DROP TRIGGER IF EXISTS fault_pause ON reports_unitmonth;
DROP TRIGGER IF EXISTS fault_pause ON reports_assignment;
CREATE TRIGGER fault_pause AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fault_pause()
"""
TALLY = "SELECT month, unit_id, forms, expected, received, on_time, overdue, typed, checked, minutes, people FROM reports_unitmonth ORDER BY 1, 2"
AGAIN = """
from reports.models import TallyRun
from reports.tasks import tally_months
tally_months()
"""


@dataclass
class Place:
    """Servers with a worker that the test starts and kills."""

    servers: Servers
    worker: Any = field(default=None)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """As superuser, each statement its own transaction."""
        connection = self.servers.postgres.connect(DATABASE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def start_worker(self) -> None:
        """A worker of the product; ready when it answers a message."""
        child = product.children(self.servers.places, self.servers.environment, free_port())["worker"]
        child.run()
        self.worker = child.process
        self.sql("DELETE FROM core_job WHERE kind = 'heartbeat'")
        self.send("core.heartbeat")
        self.wait(
            lambda: bool(self.sql("SELECT 1 FROM core_job WHERE kind = 'heartbeat'")),
            "the worker does not answer",
        )

    def pids(self) -> list[int]:
        """The worker's processes: parent first."""
        return [self.worker.pid, *(child.pid for child in psutil.Process(self.worker.pid).children())]

    def stop_worker(self) -> None:
        """SIGKILL parent and children at once."""
        if self.worker is not None:
            for pid in self.pids() if self.worker.poll() is None else []:
                os.kill(pid, signal.SIGKILL)
            self.worker.wait()
            self.worker = None

    def send(self, task: str) -> None:
        """What beat sends."""
        with Celery(broker=self.servers.environment["BROKER_URL"]) as asker:
            asker.send_task(task, ignore_result=True)

    @staticmethod
    def wait(ready: Any, sentence: str, seconds: float = LIFE_SIGN) -> None:
        """Wait for a sign of life."""
        processes.wait_until(ready, seconds=seconds, sentence=sentence, every=0.1)

    def until_paused(self) -> None:
        """The worker stands in the middle of its transaction."""
        query = "SELECT 1 FROM pg_stat_activity WHERE usename = 'yitong_app' AND wait_event = 'PgSleep'"
        self.wait(lambda: bool(self.sql(query)), "the work did not begin")

    def until_nothing_runs(self) -> None:
        """The backends of the killed processes are gone."""
        query = "SELECT 1 FROM pg_stat_activity WHERE usename = 'yitong_app' AND state <> 'idle'"
        self.wait(lambda: not self.sql(query), "a lost transaction did not end")

    def job(self) -> tuple[Any, ...] | None:
        """State, attempts, process of the opening."""
        rows = self.sql("SELECT state, attempts, worker FROM core_job WHERE kind = 'reports.open_periods'")
        return rows[0] if rows else None

    def opened(self) -> int:
        """Assignments of the present month."""
        ((count,),) = self.sql(
            "SELECT count(*) FROM reports_assignment WHERE period_start = date_trunc('month', now())"
        )
        return int(count)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="yitong-worker-"))
    folder.chmod(0o755)
    with private_servers(folder / "var") as running:
        running.environment["DEMO"] = "1"
        programs.run(SEED, running.environment, DATABASE_ROLE="owner")
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def place(servers) -> Iterator[Place]:
    """A clean table of tallies and openings, and a worker."""
    place = Place(servers)
    place.sql("DROP TRIGGER IF EXISTS fault_pause ON reports_unitmonth")
    place.sql("DROP TRIGGER IF EXISTS fault_pause ON reports_assignment")
    place.sql("TRUNCATE reports_unitmonth, reports_departmentquarter, reports_tallyrun, core_job")
    place.sql(
        "BEGIN; SET LOCAL app.act = 'x'; DELETE FROM reports_assignment WHERE period_start = date_trunc('month', now()); COMMIT"
    )
    client = Celery(broker=servers.environment["BROKER_URL"])
    client.control.purge()
    place.start_worker()
    yield place
    place.stop_worker()


@pytest.mark.short
@pytest.mark.parametrize("who", ["child", "everything"])
def test_killed_tally_is_never_half_and_ends_as_undisturbed(place, who):
    place.sql(PAUSE.format(table="reports_unitmonth"))
    place.send("reports.tally_months")
    place.until_paused()
    if who == "child":
        for pid in place.pids()[1:]:
            os.kill(pid, signal.SIGKILL)
    else:
        place.stop_worker()
    assert place.sql(TALLY) == []
    place.until_nothing_runs()
    place.sql("DROP TRIGGER fault_pause ON reports_unitmonth")
    if who == "everything":
        place.start_worker()
        place.send("reports.tally_months")
    place.wait(lambda: len(place.sql(TALLY)) == 3, "the tally was not finished", seconds=120)
    after = place.sql(TALLY)
    place.sql("TRUNCATE reports_unitmonth, reports_departmentquarter, reports_tallyrun")
    programs.run(AGAIN, place.servers.environment)
    assert place.sql(TALLY) == after
    assert [(row[3], row[7]) for row in after] == [(1, 3)] * 3


@pytest.mark.short
def test_killed_opening_is_found_by_the_sweep_and_done_once(place):
    place.sql(PAUSE.format(table="reports_assignment"))
    place.send("reports.open_periods")
    place.until_paused()
    first = place.job()
    place.stop_worker()
    place.until_nothing_runs()
    assert first is not None
    assert place.job() == first
    assert (first[0], first[1], place.opened()) == ("running", 1, 0)
    place.sql("DROP TRIGGER fault_pause ON reports_assignment")
    client = Celery(broker=place.servers.environment["BROKER_URL"])
    client.control.purge()
    place.start_worker()
    time.sleep(2)
    assert place.job() == first  # negative control: the new worker alone does not know of it
    place.sql(
        "UPDATE core_job SET leased_until = now() - interval '1 second' WHERE kind = 'reports.open_periods'"
    )
    place.send("core.sweep_jobs")
    place.wait(lambda: place.job()[0] == "done", "the sweep did not finish it", seconds=120)
    state, attempts, worker = place.job()
    assert (state, attempts, place.opened()) == ("done", 2, 3)
    assert worker != first[2]


def opened_by_the_worker(place: Place, seconds: float) -> None:
    """The day's opening is done and its row names a process of the worker."""
    place.send("reports.open_periods")
    place.wait(lambda: (place.job() or ("",))[0] == "done", "nobody opened the day", seconds=seconds)
    _, _, worker = place.job()
    role, _, pid = worker.partition("@")[0], None, int(worker.rsplit(":", 1)[1])
    assert role == "worker"
    assert pid in place.pids()
    assert place.opened() == 3


@pytest.mark.short
def test_day_is_opened_by_the_worker_and_by_nobody_else(place):
    opened_by_the_worker(place, LIFE_SIGN)


@pytest.mark.short
def test_without_a_worker_the_day_stays_closed(place):
    """Negative control of the test above: the same steps with the worker stopped."""
    place.stop_worker()
    with pytest.raises(StackError, match="nobody opened the day"):
        opened_by_the_worker(place, 6)
    assert place.opened() == 0


def test_killed_opening_comes_back_by_beat_alone(place):
    """The long way: nobody moves the lease, beat sends the sweep, all within two minutes."""
    place.sql(PAUSE.format(table="reports_assignment"))
    place.send("reports.open_periods")
    place.until_paused()
    place.stop_worker()
    place.sql("DROP TRIGGER fault_pause ON reports_assignment")
    place.start_worker()
    beat = product.children(place.servers.places, place.servers.environment, free_port())["beat"]
    beat.run()
    try:
        place.wait(lambda: place.job()[0] == "done", "beat's sweep did not finish it", seconds=120)
    finally:
        processes.end(beat.process, sign=signal.SIGTERM, seconds=3)
    assert place.opened() == 3
