"""Backup, destruction, restore: the same rows come back; a broken backup is refused before anything is written."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.faults import programs
from tools.stack import product
from tools.stack.private import private_servers
from tools.stack.servers import Servers

pytestmark = [pytest.mark.fault, pytest.mark.short]

SEED = """
import datetime as dt
from core import audit, clock, installation, trail
from core.models import AuditEntry
from tests import factories
installation.claim("real")
here = factories.county()
of = [factories.element(f"指标{n}", here.minzheng) for n in range(5)]
form = factories.form("防汛日报", here.minzheng, of, here.villages)
for village in here.villages:
    factories.assignment(form, village)
    for number, element in enumerate(of):
        factories.value(element, village, clock.today(), number)
with audit.act(audit.SYSTEM):
    entry = audit.record("试", form)
    for back in range(1, 4):
        AuditEntry.objects.create(act=entry.act, at=clock.now() - dt.timedelta(days=back), actor="系统", verb="旧", model="x")
trail.seal_until_yesterday()
print("null")
"""
PHOTO = b"\x00\xff photo" * 1000
SUMS = """
from django.db import transaction
from core import backup
with transaction.atomic():
    sums = backup.checksums()
print(json.dumps(sums))
"""
TRY = """
from pathlib import Path
from core import backup, restoring
answers = {{}}
for name in {names!r}:
    try:
        restoring.restore(Path({place!r}) / f"broken-{{name}}")
    except backup.BackupRefused as refused:
        answers[name] = str(refused)
print(json.dumps(answers))
"""
SEQUENCE = """
from core import audit
from tests import factories
print(json.dumps(factories.unit("新村", "village").pk))
"""


def manage(servers: Servers, *arguments: str, **more: str) -> tuple[int, str]:
    code, printed = product.manage(
        arguments, environment={**servers.environment, **more}, output=subprocess.PIPE
    )
    return code, printed.strip()


def sums_of(servers: Servers) -> dict[str, dict[str, object]]:
    return programs.run(SUMS, servers.environment, DATABASE_ROLE="owner")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder that the account of the servers may enter."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="yitong-backup-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def backed_up(place) -> dict[str, object]:
    """A small county with two attachments, backed up; then its whole data folder but the keys is destroyed."""
    data_dir = place / "var"
    with private_servers(data_dir) as servers:
        programs.run(SEED, servers.environment, DATABASE_ROLE="owner")
        media = Path(servers.environment["MEDIA_ROOT"])
        (media / "ab").mkdir(parents=True)
        (media / "ab" / "abcd").write_bytes(PHOTO)
        (media / "ef").write_bytes(b"")
        code, printed = manage(servers, "backup", str(place / "good"))
        assert code == 0, printed
        assert "个附件" in printed
        before = sums_of(servers)
    keys = place / "keys"
    shutil.copytree(data_dir / "secrets", keys)
    shutil.rmtree(data_dir)
    return {"sums": before, "keys": keys, "folder": place / "good"}


@pytest.fixture
def empty(place, backed_up):
    """A fresh migrated system with the county's keys."""
    data_dir = place / "fresh"
    shutil.copytree(backed_up["keys"], data_dir / "secrets")
    with private_servers(data_dir) as servers:
        yield servers
    shutil.rmtree(data_dir)


def without_migrate(sums: dict[str, dict[str, object]]) -> int:
    return sum(
        int(row["rows"])
        for name, row in sums.items()
        if name not in {"django_migrations", "django_content_type", "auth_permission"}
    )


