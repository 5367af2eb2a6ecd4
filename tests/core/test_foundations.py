"""Clock, installation, health, encrypted fields, search keys, optimistic edits."""

import datetime as dt
import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from core import audit, clock, crypto, edits, installation, pinyin
from core.errors import Stale
from core.models import AuditEntry, Installation, Job
from reports.models import Element
from tests import factories

# --- clock --------------------------------------------------------------------------------------


def test_day_changes_at_midnight_of_the_county(monkeypatch):
    for utc, day in (("2026-11-23T15:59:59", "2026-11-23"), ("2026-11-23T16:00:00", "2026-11-24")):
        moment = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
        assert clock.today().isoformat() == day


def test_demonstration_clock_is_moved_by_a_file(settings, tmp_path):
    file = tmp_path / "clock"
    settings.CLOCK, settings.DEMO = str(file), True
    assert abs((clock.now() - dt.datetime.now(dt.UTC)).total_seconds()) < 60
    file.write_text("86400\n", encoding="ascii")
    assert abs((clock.now() - dt.datetime.now(dt.UTC)).total_seconds() - 86_400) < 60


def test_clock_of_a_real_county_cannot_be_moved(settings, tmp_path):
    file = tmp_path / "clock"
    file.write_text("86400", encoding="ascii")
    settings.CLOCK, settings.DEMO = str(file), False
    assert abs((clock.now() - dt.datetime.now(dt.UTC)).total_seconds()) < 60


# --- installation -------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("stored", "asked"), [("real", "demo"), ("demo", "real")])
def test_database_of_the_other_kind_is_refused(stored, asked, settings):
    installation.claim(stored)
    with pytest.raises(installation.WrongInstallation) as refused:
        installation.claim(asked)
    assert str(refused.value) == installation.sentence(stored)
    settings.DEMO = asked == "demo"
    with pytest.raises(installation.WrongInstallation):
        installation.verify()
    settings.DEMO = stored == "demo"
    installation.verify()
    assert Installation.objects.get().kind == stored


@pytest.mark.django_db
def test_demonstration_is_not_sown_into_real_data(settings):
    installation.claim("real")
    settings.DEMO = True
    before = Element.objects.count()
    with pytest.raises(SystemExit):
        call_command("seed_demo")
    assert Element.objects.count() == before
    assert Installation.objects.get().kind == "real"


@pytest.mark.django_db
def test_empty_system_fits_every_start(settings):
    for demo in (True, False):
        settings.DEMO = demo
        installation.verify()
    assert installation.present() is None


# --- health -------------------------------------------------------------------------------------


def alive(name: str, seconds: float) -> None:
    moment = clock.now() - dt.timedelta(seconds=seconds)
    Job.objects.update_or_create(
        key=f"heartbeat:{name}",
        defaults={"kind": "heartbeat", "state": "done", "finished_at": moment},
        create_defaults={"kind": "heartbeat", "state": "done", "finished_at": moment, "created_at": moment},
    )


def test_process_answers_without_the_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_all_four_answer(client):
    alive("worker", 3)
    alive("beat", 3)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert set(answer.json()) == {"ready", "database", "broker", "worker", "beat"}


@pytest.mark.django_db
@pytest.mark.parametrize("down", ["worker", "beat"])
@pytest.mark.parametrize("seconds", [61, None])
def test_not_ready_while_a_process_is_silent(client, down, seconds):
    for name in {"worker", "beat"} - {down}:
        alive(name, 3)
    if seconds is not None:
        alive(down, seconds)
    answer = client.get("/readyz")
    parts = answer.json()
    assert (answer.status_code, parts["ready"]) == (503, False)
    assert {name for name in ("database", "broker", "worker", "beat") if not parts[name]["ok"]} == {down}
    assert parts[down]["age"] == pytest.approx(seconds, abs=30) if seconds else parts[down]["age"] is None


@pytest.mark.django_db
def test_not_ready_without_the_broker(client, settings, tmp_path):
    alive("worker", 3)
    alive("beat", 3)
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/none.sock"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, {"ok": False, "age": None})


