"""Gapless numbers from a locked counter row: 伊表〔2026〕12号."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from core.models import NumberedItem, Series


def lock(code: str, year: int) -> Series:
    """Lock the counter of one code and year (made on first use); hold it until the transaction ends."""
    Series.objects.bulk_create([Series(code=code, year=year)], ignore_conflicts=True)
    return Series.objects.select_for_update().get(code=code, year=year)


def issue(
    code: str,
    *,
    on: dt.date,
    kind: str,
    title: str,
    owner_unit_id: int,
    owner: str,
    until: dt.date | None,
    url: str = "",
    minutes: int | None = None,
) -> NumberedItem:
    """Give the next number of the year of `on`; valid from `on` to `until` inclusive. Call inside a transaction."""
    series = lock(code, on.year)
    item = NumberedItem.objects.create(
        code=code,
        year=on.year,
        serial=series.next,
        kind=kind,
        title=title,
        owner_unit_id=owner_unit_id,
        owner=owner,
        valid=(on, until + dt.timedelta(days=1) if until else None),
        url=url,
        minutes=minutes,
    )
    series.next += 1
    series.save(update_fields=["next"])
    return item


TYPED = re.compile(
    r"^(?P<code>[\u4e00-\u9fa5]{2,12}?)(?:\s*[〔\[【(]\s*|\s+|)(?P<year>(?:19|20)\d{2})(?:\s*[〕\]】)]\s*|年\s*|\s+)第?\s*(?P<serial>[1-9]\d{0,4})\s*号?$"
)
"""A number as people type it: any brackets or a space, 号 left out."""


def parse(text: str) -> tuple[str, int, int] | None:
    """Code, year, serial of a number as typed; None where it is not one. Width, brackets and a missing 号 do not matter."""
    match = TYPED.match(unicodedata.normalize("NFKC", text).strip())
    return (match["code"], int(match["year"]), int(match["serial"])) if match else None


def find(text: str) -> NumberedItem | None:
    """The item of a number as written."""
    parts = parse(text)
    return (
        NumberedItem.objects.filter(code=parts[0], year=parts[1], serial=parts[2]).first() if parts else None
    )
