"""Shapes of API resources: scoped, filtered strictly, ordered, and their steps as POST …/{id}/{step}/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, serializers, viewsets
from rest_framework.request import Request

PAGING = frozenset({"page", "page_size", "ordering", "format"})
BIGGEST_ID = 2**63 - 1


class StrictFilters(DjangoFilterBackend):
    """Unknown parameters, doubled ones and bad values are 400, never all rows."""

    def filter_queryset(  # type: ignore[override]  # its types say HttpRequest; DRF hands a Request
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        """Rows after the filters of the view."""
        filterset = self.get_filterset(request, queryset, view)
        known = PAGING | set(filterset.filters if filterset is not None else ())
        for name in request.query_params:
            if name not in known:
                raise exceptions.ValidationError({name: f"没有“{name[:40]}”这个查询条件。"})
            if name in PAGING and len(request.query_params.getlist(name)) > 1:
                raise exceptions.ValidationError({name: "查询条件重复。"})
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise exceptions.ValidationError(filterset.errors)
        return filterset.qs


class ScopedViewSet(viewsets.ReadOnlyModelViewSet[Any]):
    """List and detail of the rows that `for_user(user, permission)` gives; 404 outside scope.

    `orderings` are the fields that `?ordering=` may name; every ordering ends in pk.
    """

    queryset: QuerySet[Any]
    permission = ""
    orderings: tuple[str, ...] = ()
    default_ordering: tuple[str, ...] = ()
    filter_backends = (StrictFilters,)
    lookup_value_regex = r"[0-9]{1,19}"

    def scoped(self) -> QuerySet[Any]:
        """Rows before filters; subclasses add what serializers need."""
        rows: QuerySet[Any] = self.queryset.model.objects.for_user(self.request.user, self.permission)
        return rows

    def get_queryset(self) -> QuerySet[Any]:
        """Scoped and ordered; nothing while the schema is drawn."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        asked = self.request.query_params.get("ordering", "")
        if asked and asked.lstrip("-") not in self.orderings:
            raise exceptions.ValidationError({"ordering": "不能按此项排序。"})
        order = (asked,) if asked else self.default_ordering
        return self.scoped().order_by(*order, "pk")

    def get_object(self) -> Any:
        """The row; an id beyond the database's range is simply absent."""
        if int(self.kwargs[self.lookup_url_kwarg or self.lookup_field]) > BIGGEST_ID:
            raise exceptions.NotFound("未找到，或不在您的管理范围内。")
        return super().get_object()

    def body(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The validated body of a step or a write; unknown keys are refused."""
        given = self.request.data
        bound = serializer(data=given, context=self.get_serializer_context())
        if not isinstance(given, dict):
            raise exceptions.ValidationError({"": "内容应为 JSON 对象。"})
        unknown = sorted(set(given) - set(bound.fields))
        if unknown:
            raise exceptions.ValidationError({name[:40]: "没有这一项。" for name in unknown})
        bound.is_valid(raise_exception=True)
        return dict(bound.validated_data)


class StepBody(serializers.Serializer[Any]):
    """Body of a step: the version read, the reason, reasons by rule."""

    version = serializers.IntegerField(min_value=0, help_text="读到的版本号；已被他人修改时返回 409")
    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=2000, help_text="理由"
    )
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=500),
        required=False,
        default=dict,
        help_text="突破原则性规定的说明：{规则: 理由}",
    )
