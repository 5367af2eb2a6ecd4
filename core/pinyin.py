"""Stored search keys of Chinese names: full pinyin and initials, heteronyms as alternatives."""

from __future__ import annotations

import unicodedata
from itertools import islice, product

from pypinyin import Style, pinyin

MOST_READINGS = 8
LONGEST_FULL, LONGEST_INITIALS = 400, 200
"""Characters of the stored columns."""


def _readings(text: str, style: Style, longest: int) -> str:
    """Whole readings, as many as the column holds; a single one that is longer is cut."""
    columns = pinyin(text, style=style, heteronym=True, errors="default", strict=False)
    readings = islice(product(*[list(dict.fromkeys(column)) for column in columns]), MOST_READINGS)
    whole = " ".join(dict.fromkeys("".join(reading).lower() for reading in readings))
    return whole if len(whole) <= longest else whole[: longest + 1].rpartition(" ")[0] or whole[:longest]


def full(text: str) -> str:
    """Readings without tones, joined per name, at most 400 characters: 秸秆 → "jiegan"."""
    return _readings(text, Style.NORMAL, LONGEST_FULL)


def initials(text: str) -> str:
    """Initial letters, at most 200 characters: 秸秆禁烧 → "jgjs"."""
    return _readings(text, Style.FIRST_LETTER, LONGEST_INITIALS)


def sort_key(text: str) -> str:
    """One reading with tones, for ordering by pinyin without a collation."""
    return " ".join(part[0] for part in pinyin(text, style=Style.TONE3, errors="default"))[:200]


def fold(text: str) -> str:
    """Text as searched: NFKC, lower case, no spaces."""
    return unicodedata.normalize("NFKC", text).lower().replace(" ", "")
