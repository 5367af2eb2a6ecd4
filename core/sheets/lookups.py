"""Names and codes that stand for rows, preloaded by the caller, so that a sheet costs no query a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.text import BadText, clean_name


class NotFound(ValueError):
    """No row, several rows, or another row than the code says; the message is the Chinese sentence to show."""


@dataclass(frozen=True)
class Entry:
    """One row to find: what is stored (`value`), its code, its name, and the name it lies under (a township)."""

    value: Any
    code: str
    name: str
    parent: str = ""


class Lookup:
    """Finds an entry by code, by name, or by (parent, name); a name that several bear is refused with all of them.

    `aliases` maps a former name to the present one, for names and parents alike. Hold only rows the actor may see:
    what is outside answers as what does not exist.
    """

    def __init__(
        self, entries: Iterable[Entry], *, noun: str = "村（社区）", aliases: Mapping[str, str] | None = None
    ) -> None:
        self.noun = noun
        self.aliases = {clean_name(old): clean_name(new) for old, new in (aliases or {}).items()}
        self._cleaned: dict[str, str] = {}
        self.mapping: dict[str, Entry] = {}
        self.by_code: dict[str, Entry] = {}
        self.by_place: dict[tuple[str, str], Entry] = {}
        self.ambiguous: dict[str, list[Entry]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        if entry.code:
            self.by_code[entry.code] = entry
        name = clean_name(entry.name)
        self.by_place[clean_name(entry.parent), name] = entry
        if name in self.ambiguous:
            self.ambiguous[name].append(entry)
        elif name in self.mapping:
            self.ambiguous[name] = [self.mapping.pop(name), entry]
        else:
            self.mapping[name] = entry

    def find(self, text: str, *, parent: str = "", code: str = "") -> Entry:
        """The entry for a name or code in `text`, decided by `code` or `parent` where given. Raises `NotFound`."""
        if code:
            return self._agreed(self._coded(code), text, parent)
        if text in self.by_code:
            return self._agreed(self.by_code[text], "", parent)
        if text.isascii() and text.isdigit():
            raise NotFound(f"没有编码为“{text}”的{self.noun}，请核对。")
        name, place = self._name(text), self._name(parent) if parent else ""
        if place:
            entry = self.by_place.get((place, name))
            if entry is None:
                raise NotFound(f"“{parent}”没有名为“{text}”的{self.noun}，请核对。")
            return entry
        if name in self.ambiguous:
            shown = "、".join(f"{entry.parent}{entry.name}（{entry.code}）" for entry in self.ambiguous[name])
            raise NotFound(
                f"名为“{text}”的{self.noun}有 {len(self.ambiguous[name])} 个：{shown}。请填编码，或同时填乡镇。"
            )
        if name not in self.mapping:
            raise NotFound(f"没有名为“{text}”的{self.noun}，请核对。")
        return self.mapping[name]

    def _coded(self, code: str) -> Entry:
        if code not in self.by_code:
            raise NotFound(f"没有编码为“{code}”的{self.noun}，请核对。")
        return self.by_code[code]

    def _agreed(self, entry: Entry, text: str, parent: str) -> Entry:
        if text and text != entry.code and self._name(text) != self._plain(entry.name):
            raise NotFound(f"编码 {entry.code} 是“{entry.name}”，与所填“{text}”不一致，请核对。")
        if parent and self._name(parent) != self._plain(entry.parent):
            raise NotFound(f"编码 {entry.code} 属于“{entry.parent}”，与所填“{parent}”不一致，请核对。")
        return entry

    def _name(self, text: str) -> str:
        try:
            name = self._plain(text)
        except BadText as bad:
            raise NotFound(str(bad)) from bad
        return self.aliases.get(name, name)

    def _plain(self, text: str) -> str:
        """The cleaned name, remembered: a sheet repeats its townships thousands of times."""
        if text not in self._cleaned:
            self._cleaned[text] = clean_name(text)
        return self._cleaned[text]
