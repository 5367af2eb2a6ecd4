"""tallies and figures."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from core import clock, periods
from core.viewsets import ScopedViewSet
from monitoring.serializers import FigureSerializer, UnitMonthSerializer
from monitoring.services import dashboard
from organization.signed_in import person_of
from reports.models import UnitMonth
from reports.services.tally import newest_months


class TallyFilter(django_filters.FilterSet):
    """Month, unit."""

    TIME_PERIOD = django_filters.CharFilter(field_name="month")
    REF_AREA = django_filters.CharFilter(field_name="unit__code")

    class Meta:
        model = UnitMonth
        fields = ("TIME_PERIOD", "REF_AREA", "unit")


class TallyViewSet(ScopedViewSet):
    """Months by unit, each in its newest revision."""

    queryset = UnitMonth.objects.none()
    serializer_class = UnitMonthSerializer
    filterset_class = TallyFilter
    permission = "monitoring.view_tallies"
    orderings = ("month", "minutes")
    default_ordering = ("-month", "unit_id")

    def scoped(self) -> QuerySet[UnitMonth]:
        """Newest revision of each month and unit."""
        return newest_months(super().scoped()).select_related("unit", "run")


class FigureViewSet(viewsets.ViewSet):
    """The dashboard's figures for a month, scoped like the page."""

    serializer_class = FigureSerializer

    @extend_schema(
        parameters=[OpenApiParameter("month", str, description="月份，如 2026-11；缺省为本月")],
        responses=FigureSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """Each with definition, n, N, as-of and the address of its rows."""
        if not person_of(request).may_anywhere("monitoring.view_dashboard"):
            raise exceptions.PermissionDenied("您没有查看减负监测的权限。")
        month = request.query_params.get("month", f"{clock.today():%Y-%m}")
        try:
            periods.parse(month)
        except ValueError as error:
            raise exceptions.ValidationError({"month": str(error)}) from error
        return Response(FigureSerializer(dashboard.figures(request.user, month), many=True).data)


def register(router: SimpleRouter) -> None:
    """Put the resources on the project's router."""
    router.register("tallies", TallyViewSet, basename="tally")
    router.register("figures", FigureViewSet, basename="figure")
