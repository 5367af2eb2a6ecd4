"""API shapes of tallies and figures."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from reports.models import UnitMonth
from reports.services.tally import MONTH_COLUMNS


class UnitMonthSerializer(serializers.ModelSerializer[UnitMonth]):
    """A unit's month as tallied, with the revision it stands in."""

    REF_AREA = serializers.CharField(source="unit.code", allow_null=True)
    TIME_PERIOD = serializers.CharField(source="month")
    unit_name = serializers.CharField(source="unit.name")
    revision = serializers.IntegerField(source="run.revision")
    as_of = serializers.DateTimeField(source="run.as_of")

    class Meta:
        model = UnitMonth
        fields = (
            "id",
            "unit",
            "unit_name",
            "REF_AREA",
            "TIME_PERIOD",
            "revision",
            "as_of",
            *MONTH_COLUMNS,
        )


class FigureSerializer(serializers.Serializer[Any]):
    """A computed figure with what is needed to check it."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    unit = serializers.CharField()
    definition = serializers.CharField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    numerator = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    denominator = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    as_of = serializers.DateTimeField()
    rows_url = serializers.CharField()
