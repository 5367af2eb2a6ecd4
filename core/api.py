"""JSON in and out, strictly: no duplicate keys, no NaN, bounded depth; pages of at most 200 rows."""

from __future__ import annotations

import json
import math
from typing import Any

from rest_framework import exceptions, pagination, parsers, renderers

DEEPEST = 20


class StrictJSONRenderer(renderers.JSONRenderer):
    """UTF-8 JSON without escapes."""

    charset = "utf-8"
    ensure_ascii = False


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("重复的键")
    if any("\x00" in key for key in keys):
        raise ValueError("键中有空字符")
    return dict(pairs)


def _constant(name: str) -> Any:
    raise ValueError(f"不接受 {name}")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("数值过大")
    return value


def _depth(text: str) -> int:
    deepest = depth = 0
    quoted = escaped = False
    for char in text:
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


class StrictJSONParser(parsers.BaseParser):
    """JSON body in UTF-8."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the parsed body; anything ambiguous is refused with 400."""
        charset = "utf-8"
        if media_type and "charset=" in media_type.lower():
            charset = media_type.lower().split("charset=", 1)[1].split(";")[0].strip().strip('"')
        if charset not in {"utf-8", "utf8"}:
            raise exceptions.UnsupportedMediaType(media_type or "", "内容编码须为 UTF-8。")
        try:
            text = stream.read().decode("utf-8")
            if _depth(text) > DEEPEST:
                raise exceptions.ParseError("内容嵌套过深。")
            return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)
        except UnicodeDecodeError as error:
            raise exceptions.ParseError("内容不是 UTF-8 编码。") from error
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("内容不是有效的 JSON。") from error


class Pages(pagination.PageNumberPagination):
    """`?page=` and `?page_size=` (up to 200)."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
