"""assignments and values."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.numbers import BadNumber, read_strict, written
from core.viewsets import ScopedViewSet, StepBody
from organization.signed_in import person_of
from reports.choices import AssignmentState, ValueType
from reports.models import Assignment, Element, Value
from reports.serializers import (
    AssignmentSerializer,
    FieldReturnBody,
    SavedSerializer,
    ValueBody,
    ValueSerializer,
)
from reports.services import data as receiving
from reports.services import library, review
from reports.services.collection import filling, submitting
from reports.workflow_assignment import SUBMIT, SUBMIT_FOR


class AssignmentFilter(django_filters.FilterSet):
    """Form, unit, period, state, month of burden."""

    TIME_PERIOD = django_filters.CharFilter(field_name="period")
    REF_AREA = django_filters.CharFilter(field_name="unit__code")
    state = django_filters.ChoiceFilter(choices=AssignmentState.choices)

    class Meta:
        model = Assignment
        fields = ("form", "unit", "TIME_PERIOD", "REF_AREA", "state", "burden_month", "due_on", "by_township")


class AssignmentViewSet(ScopedViewSet):
    """What is due from whom."""

    queryset = Assignment.objects.none()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    permission = "reports.view_assignments"
    orderings = ("due_on", "period", "submitted_at")
    default_ordering = ("-period_start", "form_id", "unit_id")

    def scoped(self) -> QuerySet[Assignment]:
        """With the names that are shown."""
        return super().scoped().select_related("form__number", "unit")

    def _shown(self, pk: int) -> Response:
        return Response(AssignmentSerializer(self.scoped().get(pk=pk)).data)

    @extend_schema(request=StepBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """报送 by the village, or 代填报送 by its township or the 站所 it was handed to."""
        data = self.body(StepBody)
        row = self.get_object()
        own = Assignment.objects.for_user(request.user, "reports.fill").filter(pk=row.pk).exists()
        step = SUBMIT if own else SUBMIT_FOR
        outcome = submitting.submit(
            pks=[row.pk], actor=person_of(request), step=step, versions={row.pk: data["version"]}
        )
        if not outcome.sent:
            raise Invalid("还有必填项没有填，未报送。")
        return self._shown(row.pk)

    @extend_schema(request=StepBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def recall(self, request: Request, pk: str) -> Response:
        """撤回修改, until reviewed."""
        data = self.body(StepBody)
        row = self.get_object()
        submitting.recall(pks=[row.pk], actor=person_of(request), versions={row.pk: data["version"]})
        return self._shown(row.pk)

    @extend_schema(request=StepBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """同意 by the township."""
        data = self.body(StepBody)
        row = self.get_object()
        review.approve(pk=row.pk, actor=person_of(request), version=data["version"])
        return self._shown(row.pk)

    @extend_schema(request=FieldReturnBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """退回修改: the whole form, or the one field that `element` names."""
        data = self.body(FieldReturnBody)
        row = self.get_object()
        if data["element"] is None:
            review.return_whole(
                pk=row.pk, actor=person_of(request), reason=data["reason"], version=data["version"]
            )
        else:
            review.return_field(
                pk=row.pk,
                element_id=data["element"],
                actor=person_of(request),
                comment=data["reason"],
                version=data["version"],
            )
        return self._shown(row.pk)

    @extend_schema(request=StepBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """接收 by the department, one row."""
        data = self.body(StepBody)
        row = self.get_object()
        receiving.accept_one(pk=row.pk, actor=person_of(request), version=data["version"])
        return self._shown(row.pk)

    @extend_schema(request=StepBody, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """无编号，依规不报: only where the form has no valid number."""
        data = self.body(StepBody)
        row = self.get_object()
        submitting.refuse(pk=row.pk, actor=person_of(request), version=data["version"])
        return self._shown(row.pk)


class ValueFilter(django_filters.FilterSet):
    """Indicator, unit, period, form."""

    TIME_PERIOD = django_filters.CharFilter(field_name="period")
    REF_AREA = django_filters.CharFilter(field_name="unit__code")
    INDICATOR = django_filters.CharFilter(field_name="element__code")

    class Meta:
        model = Value
        fields = ("element", "unit", "TIME_PERIOD", "REF_AREA", "INDICATOR", "origin")


def strict_text(element_id: int, period_start: Any, text: str) -> str:
    """A number handed in by a program: plain digits only, nothing guessed; text elements as they are."""
    words = library.version_on(element_id, period_start)
    if words.value_type not in {ValueType.INTEGER, ValueType.DECIMAL} or not text.strip():
        return text
    try:
        return written(read_strict(text, decimals=words.decimals))
    except BadNumber as error:
        raise Invalid(str(error), field="value") from error


class ValueViewSet(ScopedViewSet):
    """Values as they are stored; POST stores one for an open assignment."""

    queryset = Value.objects.none()
    serializer_class = ValueSerializer
    filterset_class = ValueFilter
    permission = "reports.view_values"
    orderings = ("period", "at")
    default_ordering = ("-period_start", "element_id", "unit_id")

    def scoped(self) -> QuerySet[Value]:
        """With the names that are shown."""
        return super().scoped().select_related("element", "element_version", "unit")

    @extend_schema(request=ValueBody, responses=SavedSerializer)
    def create(self, request: Request) -> Response:
        """Store one value, once for every form of the unit and period that uses the indicator."""
        data = self.body(ValueBody)
        row = (
            Assignment.objects.for_user(request.user, "reports.view_assignments")
            .filter(pk=data["assignment"])
            .first()
        )
        if row is None:
            raise Invalid("没有这项填报任务，或不在您的管理范围内。", field="assignment")
        if (
            not Element.objects.for_user(request.user, "reports.view_elements")
            .filter(pk=data["element"])
            .exists()
        ):
            raise Invalid("没有这个指标。", field="element")
        saved = filling.save_value(
            assignment_pk=row.pk,
            element_pk=data["element"],
            actor=person_of(request),
            typed=strict_text(data["element"], row.period_start, data["value"]),
            version=data["version"],
            reason=data["reason"],
        )
        return Response(SavedSerializer(saved).data)
