"""Fault 1: the web worker is killed in a press, before COMMIT and after it. The same press again has one effect."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from tests.faults import programs
from tests.faults.clicks import LIFE_SIGN, Answer, Clicker
from tools.stack import processes, product
from tools.stack.postgres import DATABASE
from tools.stack.private import free_port, private_servers
from tools.stack.servers import Servers

pytestmark = [pytest.mark.fault, pytest.mark.short]
WORDS = "平台上少一个导出"
SEED = """
from django.core.management import call_command
from core import installation
from tests import factories
installation.claim("demo")
call_command("install_reference", verbosity=0, stdout=sys.stderr)
here = factories.county()
factories.person("village", here.villages[0], "vil1")
factories.person("dgb", here.dgb, "dgb")
"""
PAUSE = """
CREATE FUNCTION fault_pause() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.verb = '意见建议' THEN PERFORM pg_sleep(3); END IF; RETURN NULL; END $$;
CREATE TRIGGER fault_pause AFTER INSERT ON core_auditentry FOR EACH ROW EXECUTE FUNCTION fault_pause()
"""


@dataclass
class Place:
    """A running web server over its own database."""

    servers: Servers
    port: int
    web: Any

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """As superuser, each statement its own transaction."""
        connection = self.servers.postgres.connect(DATABASE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def waits(self, event: str) -> bool:
        """Whether a backend of the application waits for the event."""
        found = self.sql(
            f"SELECT 1 FROM pg_stat_activity WHERE usename = 'yitong_app' AND wait_event = '{event}'"
        )
        return bool(found)

    def effects(self) -> int:
        """Rows that the press left."""
        ((count,),) = self.sql(f"SELECT count(*) FROM core_auditentry WHERE reason = '{WORDS}'")
        return int(count)

    def kill_workers(self) -> None:
        """SIGKILL every worker of the web server; its master starts new ones."""
        for child in psutil.Process(self.web.pid).children():
            os.kill(child.pid, signal.SIGKILL)

    def hold_answers(self, *, on: bool) -> None:
        """COMMIT is written but not answered: the server waits for a standby that does not exist."""
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{'nobody' if on else ''}'")
        self.sql("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Place]:
    import shutil
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="yitong-killed-"))
    folder.chmod(0o755)
    with private_servers(folder / "var") as servers:
        servers.environment["DEMO"] = "1"
        programs.run(SEED, servers.environment, DATABASE_ROLE="owner")
        product.prepare("页面文件", ["collectstatic", "--no-input"], servers.environment, lambda: False)
        port = free_port()
        web = product.children(servers.places, servers.environment, port)["web"]
        web.run()
        running = Place(servers, port, web.process)
        try:
            processes.wait_until(
                lambda: Clicker(port).ask("/healthz").status == 200,
                seconds=LIFE_SIGN,
                sentence="web does not answer",
            )
            running.sql(PAUSE)
            yield running
        finally:
            processes.end(web.process, sign=signal.SIGTERM, seconds=3)
    shutil.rmtree(folder)


@pytest.fixture
def clicker(place) -> Clicker:
    place.sql("TRUNCATE core_auditentry")
    clicker = Clicker(place.port)
    clicker.enter("vil1")
    return clicker


def pressed(clicker: Clicker, fields: dict[str, str]) -> tuple[threading.Thread, list[Answer]]:
    """A press whose answer is not awaited."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(clicker.ask("/feedback/", fields)))
    thread.start()
    return thread, answers


def kill_in_press(place: Place, clicker: Clicker, fields: dict[str, str], *, committed: bool) -> None:
    """The press loses its worker before COMMIT, or with COMMIT written and nobody told."""
    thread, answers = pressed(clicker, fields)
    processes.wait_until(
        lambda: place.waits("PgSleep"), seconds=LIFE_SIGN, sentence="the press did not arrive"
    )
    if committed:
        place.hold_answers(on=True)
        processes.wait_until(lambda: place.waits("SyncRep"), seconds=LIFE_SIGN, sentence="no COMMIT came")
    place.kill_workers()
    thread.join(LIFE_SIGN)
    if committed:
        place.hold_answers(on=False)
    assert [answer.status for answer in answers] == [0]


@pytest.mark.parametrize("committed", [False, True], ids=["before_commit", "after_commit"])
def test_killed_press_repeated_has_one_effect(place, clicker, committed):
    fields = {**clicker.form("/feedback/"), "text": WORDS}
    assert set(fields) == {"csrfmiddlewaretoken", "_key", "text"}
    kill_in_press(place, clicker, fields, committed=committed)
    processes.wait_until(
        lambda: not place.waits("PgSleep") and not place.waits("SyncRep"),
        seconds=LIFE_SIGN,
        sentence="the lost transaction did not end",
    )
    assert place.effects() == int(committed)
    answer = clicker.until_answered("/feedback/", fields)
    assert (answer.status, answer.replayed) == (200, committed)
    assert "已收到，谢谢" in answer.text
    assert place.effects() == 1


def test_without_its_key_the_press_counts_twice(place, clicker):
    """Negative control: the same death after COMMIT, the press repeated without the page's key."""
    fields = {**clicker.form("/feedback/"), "text": WORDS}
    del fields["_key"]
    kill_in_press(place, clicker, fields, committed=True)
    assert clicker.until_answered("/feedback/", fields).status == 200
    assert place.effects() == 2
