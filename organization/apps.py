"""App configuration of organization."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """组织人员."""

    name = "organization"
    verbose_name = "组织人员"
