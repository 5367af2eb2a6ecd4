"""Kept files are scanned first: clamd's protocol, every answer, and no scanner at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core import uploads
from core.errors import Invalid
from core.models import Attachment


def received(connection: socket.socket) -> bytes:
    """The bytes of one INSTREAM command."""
    stream = connection.makefile("rb")
    assert stream.read(10) == b"zINSTREAM\0"
    content = b""
    while size := struct.unpack(">I", stream.read(4))[0]:
        content += stream.read(size)
    return content


@contextmanager
def clamd(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A scanner that gives one answer to one file; its address and what it was sent."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                got.append(received(connection))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"clamd://127.0.0.1:{server.getsockname()[1]}", got
        thread.join(5)


def test_clean_file_is_marked_scanned(settings):
    content = b"PK" + bytes(200_000)
    with clamd(b"stream: OK\0") as (address, got):
        settings.SCANNER = address
        assert uploads.scanned(content, field="file") == Attachment.Scan.CLEAN
    assert got == [content]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"stream: Eicar-Signature FOUND\0", "文件带有病毒"),
        (b"INSTREAM size limit exceeded. ERROR\0", "没有查成"),
        (b"", "没有查成"),
    ],
)
def test_file_not_found_clean_is_refused(settings, answer, words):
    with clamd(answer) as (address, _):
        settings.SCANNER = address
        with pytest.raises(Invalid) as refused:
            uploads.scanned(b"x", field="file")
    assert words in refused.value.message
    assert refused.value.field == "file"


def test_scanner_that_does_not_answer_refuses(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings.SCANNER = f"clamd://127.0.0.1:{port}"
    with pytest.raises(Invalid, match="没有回应"):
        uploads.scanned(b"x", field="file")


def test_real_installation_without_scanner_takes_no_file(settings):
    settings.SCANNER, settings.DEMO = "", False
    with pytest.raises(Invalid, match="尚未接入查毒，暂不能上传附件"):
        uploads.scanned(b"x", field="file")
    assert uploads.note() == "尚未接入查毒，暂不能上传附件。"
    assert uploads.servable() == ["clean"]


def test_demonstration_marks_files_unscanned_and_says_so(settings):
    settings.SCANNER, settings.DEMO = "", True
    assert uploads.scanned(b"x", field="file") == Attachment.Scan.UNSCANNED
    assert "未查毒" in uploads.note()
    assert uploads.servable() == ["clean", "unscanned"]
