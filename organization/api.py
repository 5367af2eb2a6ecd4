"""API resources of organization: units, rules."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import exceptions

from core.models import RuleVersion
from core.viewsets import ScopedViewSet
from organization.choices import Level
from organization.models import Unit
from organization.serializers import RuleSerializer, UnitSerializer
from organization.signed_in import person_of


class UnitFilter(django_filters.FilterSet):
    """By level, parent, code, whether counted."""

    level = django_filters.ChoiceFilter(choices=Level.choices)

    class Meta:
        model = Unit
        fields = ("level", "parent", "code", "name", "counted")


class UnitViewSet(ScopedViewSet):
    """Units of the county."""

    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    filterset_class = UnitFilter
    permission = "organization.view_units"
    orderings = ("code", "order_no", "name")

    def scoped(self) -> QuerySet[Unit]:
        """With the parent's code."""
        return super().scoped().select_related("parent")


class RuleFilter(django_filters.FilterSet):
    """By code and day in force."""

    on = django_filters.DateFilter(field_name="during", lookup_expr="contains", help_text="施行日")

    class Meta:
        model = RuleVersion
        fields = ("code", "strength", "on")


class RuleViewSet(ScopedViewSet):
    """The RuleSet, readable by everyone signed in."""

    queryset = RuleVersion.objects.none()
    serializer_class = RuleSerializer
    filterset_class = RuleFilter
    orderings = ("code",)
    default_ordering = ("code",)

    def scoped(self) -> QuerySet[Any]:
        """All versions for those who may look at rules."""
        if not person_of(self.request).may_anywhere("organization.view_rules"):
            raise exceptions.PermissionDenied("您没有查看规则的权限。")
        return RuleVersion.objects.all()
