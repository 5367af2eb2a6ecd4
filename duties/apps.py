"""App configuration of duties."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """规范权责."""

    name = "duties"
    verbose_name = "规范权责"
