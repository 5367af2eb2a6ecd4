"""Charts drawn on the server as SVG attributes (no inline style), each with the rows for its table twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, floor, log10

BRAND = "#0b4f9e"
SOFT = "#7fa8d6"
INK = "#1c2430"
INK_2 = "#465263"
INK_3 = "#5c6878"
GRID = "#e1e6ed"
SERIES_COLOURS = (BRAND, SOFT, "#c98a1b", "#1b6b3a")

Number = float | int | Decimal


@dataclass(frozen=True)
class Mark:
    """One SVG element: its kind and what the template needs to draw it."""

    kind: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    text: str = ""
    anchor: str = "start"
    size: int = 13
    weight: int = 400
    colour: str = INK_2
    points: str = ""
    pattern: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing and its table: sentence as title, unit, marks, column headers and rows."""

    kind: str
    title: str
    unit: str
    width: int
    height: int
    marks: Sequence[Mark]
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, str]] = field(default_factory=tuple)
    summary: str = ""


def show(value: Number | None) -> str:
    """Number as people read it: separators, at most one decimal; nothing known is 「—」."""
    if value is None:
        return "—"
    rounded = float(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    return text.replace("-", "−")


def top_of_scale(highest: float, parts: int = 4) -> float:
    """Smallest round number at or above `highest` that divides into `parts` readable steps."""
    if highest <= 0:
        return float(parts)
    raw = highest / parts
    magnitude = 10.0 ** floor(log10(raw))
    step = next(m * magnitude for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if m * magnitude >= raw - 1e-9)
    return float(step * parts)


def line(
    title: str,
    labels: Sequence[str],
    values: Sequence[Number | None],
    *,
    unit: str,
    full_labels: Sequence[str] = (),
    width: int = 820,
    height: int = 210,
) -> Chart:
    """Course of one number; a missing month (None) is a gap in the line and 「—」 in the table, never nought."""
    known = [float(value) for value in values if value is not None]
    top = top_of_scale(max(known, default=0))
    left, right, upper, lower = 48, width - 16, 24, height - 30
    step = (right - left) / max(len(values) - 1, 1)
    spots = [
        (left + step * n, lower - (lower - upper) * float(value) / top) if value is not None else None
        for n, value in enumerate(values)
    ]
    marks = _ruler(top, left, right, upper, lower)
    marks += [
        Mark(
            "polyline",
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in run),
            colour=BRAND,
        )
        for run in _runs(spots)
    ]
    marks += [
        Mark("circle", x=run[0][0], y=run[0][1], width=3, colour=BRAND)
        for run in _runs(spots)
        if len(run) == 1
    ]
    marks += _last_label(spots, values, unit)
    every = max(1, ceil(len(labels) / 13))
    marks += [
        Mark(
            "text",
            x=left + step * n,
            y=height - 8,
            text=label,
            anchor=_anchor(n, len(labels)),
            colour=INK_3,
        )
        for n, label in enumerate(labels)
        if (len(labels) - 1 - n) % every == 0
    ]
    names = full_labels or labels
    rows = [[name, show(value)] for name, value in zip(names, values, strict=True)]
    return Chart(
        "折线图",
        title,
        unit,
        width,
        height,
        marks,
        ("时间", unit),
        rows,
        summary=_span(names, values, unit),
    )


def stacked_bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Number]]],
    *,
    unit: str,
    first_column: str = "单位",
    width: int = 400,
) -> Chart:
    """Horizontal bars in the order given (机构序列), each split by series; the total stands at its end."""
    totals = [float(sum(float(values[n]) for _, values in series)) for n in range(len(labels))]
    longest = max(totals, default=0) or 1
    label_width = min(190, max([len(label) for label in labels], default=4) * 13 + 14)
    room = width - label_width - 86
    marks: list[Mark] = []
    for n, label in enumerate(labels):
        y = 8 + n * 30
        marks.append(
            Mark(
                "text",
                x=label_width - 10,
                y=y + 14,
                text=label,
                anchor="end",
                size=13,
                colour=INK,
            )
        )
        x = float(label_width)
        for place, (_, values) in enumerate(series):
            length = room * float(values[n]) / longest
            if length > 0:
                marks.append(
                    Mark(
                        "rect",
                        x=x,
                        y=y,
                        width=length,
                        height=18,
                        colour=SERIES_COLOURS[place % 4],
                        pattern=place == 1,
                    )
                )
            x += length
        marks.append(
            Mark(
                "text",
                x=x + 8,
                y=y + 14,
                text=f"{show(totals[n])} {unit}",
                size=13,
                colour=INK_2,
            )
        )
    headers = (
        (first_column, *(name for name, _ in series), "合计") if len(series) > 1 else (first_column, unit)
    )
    rows = [
        [
            label,
            *(show(values[n]) for _, values in series),
            *([show(totals[n])] if len(series) > 1 else []),
        ]
        for n, label in enumerate(labels)
    ]
    legend = [(name, SERIES_COLOURS[n % 4]) for n, (name, _) in enumerate(series)] if len(series) > 1 else []
    return Chart("条形图", title, unit, width, 8 + 30 * len(labels), marks, headers, rows, legend)


def _ruler(top: float, left: float, right: float, upper: float, lower: float) -> list[Mark]:
    """Five thin lines with their numbers."""
    marks = []
    for part in range(5):
        y = lower - (lower - upper) * part / 4
        marks.append(Mark("rule", x=left, y=y, width=right, colour=GRID))
        marks.append(
            Mark(
                "text",
                x=left - 8,
                y=y + 4,
                text=_tick(top * part / 4),
                anchor="end",
                colour=INK_3,
            )
        )
    return marks


def _tick(value: float) -> str:
    """Number on the ruler, with as many decimals as it needs (at most two)."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _runs(
    spots: Sequence[tuple[float, float] | None],
) -> list[list[tuple[float, float]]]:
    """Unbroken stretches of a line with gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for spot in spots:
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(spot)
    return [run for run in runs if run]


def _last_label(
    spots: Sequence[tuple[float, float] | None], values: Sequence[Number | None], unit: str
) -> list[Mark]:
    """Dot, number and unit at the last known value; the words stay inside the drawing."""
    for spot, value in zip(reversed(spots), reversed(values), strict=True):
        if spot is not None:
            x, y = spot
            return [
                Mark("circle", x=x, y=y, width=4, colour=BRAND),
                Mark(
                    "text",
                    x=x if x > 200 else x - 4,
                    y=y - 10,
                    text=f"{show(value)} {unit}".strip(),
                    anchor="end" if x > 200 else "start",
                    weight=600,
                    colour=BRAND,
                ),
            ]
    return []


def _anchor(n: int, count: int) -> str:
    """Labels at the edges stay inside the drawing."""
    return "end" if n == count - 1 and count > 1 else "middle"


def _span(names: Sequence[str], values: Sequence[Number | None], unit: str) -> str:
    """Sentence a screen reader says: first and last known value."""
    known = [(name, value) for name, value in zip(names, values, strict=True) if value is not None]
    if not known:
        return "暂无数据"
    (first, was), (last, now) = known[0], known[-1]
    return f"{first} {show(was)} {unit}，{last} {show(now)} {unit}"
