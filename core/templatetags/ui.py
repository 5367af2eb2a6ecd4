"""Tags and filters of the visual language: one component each, shown in every state at `/styleguide/`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import template
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    RadioSelect,
    Textarea,
)
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime

from core import clock as core_clock
from core import uploads

register = template.Library()

WEEKDAYS = "一二三四五六日"
TONE_ICONS = {
    "red": "alert-triangle",
    "amber": "clock",
    "green": "check",
    "blue": "info-circle",
    "": "",
}
PHRASES = (
    "数据有误，请核对后重新报送。",
    "与上期相差较大，请写明原因。",
    "依据不充分，请补充文件。",
    "与现有报表重复，请直接取用。",
)
GROUPED = (CheckboxSelectMultiple, RadioSelect)


@register.simple_tag
def scan_note() -> SafeString | str:
    """Beside an upload that is kept: that nothing scans it, or that nothing can be uploaded yet."""
    text = uploads.note()
    return format_html('<p class="note amber small mt-s">{}</p>', text) if text else ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of the sprite; decoration unless `label` names it."""
    source = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="i" role="img" aria-label="{}"><use href="{}"></use></svg>',
            label,
            source,
        )
    return format_html(
        '<svg class="i" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        source,
    )


@register.simple_tag
def once() -> SafeString:
    """Hidden key that makes a double click or a replay have one effect."""
    return format_html('<input type="hidden" name="_key" value="{}">', uuid.uuid4())


@register.simple_tag
def printed_at() -> str:
    """Moment of printing by the county's clock, for the watermark."""
    return zh_moment(core_clock.now())


@register.inclusion_tag("components/figure.html")
def figure(value: Any, heading: str = "") -> dict[str, Any]:
    """Card of one `Figure`: number, change against the base, 统计口径, n/N, as-of date, door to its rows."""
    return {"figure": value, "heading": heading}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    unit: str = "",
    meaning: str = "",
    last: str = "",
    source: str = "",
) -> dict[str, Any]:
    """One form field: label, 口径, input with unit, last value, source and error, tied by aria-describedby."""
    widget = bound.field.widget
    grouped = isinstance(widget, GROUPED)
    single_check = isinstance(widget, CheckboxInput)
    ids = [
        f"{bound.auto_id}_{part}"
        for part, shown in (
            ("def", meaning or bound.help_text),
            ("was", last or source),
            ("error", bound.errors),
        )
        if shown
    ]
    attrs: dict[str, Any] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if isinstance(widget, Textarea) and widget.attrs.get("rows") == "10":
        attrs["rows"] = "4"
    if unit:
        attrs.setdefault("inputmode", "decimal")
        attrs.setdefault("autocomplete", "off")
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "unit": unit,
        "meaning": meaning or bound.help_text,
        "last": last,
        "source": source,
        "grouped": grouped,
        "single_check": single_check,
    }


@register.inclusion_tag("components/value_field.html")
def value_field(row: Any, heading_level: int = 3) -> dict[str, Any]:
    """One number of a fill page: carried, typed, derived or locked, with its last value, source, hint and state of saving.

    `row` answers label, definition, unit, name, value, state, last_text, change_text, source_text, hint, reason,
    error, inputmode, save_url, version, used_in (number of forms), reason_name; what is missing is left out.
    """
    return {"row": row, "heading_level": heading_level}


@register.inclusion_tag("components/error_summary.html")
def error_summary(source: Any, title: str = "") -> dict[str, Any]:
    """List of what is wrong, each a link to its field; `source` is a form or rows of (field id, sentence)."""
    items = _form_errors(source) if isinstance(source, BaseForm) else list(source or [])
    return {"items": items, "title": title or f"有 {len(items)} 处需要改正"}


def _form_errors(form: BaseForm) -> list[tuple[str, str]]:
    """Pairs of target id and sentence in the order of the form, general ones first."""
    found: list[tuple[str, str]] = [("", str(text)) for text in form.non_field_errors()]
    for bound in form:
        target = bound.id_for_label or bound.auto_id
        found.extend((str(target), f"{bound.label}：{text}") for text in bound.errors)
    return found


