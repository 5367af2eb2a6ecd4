"""The zip container of a workbook, judged by its own bytes before any part is parsed."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from core.sheets.errors import SheetRefused

MAX_MEMBERS = 200
MAX_UNPACKED = 100 * 1024 * 1024
MAX_PART = 20 * 1024 * 1024
MAX_RATIO = 100
RATIO_FREE = 1024 * 1024  # a part this small may be as regular as it likes
CHUNK = 256 * 1024
END = b"PK\x05\x06"
LOCAL = struct.Struct("<4sHHHHHLLLHH")
DAMAGED = "文件不完整或已损坏，请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。"
BOMB = "文件解压后过大，未读取。请删除图片和多余的工作表后再上传。"


def parts(content: bytes) -> dict[str, bytes]:
    """Every member of the archive, unpacked while counting real bytes.

    At most 200 members, 100 MB in all, 20 MB a part, one to a hundred in ratio. Raises `SheetRefused`.
    """
    infos = _directory(content)
    unpacked: dict[str, bytes] = {}
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in infos:
            if info.is_dir():
                continue
            _compare_with_local_header(content, info)
            data = _unpack(archive, info, MAX_UNPACKED - total)
            total += len(data)
            unpacked[info.filename] = data
    return unpacked


def _directory(content: bytes) -> list[zipfile.ZipInfo]:
    at = content.rfind(END)
    if at < 0 or len(content) < at + 22:
        raise SheetRefused(DAMAGED)
    if at + 22 + int.from_bytes(content[at + 20 : at + 22], "little") != len(content):
        raise SheetRefused(DAMAGED)
    if int.from_bytes(content[at + 10 : at + 12], "little") > MAX_MEMBERS:
        raise SheetRefused(f"文件内部部件超过 {MAX_MEMBERS} 个，不是普通的表格，未读取。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, OSError) as error:
        raise SheetRefused(DAMAGED) from error
    if len(infos) > MAX_MEMBERS:
        raise SheetRefused(f"文件内部部件超过 {MAX_MEMBERS} 个，不是普通的表格，未读取。")
    seen: set[str] = set()
    for info in infos:
        _check_name(info, seen)
        if info.flag_bits & 0x1:
            raise SheetRefused("文件已加密，请取消打开密码后再上传。")
    return infos


def _check_name(info: zipfile.ZipInfo, seen: set[str]) -> None:
    name = info.orig_filename
    if (
        name.startswith("/")
        or "\\" in name
        or re.match("[A-Za-z]:", name)
        or ".." in name.split("/")
        or "\0" in name
    ):
        raise SheetRefused("文件内部含有不合规的路径，未读取。请新建表格，只粘贴数值后再上传。")
    if name.casefold() in seen:
        raise SheetRefused("文件内部有重名的部件，未读取。请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。")
    seen.add(name.casefold())


def _compare_with_local_header(content: bytes, info: zipfile.ZipInfo) -> None:
    raw = content[info.header_offset : info.header_offset + LOCAL.size]
    if len(raw) < LOCAL.size:
        raise SheetRefused(DAMAGED)
    magic, _, flags, method, _, _, _, packed, size, name_length, _ = LOCAL.unpack(raw)
    start = info.header_offset + LOCAL.size
    same = magic == b"PK\x03\x04" and method == info.compress_type and flags & 0x1 == 0
    same = same and content[start : start + name_length] == _raw_name(info)
    zip64 = 0xFFFFFFFF in {packed, size}
    if same and not flags & 0x8 and not zip64:
        same = (packed, size) == (info.compress_size, info.file_size)
    if not same:
        raise SheetRefused(DAMAGED)


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as member:
            while piece := member.read(CHUNK):
                size += len(piece)
                if size > MAX_PART or size > left:
                    raise SheetRefused(BOMB)
                if size > RATIO_FREE and size > MAX_RATIO * max(info.compress_size, 1):
                    raise SheetRefused(BOMB)
                pieces.append(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise SheetRefused(DAMAGED) from error
    return b"".join(pieces)
