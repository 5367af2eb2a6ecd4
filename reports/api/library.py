"""elements: the indicator library."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import periods
from core.errors import Invalid
from core.viewsets import ScopedViewSet, StepBody
from reports.filters_library import FoundBy
from reports.models import Element
from reports.serializers import WORDS, ElementBody, ElementReviseBody, ElementSerializer, SupersedeBody
from reports.services import library
from reports.services.library import Words


class ElementApiFilter(django_filters.FilterSet):
    """Words, status, source, cycle."""

    q = FoundBy(help_text="名称、代码、拼音或首字母")

    class Meta:
        model = Element
        fields = ("q", "code", "name", "status", "source_unit", "period_type", "sensitivity", "basic")


def first_day(code: str) -> Any:
    """First day of a period code; a malformed one is refused on its field."""
    try:
        return periods.parse(code).start
    except ValueError as error:
        raise Invalid(str(error), field="from_period") from error


class ElementViewSet(ScopedViewSet):
    """Indicators with their wordings. Proposing makes one 待审; keeping it is 县政数局's."""

    queryset = Element.objects.none()
    serializer_class = ElementSerializer
    filterset_class = ElementApiFilter
    permission = "reports.view_elements"
    orderings = ("code", "name")
    default_ordering = ("code",)

    def scoped(self) -> QuerySet[Element]:
        """With source and versions."""
        return super().scoped().select_related("source_unit").prefetch_related("versions")

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(ElementSerializer(self.scoped().get(pk=pk)).data, status=code)

    @extend_schema(request=ElementBody, responses={201: ElementSerializer})
    def create(self, request: Request) -> Response:
        """Propose an indicator."""
        data = self.body(ElementBody)
        row = library.propose_element(
            code=data["code"],
            words=Words(**{name: data[name] for name in WORDS}),
            from_period=first_day(data["from_period"]),
            actor=request.user,
            source_unit_id=data["source_unit"],
            **{name: data[name] for name in ("basic", "sensitivity", "period_type", "aggregation", "carry")},
        )
        return self._shown(row.pk, status.HTTP_201_CREATED)

    @extend_schema(request=ElementReviseBody, responses=ElementSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str) -> Response:
        """Give the indicator a new wording from a period on."""
        data = self.body(ElementReviseBody)
        row = self.get_object()
        library.revise_element(
            pk=row.pk,
            version=data["version"],
            words=Words(**{name: data[name] for name in WORDS}),
            from_period=first_day(data["from_period"]),
            actor=request.user,
            reason=data["reason"],
        )
        return self._shown(row.pk)

    def _move(self, step: str, data: dict[str, Any]) -> Response:
        row = self.get_object()
        library.move_element(
            step=step,
            pk=row.pk,
            version=data["version"],
            actor=self.request.user,
            reason=data["reason"],
            successor_id=data.get("successor"),
        )
        return self._shown(row.pk)

    @extend_schema(request=StepBody, responses=ElementSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """启用."""
        return self._move("activate", self.body(StepBody))

    @extend_schema(request=StepBody, responses=ElementSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """不予启用."""
        return self._move("decline", self.body(StepBody))

    @extend_schema(request=StepBody, responses=ElementSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """停用; refused while in use."""
        return self._move("retire", self.body(StepBody))

    @extend_schema(request=SupersedeBody, responses=ElementSerializer)
    @action(detail=True, methods=["post"])
    def supersede(self, request: Request, pk: str) -> Response:
        """替代."""
        return self._move("supersede", self.body(SupersedeBody))
