"""Passwords must not be made of words that everyone here would guess."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

LOCAL_WORDS = (
    "yitong",
    "伊通",
    "jianfu",
    "减负",
    "manzu",
    "满族",
    "siping",
    "四平",
    "123456",
    "qwerty",
    "password",
    "admin",
)


class LocalWordsValidator:
    """Refuses a password that is mostly a local or common word."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when less than eight characters remain without such words."""
        rest = password.lower()
        for word in (
            *LOCAL_WORDS,
            *(part for part in [getattr(user, "username", ""), getattr(user, "name", "")] if part),
        ):
            rest = rest.replace(word.lower(), "")
        if len(rest) < 8:
            raise ValidationError("口令中地名、单位名、姓名等常见字样过多，请换一个。", code="local_words")

    def get_help_text(self) -> str:
        """What is asked."""
        return "不要用地名、单位名、姓名拼成。"
