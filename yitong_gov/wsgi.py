"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yitong_gov.settings")
application = get_wsgi_application()

from core import installation  # noqa: E402 - apps must be loaded first

installation.verify()
