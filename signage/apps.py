"""App configuration of signage."""

from django.apps import AppConfig


class SignageConfig(AppConfig):
    """减挂牌."""

    name = "signage"
    verbose_name = "减挂牌"
