"""A backup is a folder: database.dump (pg_dump, custom format), media/, manifest.json and manifest.sha256.

The manifest names every file with size and SHA-256 and every table with its rows and a checksum, all of one
snapshot. `core.restoring` reads it back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from core import clock, crypto
from core.models import Installation

FORMAT = 1
DUMP, MEDIA, MANIFEST, SEAL = "database.dump", "media", "manifest.json", "manifest.sha256"
KEY_WORD = b"yitong-gov backup"
BLOCK = 1024 * 1024


class BackupRefused(Exception):
    """Why a backup or a restore was not done, in a sentence."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def files_below(folder: Path) -> list[str]:
    """Every file below a folder, as relative paths with forward slashes."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def program(name: str, arguments: list[str], *, output: Path | None = None) -> str:
    """Run a PostgreSQL client program against the default database; its output. Raises BackupRefused."""
    place = os.environ.get("PG_BIN")
    binary = str(Path(place) / name) if place else shutil.which(name)
    if not binary:
        raise BackupRefused(f"找不到 {name}，请安装 PostgreSQL 客户端程序。")
    own = connection.settings_dict
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {key: str(own[field]) for key, field in names.items() if own.get(field)}
    done = subprocess.run(  # noqa: S603 - the program is PostgreSQL's own, no argument comes from outside
        [binary, *arguments], env=environment, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise BackupRefused(f"{name} 没有成功：{lines[-1] if lines else done.returncode}")
    return done.stdout


def tables() -> list[str]:
    """Tables of the product in the database, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [str(name) for (name,) in cursor.fetchall()]


def checksums() -> dict[str, dict[str, Any]]:
    """Rows and order-free checksum of every table, in the open transaction; sums the 64-bit hash of each row's text."""
    found: dict[str, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        for name in tables():
            quoted = connection.ops.quote_name(name)
            query = (
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {quoted} t"  # noqa: S608 - a table's own name, quoted
            )
            cursor.execute(query)
            rows, total = cursor.fetchone()
            found[name] = {"rows": int(rows), "sum": str(total)}
    return found


def applied_migrations() -> list[str]:
    """Migrations of the database as `app.name`."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def make(folder: Path) -> dict[str, Any]:
    """Back up database and attachments into an empty or absent folder; returns the manifest.

    Everything is written beside the folder and renamed at the end: a folder that exists is a whole backup.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} 不是空目录，未作备份。")
    draft = folder.with_name(f"{folder.name}.partial")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True, mode=0o700)
    try:
        described = _dump(draft / DUMP)
        copy_files(Path(settings.MEDIA_ROOT), draft / MEDIA)
        manifest = described | {"files": dict(_described(draft))}
        _write_manifest(draft, manifest)
    except BaseException:
        shutil.rmtree(draft)
        raise
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    return manifest


def _dump(target: Path) -> dict[str, Any]:
    """Dump and describe the database from one exported snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        program("pg_dump", ["--format=custom", f"--snapshot={snapshot}", f"--file={target}"])
        present = Installation.objects.first()
        return {
            "format": FORMAT,
            "made_at": clock.now().isoformat(timespec="seconds"),
            "kind": present.kind if present else "",
            "county_code": present.county_code if present else "",
            "key_check": crypto.box().encrypt(KEY_WORD).decode(),
            "migrations": applied_migrations(),
            "tables": checksums(),
        }


def copy_files(source: Path, target: Path) -> None:
    """Copy every file of a folder; temporary names (leading dot) are left out."""
    target.mkdir(parents=True, exist_ok=True)
    for name in files_below(source) if source.is_dir() else []:
        if not Path(name).name.startswith("."):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def _described(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in files_below(folder):
        path = folder / name
        yield name, {"size": path.stat().st_size, "sha256": digest_of(path)}


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    (folder / SEAL).write_text(hashlib.sha256(text.encode()).hexdigest() + "\n", encoding="ascii")
