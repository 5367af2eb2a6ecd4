"""App configuration of core."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Core has no signals and does nothing at start."""

    name = "core"
    verbose_name = "机制"
