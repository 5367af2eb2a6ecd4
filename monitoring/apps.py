"""App configuration of monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """减负监测."""

    name = "monitoring"
    verbose_name = "减负监测"
