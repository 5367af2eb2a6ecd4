"""Restoring a backup into an empty system. Every byte is checked before anything is touched."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from core import backup, crypto
from core.backup import BackupRefused

MADE_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that have rows in a system that was only migrated."""


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file was checked. Raises BackupRefused, names the file."""
    try:
        text = (folder / backup.MANIFEST).read_bytes()
        sealed = (folder / backup.SEAL).read_bytes()
    except OSError as error:
        raise BackupRefused(f"{folder} 不是完整的备份：读不到 {Path(str(error.filename)).name}。") from error
    if sealed != f"{hashlib.sha256(text).hexdigest()}\n".encode():
        raise BackupRefused("备份清单（manifest.json）与其摘要不符，备份已损坏，未作任何改动。")
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != backup.FORMAT:
        raise BackupRefused(f"备份格式为 {manifest['format']}，本版本只能恢复格式 {backup.FORMAT}。")
    _check_files(folder, manifest["files"])
    return manifest


def _check_files(folder: Path, listed: dict[str, dict[str, Any]]) -> None:
    present = set(backup.files_below(folder)) - {backup.MANIFEST, backup.SEAL}
    for name in sorted(set(listed) - present):
        raise BackupRefused(f"备份缺少文件 {name}，未作任何改动。")
    for name in sorted(present - set(listed)):
        raise BackupRefused(f"备份中有清单以外的文件 {name}，未作任何改动。")
    for name, row in sorted(listed.items()):
        path = folder / name
        if path.stat().st_size != row["size"]:
            raise BackupRefused(
                f"备份文件 {name} 应有 {row['size']} 字节，现有 {path.stat().st_size} 字节，未作任何改动。"
            )
        if backup.digest_of(path) != row["sha256"]:
            raise BackupRefused(f"备份文件 {name} 与摘要不符，备份已损坏，未作任何改动。")


def check_target(manifest: dict[str, Any]) -> None:
    """Refuse a system that holds anything, that lacks the backup's key, or that is older than the backup."""
    for name in backup.tables():
        if name in MADE_BY_MIGRATE:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {connection.ops.quote_name(name)})")  # noqa: S608 - a table's own name, quoted
            if cursor.fetchone()[0]:
                raise BackupRefused(f"本系统不是空的（{name} 中有数据）。只能恢复到空系统，未作任何改动。")
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and backup.files_below(media):
        raise BackupRefused("附件目录不是空的。只能恢复到空系统，未作任何改动。")
    try:
        known = crypto.box().decrypt(manifest["key_check"].encode()) == backup.KEY_WORD
    except InvalidToken:
        known = False
    if not known:
        raise BackupRefused("FIELD_ENCRYPTION_KEYS 与备份时不同，恢复后加密内容无法解开，未作任何改动。")
    ours = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    newer = sorted(set(manifest["migrations"]) - ours)
    if newer:
        raise BackupRefused(
            f"备份来自更新的版本（{newer[0]} 等 {len(newer)} 项），请先升级本系统，未作任何改动。"
        )


def restore(folder: Path) -> dict[str, Any]:
    """Restore a checked backup into this empty system and compare every table; returns the manifest.

    Raises BackupRefused before anything is touched, or after the restore when a table differs from the manifest.
    """
    manifest = read(folder)
    check_target(manifest)
    archive = str(folder / backup.DUMP)
    wanted = _wanted(backup.program("pg_restore", ["--list", archive]))
    first = _clearing()
    connection.close()
    with tempfile.TemporaryDirectory() as place:
        clearing, chosen, script = (Path(place) / name for name in ("clear.sql", "list", "restore.sql"))
        clearing.write_text(first, encoding="utf-8")
        chosen.write_text(wanted, encoding="utf-8")
        backup.program("pg_restore", ["--no-owner", f"--use-list={chosen}", f"--file={script}", archive])
        once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        backup.program("psql", [*once, f"--file={clearing}", f"--file={script}"])
    backup.copy_files(folder / backup.MEDIA, Path(settings.MEDIA_ROOT))
    compare(manifest)
    return manifest


def _wanted(listing: str) -> str:
    """The archive's entries without the schema and the extensions, which the database has already."""
    skipped = (" EXTENSION ", " SCHEMA ")
    lines = [line for line in listing.splitlines() if not line.startswith(";")]
    return "\n".join(line for line in lines if not any(word in line for word in skipped)) + "\n"


def _clearing() -> str:
    """SQL that takes away the empty tables and functions that migrate made, and the default rights.

    It runs in the transaction of the restore. The archive brings the default rights back at its end; with them in
    force its tables would get more rights than they had (a trail that the application may change).
    """
    lines = [f"DROP TABLE {connection.ops.quote_name(name)} CASCADE;" for name in backup.tables()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'DROP FUNCTION ' || p.oid::regprocedure::text || ' CASCADE;' FROM pg_proc p"
            " WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
        lines += [str(line) for (line,) in cursor.fetchall()]
        cursor.execute(
            "SELECT DISTINCT format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON %s FROM %I;',"
            " CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'"
            " ELSE 'TYPES' END, r.rolname)"
            " FROM pg_default_acl d, aclexplode(d.defaclacl) a JOIN pg_roles r ON r.oid = a.grantee"
            " WHERE d.defaclnamespace = 'public'::regnamespace AND pg_get_userbyid(d.defaclrole) = current_user"
        )
        lines += [str(line) for (line,) in cursor.fetchall()]
    return "\n".join(lines) + "\n"


def compare(manifest: dict[str, Any]) -> None:
    """Raise BackupRefused with the first table (or attachment) that differs from the manifest."""
    with transaction.atomic():
        now = backup.checksums()
    for name, row in sorted(manifest["tables"].items()):
        if now.get(name) != row:
            rows = now[name]["rows"] if name in now else "无此表"
            raise BackupRefused(
                f"恢复后 {name} 与备份不符（应有 {row['rows']} 行，现有 {rows}），请检查后重新恢复。"
            )
    media = Path(settings.MEDIA_ROOT)
    for name, row in sorted(manifest["files"].items()):
        if (
            name.startswith(f"{backup.MEDIA}/")
            and backup.digest_of(media / Path(name).relative_to(backup.MEDIA)) != row["sha256"]
        ):
            raise BackupRefused(f"恢复后附件 {name} 与备份不符，请检查后重新恢复。")
