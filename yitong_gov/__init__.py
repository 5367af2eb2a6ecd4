"""The project: settings, URLs, roles, navigation, Celery."""

from yitong_gov.celery import app as celery_app

__all__ = ["celery_app"]
