"""The trail is sealed day by day; a hand at the database, even the owner's, is found and the row is named."""

import datetime as dt
import json
import uuid

import pytest
from django.core.management import call_command
from django.db import InternalError, ProgrammingError, connection

from core import audit, clock, trail
from core.models import AuditEntry, AuditSeal, Series
from reports.models import ValueChange

pytestmark = pytest.mark.django_db
DAYS = 3


def entry(at: dt.datetime, number: int) -> AuditEntry:
    return AuditEntry.objects.create(
        act=uuid.UUID(int=number),
        at=at,
        actor_id=7,
        actor="王党政",
        posting="村两委",
        unit_id=3,
        unit="示例一村",
        verb="报送",
        step="submit",
        model="reports.Assignment",
        object_id=str(number),
        label="防汛日报",
        before={"state": "open"},
        after={"state": "submitted"},
        reason="按期报送",
        count=1,
        digest="ab12",
    )


def change(at: dt.datetime, number: int) -> ValueChange:
    return ValueChange.objects.create(
        element_id=1,
        unit_id=3,
        period_start=dt.date(2026, 10, 1),
        old="29",
        new=str(number),
        origin="typed",
        actor_id=7,
        actor="王党政",
        act=uuid.UUID(int=number),
        at=at,
    )


@pytest.fixture
def sealed() -> list[AuditEntry]:
    """Three days with four entries and two changed values each, all sealed."""
    rows = []
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    for back in range(DAYS, 0, -1):
        at = noon - dt.timedelta(days=back)
        rows += [entry(at + dt.timedelta(minutes=n), back * 10 + n) for n in range(4)]
        for n in range(2):
            change(at + dt.timedelta(minutes=n), back * 10 + n)
    assert trail.seal_until_yesterday() == DAYS
    return rows


