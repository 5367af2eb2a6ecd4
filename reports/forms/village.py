"""What a village's pages send: one field, a whole page, a press of 报送."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from reports.services.collection.filling import Field

VERSIONS = "versions"
LONGEST = 600


class SaveForm(forms.Form):
    """One field of a fill page, saved by itself."""

    value = forms.CharField(required=False, max_length=LONGEST, error_messages={"max_length": "内容过长。"})
    version = forms.IntegerField(
        required=False, min_value=0, error_messages={"invalid": "页面已过期，请刷新后再填。"}
    )
    reason = forms.CharField(
        required=False, max_length=200, error_messages={"max_length": "说明最多 200 个字。"}
    )


class StepForm(forms.Form):
    """A press on a step: the version that was seen, and a reason."""

    version = forms.IntegerField(required=False, error_messages={"invalid": "页面已过期，请刷新后再试。"})
    reason = forms.CharField(required=False, max_length=500)


@dataclass(frozen=True)
class Posted:
    """What a page without script sends for one field."""

    field: Field
    typed: str
    reason: str
    version: int


def packed_versions(fields: Iterable[Field]) -> str:
    """Versions of the values a page shows, as `element:version` pairs in one hidden field."""
    return ",".join(
        f"{one.held.element_id}:{one.held.current.version if one.held.current else 0}"
        for one in fields
        if one.open
    )


def _unpacked(text: str) -> dict[int, int]:
    pairs = (part.split(":", 1) for part in text.split(",") if ":" in part)
    return {int(key): int(version) for key, version in pairs if key.isdigit() and version.isdigit()}


def posted_fields(data: QueryDict, fields: Iterable[Field]) -> list[Posted]:
    """Fields of the page that came back, with the version that was seen."""
    seen = _unpacked(data.get(VERSIONS, ""))
    return [
        Posted(
            one,
            data.get(f"v{one.held.element_id}", "")[:LONGEST],
            data.get(f"v{one.held.element_id}__reason", "")[:LONGEST],
            seen.get(one.held.element_id, 0),
        )
        for one in fields
        if one.open and f"v{one.held.element_id}" in data
    ]


def posted_versions(data: QueryDict) -> dict[int, int]:
    """Assignments to send with the version that was seen: `pk` and `version_<pk>`."""
    found: dict[int, int] = {}
    for key in data.getlist("pk"):
        version = data.get(f"version_{key}", "")
        if key.isdigit() and version.isdigit():
            found[int(key)] = int(version)
    return found


def ids(text: str) -> list[int]:
    """Comma-separated keys of a button's value."""
    return [int(part) for part in text.split(",") if part.isdigit()]


__all__ = ["Posted", "SaveForm", "StepForm", "ids", "packed_versions", "posted_fields", "posted_versions"]
