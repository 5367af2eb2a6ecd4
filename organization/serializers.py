"""API shapes of units and rules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.models import RuleVersion
from organization.models import Unit


class UnitSerializer(serializers.ModelSerializer[Unit]):
    """A unit with its 12-digit code (REF_AREA)."""

    parent_code = serializers.CharField(source="parent.code", allow_null=True, default=None)

    class Meta:
        model = Unit
        fields = (
            "id",
            "code",
            "name",
            "level",
            "kind",
            "parent",
            "parent_code",
            "counted",
            "order_no",
            "side",
            "retired_on",
            "version",
        )


class RuleSerializer(serializers.ModelSerializer[RuleVersion]):
    """A version of a rule, with the days between which it is in force."""

    valid_from = serializers.SerializerMethodField()
    valid_until = serializers.SerializerMethodField()

    class Meta:
        model = RuleVersion
        fields = ("id", "code", "value", "strength", "text", "source", "checked", "valid_from", "valid_until")

    def get_valid_from(self, row: RuleVersion) -> Any:
        """First day in force."""
        return row.during.lower

    def get_valid_until(self, row: RuleVersion) -> Any:
        """First day no longer in force; null while it goes on."""
        return row.during.upper