def broken_copies(place: Path, folder: Path) -> dict[str, str]:
    """Spoilt copies of a backup and the sentence that each must be refused with."""
    found: dict[str, str] = {}

    def copy(name: str) -> Path:
        target = place / f"broken-{name}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        return target

    flipped = copy("flipped") / "database.dump"
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    found["flipped"] = "备份文件 database.dump 与摘要不符，备份已损坏，未作任何改动。"

    cut = copy("cut") / "database.dump"
    size = cut.stat().st_size
    cut.write_bytes(cut.read_bytes()[:-1])
    found["cut"] = f"备份文件 database.dump 应有 {size} 字节，现有 {size - 1} 字节，未作任何改动。"

    (copy("lost") / "media" / "ab" / "abcd").unlink()
    found["lost"] = "备份缺少文件 media/ab/abcd，未作任何改动。"
    (copy("more") / "media" / "extra").write_bytes(b"1")
    found["more"] = "备份中有清单以外的文件 media/extra，未作任何改动。"

    manifest = copy("manifest") / "manifest.json"
    text = manifest.read_text(encoding="utf-8").replace('"kind": "real"', '"kind": "demo"')
    manifest.write_text(text, encoding="utf-8")
    found["manifest"] = "备份清单（manifest.json）与其摘要不符，备份已损坏，未作任何改动。"

    (copy("seal") / "manifest.sha256").unlink()
    found["seal"] = f"{place / 'broken-seal'} 不是完整的备份：读不到 manifest.sha256。"
    return found


def test_restored_county_equals_the_one_destroyed(place, backed_up, empty):
    clean = sums_of(empty)
    broken = broken_copies(place, backed_up["folder"])
    tried = TRY.format(names=sorted(broken), place=str(place))
    assert programs.run(tried, empty.environment, DATABASE_ROLE="owner") == broken
    code, printed = manage(empty, "restore", str(place / "broken-flipped"))
    assert (code, printed) == (1, f"CommandError: {broken['flipped']}")
    other_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    code, printed = manage(empty, "restore", str(backed_up["folder"]), FIELD_ENCRYPTION_KEYS=other_key)
    assert (code, printed) == (
        1,
        "CommandError: FIELD_ENCRYPTION_KEYS 与备份时不同，恢复后加密内容无法解开，未作任何改动。",
    )
    assert sums_of(empty) == clean
    assert without_migrate(clean) == 0

    code, printed = manage(empty, "restore", str(backed_up["folder"]))
    assert code == 0, printed
    assert printed.endswith("2 个附件，逐表核对一致。")
    assert sums_of(empty) == backed_up["sums"]
    assert (Path(empty.environment["MEDIA_ROOT"]) / "ab" / "abcd").read_bytes() == PHOTO
    assert manage(empty, "verify_audit") == (0, "操作记录与封存链头一致")
    assert manage(empty, "migrate", "--check")[0] == 0

    refused = "CommandError: 本系统不是空的（"
    code, printed = manage(empty, "restore", str(backed_up["folder"]))
    assert (code, printed.startswith(refused)) == (1, True)
    assert sums_of(empty) == backed_up["sums"]

    ids = {row["rows"] for name, row in backed_up["sums"].items() if name == "organization_unit"}
    assert programs.run(SEQUENCE, empty.environment) > max(ids)
    rights = (
        "from django.db import connection\nc = connection.cursor()\n"
        "c.execute(\"SELECT current_user, has_table_privilege('core_auditentry', 'UPDATE'), has_table_privilege('core_auditentry', 'INSERT')\")\n"
        "print(json.dumps(c.fetchone()))"
    )
    assert programs.run(rights, empty.environment) == ["yitong_app", False, True]

    code, printed = manage(empty, "backup", str(backed_up["folder"]))
    assert (code, printed) == (1, f"CommandError: {backed_up['folder']} 不是空目录，未作备份。")


def test_manifest_tells_what_the_backup_holds(backed_up):
    manifest = json.loads((backed_up["folder"] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "real"
    assert set(manifest["files"]) == {"database.dump", "media/ab/abcd", "media/ef"}
    assert manifest["tables"] == backed_up["sums"]
    assert manifest["tables"]["reports_value"]["rows"] == 15
    assert not list(backed_up["folder"].parent.glob("*.partial"))
