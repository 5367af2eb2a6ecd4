"""Text that people type or paste: cleaned where it is safe to, refused where a silent change would hide something."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

# Zero-width characters, bidi overrides and isolates, soft hyphen, byte order mark, interlinear marks, tags.
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
SURROGATE = re.compile("[\ud800-\udfff]")
# Inner runs of any blank, the ideographic space among them.
SUSPECT = re.compile(f"{INVISIBLE.pattern}|{CONTROL.pattern}|{SURROGATE.pattern}|\r")
BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
CODE = re.compile("[0-9A-Za-z][0-9A-Za-z._/-]*")


class BadText(ValueError):
    """Text that no field takes; the message is the Chinese sentence to show."""


def refuse_unstorable(text: str) -> None:
    """Refuse NUL, other control characters and lone surrogates, which the database driver cannot take.

    Raises `BadText`.
    """
    if SURROGATE.search(text):
        raise BadText("含有无法识别的半个字符，请重新输入。")
    if CONTROL.search(text):
        raise BadText("含有不可见的控制字符，请重新输入。")


def clean(text: str) -> str:
    """Prose as it is stored: NFC, line ends as LF, invisible direction marks removed, blanks at both ends removed.

    Rare characters and variation selectors stay. Raises `BadText` for what cannot be stored.
    """
    if not SUSPECT.search(text):
        return unicodedata.normalize("NFC", text).strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    refuse_unstorable(text)
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def clean_line(text: str) -> str:
    """One line of prose: as `clean`, with line breaks and runs of blanks folded to one blank."""
    return BLANKS.sub(" ", clean(text).replace("\n", " ")).strip()


def clean_name(text: str) -> str:
    """A name of a place, unit or person: NFKC (compatibility look-alikes folded), blanks inside removed between Han.

    Raises `BadText`.
    """
    folded = clean_line(unicodedata.normalize("NFKC", clean_line(text)))
    joined = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", folded)
    return unicodedata.normalize("NFKC", joined)


def clean_code(text: str) -> str:
    """A code: NFKC, blanks at both ends removed; only ASCII letters, digits, `.`, `_`, `/`, `-` may stay.

    Invisible characters are refused, not removed. Raises `BadText`.
    """
    if INVISIBLE.search(text):
        raise BadText("编码中含有不可见字符，请重新输入。")
    refuse_unstorable(text)
    folded = unicodedata.normalize("NFKC", text).strip()
    if not CODE.fullmatch(folded):
        raise BadText("编码只能由数字和英文字母组成。")
    return folded


def display_name(name: str, limit: int = 120) -> str:
    """The name of an uploaded file as it is shown: no folders, no control or direction marks, at most `limit` long."""
    last = re.split(r"[/\\]", name)[-1]
    plain = INVISIBLE.sub("", CONTROL.sub("", SURROGATE.sub("", last)))
    shown = re.sub("[\r\n\t]", "", unicodedata.normalize("NFC", plain)).strip(" .") or "未命名文件"
    if len(shown) <= limit:
        return shown
    stem, dot, suffix = shown.rpartition(".")
    if not dot or len(suffix) > 8:
        return shown[:limit]
    return f"{stem[: limit - len(suffix) - 2]}….{suffix}"


def validate_text(value: str) -> None:
    """Shared validator of every text field: storable, and no storm of combining marks.

    Django's CharField lets lone surrogates through. Raises `ValidationError`.
    """
    try:
        refuse_unstorable(value)
    except BadText as bad:
        raise ValidationError(str(bad), code="unstorable") from bad
    if _storm(value):
        raise ValidationError("含有叠加过多的符号，请重新输入。", code="storm")


def _storm(value: str) -> bool:
    run = 0
    for character in value:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > 8:
            return True
    return False


def validate_code(value: str) -> None:
    """Validator of codes and account names. Raises `ValidationError`."""
    try:
        clean_code(value)
    except BadText as bad:
        raise ValidationError(str(bad), code="code") from bad
