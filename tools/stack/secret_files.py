"""Secrets that the embedded stack makes for itself, once, into files of mode 0600."""

from __future__ import annotations

import base64
import os
import secrets

from tools.stack.places import Places


def _new_value(name: str) -> str:
    """A fresh secret; encryption keys are 32 random bytes in URL-safe base64 (Fernet's form)."""
    if name == "field_encryption_keys":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)


def secret_file(places: Places, name: str) -> str:
    """Path of the file with secret `name`, made where it is missing."""
    path = places.secrets / name
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_new_value(name))
        draft.replace(path)
    return str(path)


def secret(places: Places, name: str) -> str:
    """The secret itself."""
    with open(secret_file(places, name), encoding="utf-8") as file:
        return file.read().strip()