@register.inclusion_tag("components/steps.html", takes_context=True)
def steps(context: template.Context, offers: Iterable[Any], *, column: bool = False) -> dict[str, Any]:
    """Buttons drawn from the offers of `core.workflow`; a refused one says its rule, source and lawful doors."""
    rows = list(offers)
    return {
        "offers": rows,
        "refused": [offer for offer in rows if not _get(offer, "allowed")],
        "column": column,
        "stock": PHRASES,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.inclusion_tag("components/findings.html")
def findings(found: Iterable[Any], reasons: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Rules that apply to what is being entered: hard ones with their doors, soft ones with a field for the reason.

    Stands inside the page's form; the reason of a rule is posted as `reason.<rule>`.
    """
    given = reasons or {}
    return {"rows": [(item, given.get(str(_get(item, "rule")), "")) for item in found]}


@register.inclusion_tag("components/conflict.html")
def conflict(rows: Iterable[Any], who: str = "", at: dt.datetime | None = None) -> dict[str, Any]:
    """Both texts of a stale edit, field by field: rows of name, label, mine, theirs; the choice is posted as `keep.<name>`."""
    return {"rows": list(rows), "who": who, "at": at}


@register.inclusion_tag("components/tag.html")
def status(label: str, tone: str = "", symbol: str = "") -> dict[str, str]:
    """State of a row: word, tone (red, amber, green, blue or none) and an icon, never colour alone."""
    return {"label": label, "tone": tone, "symbol": symbol or TONE_ICONS.get(tone, "")}


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """What happened, oldest first: rows of at, who, what, note and optionally tone."""
    return {"events": list(events)}


@register.inclusion_tag("components/job.html")
def job(row: Any, url: str, done_url: str = "", done_label: str = "查看结果") -> dict[str, Any]:
    """Progress of a `Job` row, asked again every two seconds by htmx until it is done or failed."""
    state = str(_get(row, "state") or "")
    total = int(_get(row, "total") or 0)
    return {
        "job": row,
        "url": url,
        "done_url": done_url,
        "done_label": done_label,
        "running": state in {"waiting", "running"},
        "failed": state == "failed",
        "total": total,
    }


@register.inclusion_tag("components/chart.html")
def chart(drawing: Any, heading: str = "") -> dict[str, Any]:
    """A drawing of `core.charts` under its sentence, with the same rows as a table."""
    return {"chart": drawing, "heading": heading or _get(drawing, "title")}


@register.inclusion_tag("components/crumb.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """Path to this page as label, url, label, url, …; the last label may stand without a url."""
    labels, urls = pairs[0::2], pairs[1::2]
    return {"items": [(label, urls[n] if n < len(urls) else "") for n, label in enumerate(labels)]}


@register.filter
def undo_url(message: Any) -> str:
    """Address of the undo step carried by a message as `extra_tags="undo:/path/"`, or nothing."""
    tags = str(getattr(message, "extra_tags", "") or "")
    return next(
        (tag[5:] for tag in tags.split() if tag.startswith("undo:/") and not tag.startswith("undo://")),
        "",
    )


@register.filter
def thousands(value: Any, places: int | None = None) -> str:
    """Number with separators (12,345.6); `places` fixes the decimals; nothing known is 「—」."""
    number = _decimal(value)
    if number is None:
        return "—"
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
    text = f"{number:,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


@register.filter
def hours(minutes: Any) -> str:
    """Hours with one decimal from minutes, with separators; nothing known is 「—」."""
    number = _decimal(minutes)
    return "—" if number is None else thousands(number / 60, 1)


@register.filter
def percent(share: Any) -> str:
    """Share (0.527) as 52.7%; nothing known is 「—」."""
    number = _decimal(share)
    return "—" if number is None else f"{thousands(number * 100, 1)}%"


@register.filter
def zh_date(value: dt.date | None) -> str:
    """2026年11月24日."""
    day = _local(value)
    return f"{day.year}年{day.month}月{day.day}日" if day else "—"


@register.filter
def zh_due(value: dt.date | None) -> str:
    """Deadline with its weekday: 2026年11月24日（周二）."""
    day = _local(value)
    return f"{zh_date(day)}（周{WEEKDAYS[day.weekday()]}）" if day else "—"


@register.filter
def zh_day(value: dt.date | None) -> str:
    """Deadline of this year in short: 11月24日（周二）."""
    day = _local(value)
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）" if day else "—"


@register.filter
def iso_date(value: dt.date | None) -> str:
    """Date in a table: 2026-11-24."""
    day = _local(value)
    return f"{day:%Y-%m-%d}" if day else "—"


@register.filter
def zh_moment(value: dt.datetime | None) -> str:
    """Moment in a table, 24 hours: 2026-11-24 14:32."""
    moment = _local(value)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "—"


@register.filter
def clock(value: dt.datetime | None) -> str:
    """Time of day: 14:32."""
    moment = _local(value)
    return f"{moment:%H:%M}" if moment else "—"


@register.filter
def masked_phone(value: str | None) -> str:
    """Phone with its middle hidden (138****1234); a short office number stays as it is."""
    digits = str(value or "")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) == 11 and digits.isdigit() else digits or "—"


def _local(value: Any) -> Any:
    """The county's local date or moment of an aware moment; other values as they are."""
    return localtime(value) if isinstance(value, dt.datetime) and is_aware(value) else value


def _decimal(value: Any) -> Decimal | None:
    """Finite decimal of what a template holds, or nothing."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _get(row: Any, name: str) -> Any:
    """Value of a row that is a mapping or an object."""
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
