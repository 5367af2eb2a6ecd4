"""App configuration of meetings."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    """减会减文."""

    name = "meetings"
    verbose_name = "减会减文"