def tamper(statement: str, *parameters: object, table: str = "core_auditentry") -> None:
    """As owner, past the append-only trigger; the trigger is put back as an intruder would."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def messages() -> list[str]:
    return [found.message for found in trail.verify()]


def test_untouched_trail_agrees_with_its_seals(sealed):
    assert messages() == []
    assert [seal.rows for seal in AuditSeal.objects.order_by("day")] == [6, 6, 6]
    assert trail.seal_until_yesterday() == 0


COLUMNS = {field.attname for field in AuditEntry._meta.concrete_fields}
ALTERED = {
    "id": "id = id + 100000",
    "act": "act = 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    "at": "at = at + interval '1 microsecond'",
    "actor_id": "actor_id = actor_id + 1",
    "actor": "actor = overlay(actor placing 'x' from 1 for 1)",
    "posting": "posting = overlay(posting placing 'x' from 1 for 1)",
    "unit_id": "unit_id = NULL",
    "unit": "unit = overlay(unit placing 'x' from 1 for 1)",
    "verb": "verb = overlay(verb placing 'x' from 1 for 1)",
    "step": "step = overlay(step placing 'x' from 1 for 1)",
    "model": "model = overlay(model placing 'x' from 1 for 1)",
    "object_id": "object_id = object_id || '0'",
    "label": "label = label || ' '",
    "before": """before = '{"state": "openX"}'""",
    "after": """after = '{"state": "submitteD"}'""",
    "reason": "reason = ''",
    "count": "count = count + 1",
    "digest": "digest = overlay(digest placing 'x' from 1 for 1)",
}


def test_every_column_of_an_entry_is_tried():
    assert set(ALTERED) == COLUMNS


@pytest.mark.parametrize("column", sorted(ALTERED))
def test_one_changed_byte_names_the_entry(sealed, column):
    victim = sealed[5]
    tamper(f"UPDATE core_auditentry SET {ALTERED[column]} WHERE id = %s", victim.pk)
    day = victim.at.astimezone(clock.COUNTY).date()
    if column == "id":
        assert messages() == [
            f"{day} 操作记录 {victim.pk} 已被删除",
            f"{day} 操作记录 {victim.pk + 100000} 是封存后补入的",
        ]
    else:
        assert messages() == [f"{day} 操作记录 {victim.pk} 被改动"]


def test_entry_moved_to_another_day_is_named(sealed):
    victim = sealed[0]
    day = victim.at.astimezone(clock.COUNTY).date()
    tamper("UPDATE core_auditentry SET at = at + interval '1 day' WHERE id = %s", victim.pk)
    assert messages() == [
        f"{day} 操作记录 {victim.pk} 已被删除",
        f"{day + dt.timedelta(days=1)} 操作记录 {victim.pk} 是封存后补入的",
    ]


def test_last_sealed_entry_deleted_is_named(sealed):
    last = sealed[-1]
    tamper("DELETE FROM core_auditentry WHERE id = %s", last.pk)
    assert messages() == [f"{last.at.astimezone(clock.COUNTY).date()} 操作记录 {last.pk} 已被删除"]


def test_two_swapped_entries_are_both_named(sealed):
    one, two = sealed[4], sealed[6]
    tamper("UPDATE core_auditentry SET id = 999999 WHERE id = %s", one.pk)
    tamper("UPDATE core_auditentry SET id = %s WHERE id = %s", one.pk, two.pk)
    tamper("UPDATE core_auditentry SET id = %s WHERE id = 999999", two.pk)
    day = one.at.astimezone(clock.COUNTY).date()
    assert messages() == [f"{day} 操作记录 {one.pk} 被改动", f"{day} 操作记录 {two.pk} 被改动"]


def test_entry_put_in_later_is_named(sealed):
    late = entry(sealed[2].at, 777)
    assert messages() == [f"{late.at.astimezone(clock.COUNTY).date()} 操作记录 {late.pk} 是封存后补入的"]


@pytest.mark.parametrize("column", ["old", "new", "actor", "period_start"])
def test_changed_history_of_values_is_named(sealed, column):
    victim = ValueChange.objects.order_by("pk")[2]
    other = "'2026-09-01'" if column == "period_start" else f"{column} || '1'"
    tamper(
        f"UPDATE reports_valuechange SET {column} = {other} WHERE id = %s",
        victim.pk,
        table="reports_valuechange",
    )
    assert messages() == [f"{victim.at.astimezone(clock.COUNTY).date()} 数值变动 {victim.pk} 被改动"]


def test_resealed_day_betrays_itself_to_the_next(sealed):
    """Whoever changes a row and its seal as well still breaks the chain to the day after."""
    victim = sealed[0]
    day = victim.at.astimezone(clock.COUNTY).date()
    tamper("UPDATE core_auditentry SET reason = '改' WHERE id = %s", victim.pk)
    forged = trail.chain(day, "")
    AuditSeal.objects.filter(day=day).update(head=forged.head, links=forged.links)
    next_day = day + dt.timedelta(days=1)
    assert messages()[0] == f"{next_day} 与前一日链头不衔接"


def test_whole_chain_forged_differs_from_heads_handed_out(sealed):
    heads = dict(AuditSeal.objects.values_list("day", "head"))
    tamper("UPDATE core_auditentry SET reason = '改' WHERE id = %s", sealed[0].pk)
    tamper("DELETE FROM core_auditseal", table="core_auditseal")
    assert trail.seal_until_yesterday() == DAYS
    assert messages() == []
    assert [found.message for found in trail.verify(heads)] == [
        f"{day} 的链头与送出的不一致" for day in sorted(heads)
    ]


def test_missing_seal_in_the_middle_is_named(sealed):
    middle = sorted(AuditSeal.objects.values_list("day", flat=True))[1]
    tamper("DELETE FROM core_auditseal WHERE day = %s", middle, table="core_auditseal")
    assert messages()[0] == f"{middle} 的封存记录缺失"


def test_last_seal_taken_away_is_named_by_its_head(sealed):
    last = AuditSeal.objects.order_by("-day")[0]
    tamper("DELETE FROM core_auditseal WHERE day = %s", last.day, table="core_auditseal")
    assert messages() == []
    assert [found.message for found in trail.verify({last.day: last.head})] == [
        f"{last.day} 的封存记录缺失（链头已送出）"
    ]


def test_changed_links_of_a_seal_are_named(sealed):
    seal = AuditSeal.objects.order_by("day")[0]
    AuditSeal.objects.filter(day=seal.day).update(head="0" * 64)
    assert messages()[0] == f"{seal.day} 的封存记录被改动"


def test_command_names_the_break_and_fails(sealed, capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == "操作记录与封存链头一致\n"
    victim = sealed[5]
    tamper("UPDATE core_auditentry SET reason = '改' WHERE id = %s", victim.pk)
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    day = victim.at.astimezone(clock.COUNTY).date()
    assert capsys.readouterr().out == f"{day} 操作记录 {victim.pk} 被改动\n"


def test_command_reads_heads_handed_out(sealed, tmp_path, capsys):
    day = AuditSeal.objects.order_by("day")[0].day
    heads = tmp_path / "heads.csv"
    heads.write_text(f"{day},{'0' * 64}\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("verify_audit", heads=heads)
    assert capsys.readouterr().out == f"{day} 的链头与送出的不一致\n"


def test_disabled_trigger_fails_the_check(sealed, capsys):
    assert trail.triggers_enabled()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE reports_valuechange DISABLE TRIGGER USER")
    assert not trail.triggers_enabled()
    with pytest.raises(SystemExit):
        call_command("verify_audit")
    assert capsys.readouterr().out == "操作记录的只增不改触发器已被停用\n"


def test_day_without_rows_is_sealed_too():
    noon = clock.now().replace(hour=12)
    entry(noon - dt.timedelta(days=3), 1)
    assert trail.seal_until_yesterday() == 3
    assert [seal.rows for seal in AuditSeal.objects.order_by("day")] == [1, 0, 0]


def test_many_broken_rows_are_counted():
    noon = clock.now().replace(hour=12) - dt.timedelta(days=1)
    for number in range(25):
        entry(noon, number)
    trail.seal_until_yesterday()
    tamper("UPDATE core_auditentry SET reason = '改'")
    assert len(messages()) == trail.MOST_NAMED + 1
    assert messages()[-1] == f"{noon.date()} 另有 5 条不一致"


def test_nothing_to_seal_on_an_empty_system():
    assert trail.seal_until_yesterday() == 0


# --- the act and the tripwire ------------------------------------------------------------------


def test_inner_act_joins_the_outer_one():
    with audit.act(audit.SYSTEM, reason="外") as outer:
        audit.record("甲", Series)
        with audit.act(audit.SYSTEM, reason="内") as inner:
            audit.record("乙", Series)
        assert inner is outer
    rows = AuditEntry.objects.order_by("pk")
    assert [(row.verb, row.reason) for row in rows] == [("甲", "外"), ("乙", "外")]
    assert len({row.act for row in rows}) == 1


def test_record_outside_an_act_is_a_fault():
    with pytest.raises(audit.NoAct):
        audit.record("甲", Series)


def test_entry_keeps_json_values_exactly():
    with audit.act(audit.SYSTEM):
        row = audit.record("甲", Series, before={"n": 1}, after={"n": None, "t": "二道村"}, count=3)
    row.refresh_from_db()
    assert (row.before, row.after, row.count) == ({"n": 1}, {"n": None, "t": "二道村"}, 3)
    assert json.dumps(row.after, ensure_ascii=False) == '{"n": null, "t": "二道村"}'


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET reason = '改'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
        "UPDATE reports_valuechange SET new = '1'",
        "DELETE FROM reports_valuechange",
        "TRUNCATE reports_valuechange",
        "DELETE FROM core_auditseal",
        "TRUNCATE core_auditseal",
        "ALTER TABLE core_auditentry DISABLE TRIGGER USER",
        "DROP TRIGGER pgtrigger_append_only_97da0 ON core_auditentry",
    ],
)
def test_application_role_cannot_touch_the_trail(sealed, database_role, statement):
    with (
        database_role("yitong_app"),
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.usefixtures("app_role")
def test_application_role_writes_the_trail():
    with audit.act(audit.SYSTEM):
        audit.record("甲", Series)
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("table", ["core_auditentry", "reports_valuechange"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}"])
def test_even_the_owner_meets_the_trigger(sealed, table, statement):
    with pytest.raises(InternalError, match="Cannot update or delete"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
