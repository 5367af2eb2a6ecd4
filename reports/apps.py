"""App configuration of reports."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """减报表."""

    name = "reports"
    verbose_name = "减报表"
