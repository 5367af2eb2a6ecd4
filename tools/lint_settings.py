"""Settings for linters that load Django without servers: mypy's plugin and the check of the migrations."""

import os

PLACEHOLDERS = {
    "SECRET_KEY": "".join(chr(ord("a") + number % 26) for number in range(60)),
    "FIELD_ENCRYPTION_KEYS": "bGludGxpbnRsaW50bGludGxpbnRsaW50bGludGxpbnQ9",
    "DATABASE_URL": "postgres:///lint",
    "DATABASE_OWNER_URL": "postgres:///lint",
    "BROKER_URL": "redis://localhost/0",
    "EMBEDDED": "1",
}
for _name, _value in PLACEHOLDERS.items():
    os.environ.setdefault(_name, _value)

from yitong_gov.settings import *
