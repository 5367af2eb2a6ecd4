"""API shapes of indicators, forms, requests, assignments and values."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.periods import Frequency
from core.viewsets import StepBody
from reports.choices import Aggregation, Carry, Sensitivity, ValueType
from reports.models import (
    Assignment,
    Element,
    ElementVersion,
    Form,
    FormField,
    FormRequest,
    FormVersion,
    Value,
)


class ElementVersionSerializer(serializers.ModelSerializer[ElementVersion]):
    """One wording (口径) of an indicator."""

    class Meta:
        model = ElementVersion
        fields = (
            "n",
            "name",
            "definition",
            "value_type",
            "unit",
            "decimals",
            "low",
            "high",
            "choices",
            "from_period",
        )


class ElementSerializer(serializers.ModelSerializer[Element]):
    """An indicator with its versions."""

    versions = ElementVersionSerializer(many=True, read_only=True)
    source_unit_name = serializers.CharField(source="source_unit.name", read_only=True)

    class Meta:
        model = Element
        fields = (
            "id",
            "code",
            "name",
            "status",
            "source_unit",
            "source_unit_name",
            "basic",
            "sensitivity",
            "period_type",
            "aggregation",
            "carry",
            "likely_to_change",
            "external_code",
            "superseded_by",
            "version",
            "versions",
        )


class WordsBody(serializers.Serializer[Any]):
    """What an indicator means."""

    name = serializers.CharField(max_length=60)
    definition = serializers.CharField(max_length=300)
    value_type = serializers.ChoiceField(choices=ValueType.choices, default=ValueType.INTEGER)
    unit = serializers.CharField(max_length=12, allow_blank=True, default="")
    decimals = serializers.IntegerField(min_value=0, max_value=4, default=0)
    low = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True, default=None)
    high = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True, default=None)
    choices = serializers.ListField(child=serializers.CharField(max_length=40), default=list, max_length=50)


WORDS = ("name", "definition", "value_type", "unit", "decimals", "low", "high", "choices")


class ElementBody(WordsBody):
    """A proposed indicator."""

    code = serializers.CharField(max_length=20, default="", allow_blank=True)
    source_unit = serializers.IntegerField()
    from_period = serializers.CharField(max_length=10)
    basic = serializers.BooleanField(default=False)
    sensitivity = serializers.ChoiceField(choices=Sensitivity.choices, default=Sensitivity.SHARED)
    period_type = serializers.ChoiceField(choices=Frequency.choices, default=Frequency.MONTHLY)
    aggregation = serializers.ChoiceField(choices=Aggregation.choices, default=Aggregation.LAST)
    carry = serializers.ChoiceField(choices=Carry.choices, default=Carry.CARRY)


class ElementReviseBody(WordsBody):
    """A new wording from a period on."""

    version = serializers.IntegerField(min_value=0)
    from_period = serializers.CharField(max_length=10)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class SupersedeBody(StepBody):
    """The indicator that takes its place."""

    successor = serializers.IntegerField()


class FormFieldSerializer(serializers.ModelSerializer[FormField]):
    """An indicator's place in a form."""

    element_code = serializers.CharField(source="element.code")
    element_name = serializers.CharField(source="element.name")

    class Meta:
        model = FormField
        fields = (
            "element",
            "element_code",
            "element_name",
            "place",
            "section",
            "required",
            "by_superior",
            "extra_reason",
        )


class FormVersionSerializer(serializers.ModelSerializer[FormVersion]):
    """What a form asks, how often, until when."""

    indicators = FormFieldSerializer(source="fields", many=True, read_only=True)

    class Meta:
        model = FormVersion
        fields = (
            "n",
            "frequency",
            "opens_day",
            "due_kind",
            "due_n",
            "minutes_fixed",
            "from_period",
            "in_force",
            "indicators",
        )


class FormSerializer(serializers.ModelSerializer[Form]):
    """A form of the register."""

    number = serializers.CharField(source="number.number", allow_null=True, default=None)
    owner_name = serializers.CharField(source="owner.name")
    versions = FormVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Form
        fields = (
            "id",
            "code",
            "name",
            "category",
            "owner",
            "owner_name",
            "state",
            "number",
            "temporary",
            "valid_from",
            "valid_until",
            "successor",
            "reference",
            "version",
            "versions",
        )


class FormRequestSerializer(serializers.ModelSerializer[FormRequest]):
    """A request (一表一审) with its burden D × E × G."""

    form_name = serializers.CharField(source="form.name")
    requester_name = serializers.CharField(source="requester.name")
    number = serializers.CharField(source="form.number.number", allow_null=True, default=None)

    class Meta:
        model = FormRequest
        fields = (
            "id",
            "kind",
            "form",
            "form_name",
            "requester",
            "requester_name",
            "number",
            "purpose",
            "use",
            "basis",
            "superior_ref",
            "superior_frequency",
            "sources",
            "respondents",
            "times_a_year",
            "minutes_each",
            "hours_before",
            "hours_after",
            "change_code",
            "state",
            "reason_code",
            "opinion",
            "merged_into",
            "submitted_at",
            "decide_by",
            "decided_at",
            "decided_by",
            "version",
        )


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """One form of one unit and period, with SDMX's names for unit and period."""

    REF_AREA = serializers.CharField(source="unit.code", allow_null=True)
    TIME_PERIOD = serializers.CharField(source="period")
    unit_name = serializers.CharField(source="unit.name")
    form_name = serializers.CharField(source="form.name")
    number = serializers.CharField(source="form.number.number", allow_null=True, default=None)

    class Meta:
        model = Assignment
        fields = (
            "id",
            "form",
            "form_name",
            "number",
            "unit",
            "unit_name",
            "REF_AREA",
            "TIME_PERIOD",
            "opens_on",
            "due_on",
            "due_provisional",
            "burden_month",
            "state",
            "fields",
            "typed",
            "checked",
            "minutes",
            "submitted_at",
            "by_township",
            "returns",
            "version",
        )


class ValueSerializer(serializers.ModelSerializer[Value]):
    """A value with its indicator, unit and period codes, source and date."""

    REF_AREA = serializers.CharField(source="unit.code", allow_null=True)
    TIME_PERIOD = serializers.CharField(source="period")
    INDICATOR = serializers.CharField(source="element.code")
    indicator_name = serializers.CharField(source="element_version.name")
    unit_name = serializers.CharField(source="unit.name")
    measure_unit = serializers.CharField(source="element_version.unit")

    class Meta:
        model = Value
        fields = (
            "id",
            "element",
            "INDICATOR",
            "indicator_name",
            "measure_unit",
            "unit",
            "unit_name",
            "REF_AREA",
            "TIME_PERIOD",
            "kind",
            "number",
            "text",
            "origin",
            "origin_ref",
            "at",
            "version",
        )


class ValueBody(serializers.Serializer[Any]):
    """One value as it is handed in: a plain number as text (no 万, no separators), or text."""

    assignment = serializers.IntegerField(min_value=1)
    element = serializers.IntegerField(min_value=1)
    value = serializers.CharField(max_length=500, allow_blank=True, trim_whitespace=False)
    version = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class SavedSerializer(serializers.Serializer[Any]):
    """Answer to a stored value."""

    version = serializers.IntegerField()
    shown = serializers.CharField()
    hint = serializers.CharField()
    used_in = serializers.IntegerField()
    saved_at = serializers.DateTimeField()


class FieldReturnBody(StepBody):
    """A single field sent back, or the whole form where no element is named."""

    element = serializers.IntegerField(required=False, allow_null=True, default=None)
