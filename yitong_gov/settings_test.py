"""Settings of the test suite: the product's own, on the servers that tests/servers.py started, as owner."""

import os

os.environ.setdefault("DATABASE_ROLE", "owner")
os.environ.setdefault("EMBEDDED", "1")
os.environ.setdefault("DEMO", "0")

from yitong_gov.settings import *

_WORKER_NUMBER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
CELERY_BROKER_URL = f"{CELERY_BROKER_URL}?virtual_host={int(_WORKER_NUMBER) + 1}"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
