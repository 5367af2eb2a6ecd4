"""Fields encrypted at rest. The first key of FIELD_ENCRYPTION_KEYS encrypts, all of them decrypt."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=1)
def box() -> MultiFernet:
    """The keys in force, first for writing and all for reading; read from the settings once."""
    return MultiFernet([Fernet(key.encode()) for key in settings.FIELD_ENCRYPTION_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # Django's fields take no arguments
    """Text kept as ciphertext; empty stays empty. Not searchable."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt before it reaches the database."""
        return box().encrypt(str(value).encode()).decode() if value else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        """Decrypt what was read; a value that no key opens is shown as such, never as ciphertext."""
        if not value:
            return ""
        try:
            return box().decrypt(value.encode()).decode()
        except InvalidToken:
            return "（无法解密）"
