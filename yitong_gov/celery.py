"""Celery: the nudge, never the truth. The schedule is code; each entry names a task that is safe to repeat."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yitong_gov.settings")
app = Celery("yitong_gov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
