"""Numbers that people type. A page field understands what is meant and shows its reading; sheets and API refuse it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
MAX_DIGITS = 15  # a spreadsheet program keeps no more
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
MINUS = str.maketrans({"−": "-", "－": "-", "—": "-", "–": "-"})
NOTHING = frozenset({"-", "/", "无", "—", "——", "、"})
HAN_DIGITS = frozenset("〇零一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟两")


class BadNumber(ValueError):
    """Text that is no number; the message is the Chinese sentence to show."""


@dataclass(frozen=True)
class Reading:
    """What a page field understood: the value, and the sentence to show when the text was not plain ("" else)."""

    value: Decimal
    text: str = ""


def read_typed(text: str, *, unit: str = "", decimals: int = 0) -> Reading:
    """Understand a number typed on a page: full-width digits, thousands separators, 万 and 亿.

    `unit` is shown in the reading and may stand behind the number. `decimals` is the number of places allowed; more
    are refused, never rounded. "1.2万" gives 12000 and 「1.2万 = 12,000」. Raises `BadNumber`.
    """
    shown = text.strip()
    folded = unicodedata.normalize("NFKC", shown.translate(MINUS)).strip().replace(" ", "")
    if unit and folded.endswith(unit):
        folded = folded.removesuffix(unit)
    scale = Decimal(1)
    if folded[-1:] in SCALES:
        scale, folded = SCALES[folded[-1]], folded[:-1]
    folded = folded.replace("、", ",")
    if not re.fullmatch("[0-9.,+-]*", folded, re.ASCII):
        raise BadNumber(f"应填数字，现为“{_short(shown)}”。{hint(shown)}")
    if GROUPED.fullmatch(folded):
        folded = folded.replace(",", "")
    value = _exact(folded, shown) * scale
    value = plain_zero(value)
    _check_places(value, decimals, shown)
    if PLAIN.fullmatch(shown) or GROUPED.fullmatch(shown):
        return Reading(value)
    return Reading(value, f"{shown} = {written(value)}{' ' + unit if unit else ''}")


def read_strict(value: str | float | Decimal, *, decimals: int = 0) -> Decimal:
    """A number from a sheet or the API: plain digits only; anything else is refused with what to do.

    Never guesses and never rounds; more than 15 digits are refused, since spreadsheet programs lose them.
    Raises `BadNumber`.
    """
    noun = "整数" if decimals == 0 else "数字"
    if isinstance(value, bool):
        raise BadNumber(f"应填{noun}，现为“{'是' if value else '否'}”。请只填数字。")
    shown = number_text(value)
    if not PLAIN.fullmatch(shown):
        raise BadNumber(f"应填{noun}，现为“{_short(shown)}”。{hint(shown)}")
    result = plain_zero(_exact(shown, shown))
    _check_places(result, decimals, shown)
    return result


def number_text(value: str | float | Decimal) -> str:
    """A cell's number as the shortest text that means it, without exponent: 12.0 is "12", 0.1 is "0.1"."""
    if isinstance(value, str):
        return value.strip(" \u3000\u00a0\t\r\n")
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124 - NaN
        return "非数字"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return format(Decimal(str(value)), "f")


def hint(text: str) -> str:
    """What to do with a text that is no plain number."""
    folded = unicodedata.normalize("NFKC", text.strip()).strip()
    if text.strip() in NOTHING:
        return "没有发生请填 0，不适用请留空。"
    if folded.endswith("%"):
        return "请填去掉百分号后的数，或填所要求的个数。"
    if folded[-1:] in SCALES:
        return "请写全所有数字，如 30000。"
    if GROUPED.fullmatch(folded):
        return "请去掉千位分隔号。"
    if folded != text.strip() and PLAIN.fullmatch(folded):
        return "请改用半角数字。"
    if re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]+", folded):
        return "数字被表格软件改成科学计数法，请设为数值格式后重填。"
    return _last_hint(folded)


def _last_hint(folded: str) -> str:
    if folded and set(folded) <= HAN_DIGITS:
        return "请改用阿拉伯数字。"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?\s*[^0-9.,]+", folded) and not re.search("[余多几来]", folded):
        return "请去掉单位，只填数字。"
    return "请只填数字。"


def written(value: Decimal) -> str:
    """A number for a person: thousands separated, no trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_zero(value: Decimal) -> Decimal:
    """Minus zero is zero."""
    return abs(value) if value == 0 else value


def _exact(text: str, shown: str) -> Decimal:
    if not PLAIN.fullmatch(text):
        raise BadNumber(f"应填数字，现为“{_short(shown)}”。{hint(shown)}")
    digits = text.lstrip("+-").replace(".", "").lstrip("0")
    if len(digits) > MAX_DIGITS:
        raise BadNumber(f"数字过长，最多 {MAX_DIGITS} 位，现为“{_short(shown)}”。")
    return Decimal(text)


def _check_places(value: Decimal, decimals: int, shown: str) -> None:
    if value == value.quantize(Decimal(1).scaleb(-decimals)):
        return
    if decimals == 0:
        raise BadNumber(f"应填整数，现为“{_short(shown)}”。请不要带小数。")
    raise BadNumber(f"最多 {decimals} 位小数，现为“{_short(shown)}”。")


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