@pytest.mark.django_db
def test_not_ready_without_the_database(client, monkeypatch):
    from django.db import DatabaseError

    from core import health

    class Away:
        def cursor(self) -> None:
            raise DatabaseError

    monkeypatch.setattr(health, "connection", Away())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]["ok"]) == (503, False)


# --- encrypted fields ---------------------------------------------------------------------------


@pytest.fixture
def keys(settings):
    """Sets the keys and forgets the box made of the old ones, also afterwards."""

    def use(*names: str) -> None:
        settings.FIELD_ENCRYPTION_KEYS = list(names)
        crypto.box.cache_clear()

    yield use
    crypto.box.cache_clear()


def test_encrypted_text_comes_back_and_is_not_readable():
    field = crypto.EncryptedTextField()
    stored = field.get_prep_value("13904340000")
    assert "13904340000" not in stored
    assert stored != field.get_prep_value("13904340000")
    assert field.from_db_value(stored, None, connection) == "13904340000"
    assert (field.get_prep_value(""), field.from_db_value("", None, connection)) == ("", "")


def test_old_key_still_opens_after_a_new_one_came(keys):
    field = crypto.EncryptedTextField()
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(old)
    stored = field.get_prep_value("秘密")
    keys(new, old)
    assert field.from_db_value(stored, None, connection) == "秘密"
    assert Fernet(new.encode()).decrypt(field.get_prep_value("秘密").encode()).decode() == "秘密"
    keys(new)
    assert field.from_db_value(stored, None, connection) == "（无法解密）"


# --- search keys --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "full", "initial"),
    [
        ("秸秆禁烧", "jieganjinshao", "jgjs"),
        ("低保户数", "dibaohushu", "dbhs"),
        ("伊通镇", "yitongzhen", "ytz"),
    ],
)
def test_names_are_found_by_pinyin_and_initials(name, full, initial):
    assert full in pinyin.full(name).split()
    assert initial in pinyin.initials(name).split()


def test_name_with_two_readings_is_found_by_both():
    assert {"zhangcun", "changcun"} <= set(pinyin.full("长村").split())
    assert len(pinyin.full("长重行乐" * 4).split()) <= pinyin.MOST_READINGS


def test_full_width_and_upper_case_are_folded():
    assert pinyin.fold("ＡＢｃ　１２") == "abc12"


# --- optimistic edits ---------------------------------------------------------------------------


@pytest.fixture
def element(db):
    return factories.element("低保户数", factories.county().minzheng)


def test_edit_counts_the_version_and_records_what_changed(element):
    version = element.version
    before = AuditEntry.objects.count()
    with audit.act(audit.SYSTEM):
        edits.update(element, version, "改名", name="低保人数")
    assert (element.name, element.version) == ("低保人数", version + 1)
    (entry,) = AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before]
    assert entry.before["name"] == "低保户数"
    assert entry.after["name"] == "低保人数"


def test_edit_against_an_older_version_is_refused_with_present_values(element):
    version = element.version
    with audit.act(audit.SYSTEM):
        edits.update(element, version, "改名", name="低保人数")
    mine = Element.objects.get(pk=element.pk)
    with pytest.raises(Stale) as refused, audit.act(audit.SYSTEM):
        edits.update(mine, version, "改名", name="低保户总数")
    assert refused.value.current == {"name": "低保人数"}
    assert Element.objects.get(pk=element.pk).name == "低保人数"


def test_edit_that_changes_nothing_leaves_no_trace(element):
    version, before = element.version, AuditEntry.objects.count()
    with audit.act(audit.SYSTEM):
        edits.update(element, version, "改名", name=element.name)
    assert (Element.objects.get(pk=element.pk).version, AuditEntry.objects.count()) == (version, before)


def test_answer_of_health_is_json(client, db):
    assert json.loads(client.get("/readyz").content)["database"] == {"ok": True, "age": 0}


def test_search_keys_fit_their_columns() -> None:
    name = "低保长" * 27
    assert pinyin.full(name).split() == ["dibaozhang" * 27]
    assert pinyin.initials(name).split()[0] == "dbz" * 27
    assert len(pinyin.full("长" * 80)) == 400
