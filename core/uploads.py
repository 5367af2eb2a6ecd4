"""Files that are kept are scanned first. Without a scanner a real installation takes none; a demonstration says so.

The scanner is clamd, spoken to by its own protocol (INSTREAM): `SCANNER=clamd://host:3310` or
`SCANNER=clamd:///run/clamav/clamd.ctl`. Source: clamd(8), "Commands".
"""

from __future__ import annotations

import hashlib
import logging
import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model

from core import clock
from core.audit import Actor
from core.errors import Invalid
from core.models import Attachment

log = logging.getLogger(__name__)
NO_SCANNER = "尚未接入查毒，暂不能上传附件。"
UNSCANNED = "演示环境未接入查毒，上传的附件标为“未查毒”。"
CHUNK = 1 << 16
SECONDS = 30


def scanned(content: bytes, *, field: str) -> Attachment.Scan:
    """The scan result to keep with a file. Raises Invalid at `field`: no scanner, not answering, a virus found."""
    if not settings.SCANNER:
        if settings.DEMO:
            return Attachment.Scan.UNSCANNED
        raise Invalid(NO_SCANNER, field=field)
    try:
        answer = _clamd(settings.SCANNER, content)
    except OSError as error:
        log.exception("scanner does not answer")
        raise Invalid("查毒服务暂时没有回应，文件未保存，请稍后再传。", field=field) from error
    if answer.endswith("FOUND"):
        log.warning("scanner refused a file: %s", answer)
        raise Invalid("文件带有病毒，未保存。请在本机查杀后重新上传。", field=field)
    if not answer.endswith("OK"):
        log.error("scanner could not judge a file: %s", answer)
        raise Invalid("查毒服务没有查成，文件未保存，请稍后再传。", field=field)
    return Attachment.Scan.CLEAN


def path_of(digest: str) -> str:
    """Where a file lies under MEDIA_ROOT: by the digest of its bytes."""
    return f"files/{digest[:2]}/{digest}"


def keep(
    content: bytes, *, name: str, kind: str, scan: Attachment.Scan, of: Model, actor: Actor
) -> Attachment:
    """Store scanned bytes once by their digest, and the row that ties them to what they belong to, inside the open act.

    Bytes of an act that is rolled back stay behind without a row, as nobody can reach them.
    """
    digest = hashlib.sha256(content).hexdigest()
    if not default_storage.exists(path_of(digest)):
        default_storage.save(path_of(digest), ContentFile(content))
    return Attachment.objects.create(
        hash=digest,
        name=name[:200],
        type=kind,
        size=len(content),
        scan=scan,
        model=of._meta.label,
        object_id=str(of.pk),
        uploaded_by_id=actor.pk,
        uploaded_by=actor.who().name,
        at=clock.now(),
    )


def note() -> str:
    """The sentence to show beside an upload; empty where files are scanned."""
    if settings.SCANNER:
        return ""
    return UNSCANNED if settings.DEMO else NO_SCANNER


def servable() -> list[str]:
    """Scan results with which a kept file may be handed out: clean ones; unscanned ones in a demonstration only."""
    clean = [str(Attachment.Scan.CLEAN)]
    return [*clean, str(Attachment.Scan.UNSCANNED)] if settings.DEMO else clean


def _clamd(address: str, content: bytes) -> str:
    """Ask clamd about the bytes: "stream: OK" or "stream: <name> FOUND". Raises OSError."""
    where = urlsplit(address)
    if where.hostname:
        connection = socket.create_connection((where.hostname, where.port or 3310), SECONDS)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        connection.connect(where.path)
    with connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0"):
            more = connection.recv(4096)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0").decode(errors="replace").strip()
