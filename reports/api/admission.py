"""forms and form-requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.periods import Frequency
from core.viewsets import ScopedViewSet, StepBody
from reports.choices import Category, DueKind, FormState, ReasonCode, RequestKind, RequestState
from reports.filters_library import FoundBy
from reports.models import Form, FormRequest
from reports.serializers import FormRequestSerializer, FormSerializer
from reports.services import admission_asking as asking
from reports.services import admission_changes as changing
from reports.services import admission_deciding as deciding


class FormApiFilter(django_filters.FilterSet):
    """Words, owner, state, category."""

    q = FoundBy(help_text="名称、表号、拼音或首字母")
    state = django_filters.ChoiceFilter(choices=FormState.choices)
    category = django_filters.ChoiceFilter(choices=Category.choices)

    class Meta:
        model = Form
        fields = ("q", "code", "owner", "state", "category", "temporary")


class FormViewSet(ScopedViewSet):
    """The register of forms."""

    queryset = Form.objects.none()
    serializer_class = FormSerializer
    filterset_class = FormApiFilter
    permission = "reports.view_forms"
    orderings = ("code", "name", "valid_until")
    default_ordering = ("code",)

    def scoped(self) -> QuerySet[Form]:
        """With number, owner, versions and fields."""
        return (
            super().scoped().select_related("owner", "number").prefetch_related("versions__fields__element")
        )

    @extend_schema(request=None, responses={201: FormRequestSerializer})
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        """Ask for 延期: a draft request of kind renew."""
        row = changing.ask_renewal(self.get_object().pk, actor=request.user)
        return Response(FormRequestSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: FormRequestSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str) -> Response:
        """Ask for 修订: a draft request of kind revise with a new version."""
        row = changing.ask_revision(self.get_object().pk, actor=request.user)
        return Response(FormRequestSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=StepBody, responses=FormSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """停用 one's own form at once."""
        data = self.body(StepBody)
        row = self.get_object()
        changing.cancel(row.pk, version=data["version"], actor=request.user, reason=data["reason"])
        return Response(FormSerializer(self.scoped().get(pk=row.pk)).data)


class FormRequestFilter(django_filters.FilterSet):
    """State, kind, requester, form."""

    state = django_filters.ChoiceFilter(choices=RequestState.choices)
    kind = django_filters.ChoiceFilter(choices=RequestKind.choices)

    class Meta:
        model = FormRequest
        fields = ("state", "kind", "requester", "form")


class ChosenBody(serializers.Serializer[Any]):
    """An indicator wanted in the form."""

    element_id = serializers.IntegerField(min_value=1)
    section = serializers.CharField(max_length=40, allow_blank=True, default="")
    # a field of that name hides the flag of the same name only on the class; DRF takes it off it
    required = serializers.BooleanField(default=True)  # type: ignore[assignment]
    by_superior = serializers.BooleanField(default=False)
    extra_reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class DraftBody(serializers.Serializer[Any]):
    """A request as it is drafted: the eight questions."""

    requester_id = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=80)
    category = serializers.ChoiceField(choices=Category.choices, default=Category.COUNTY)
    frequency = serializers.ChoiceField(choices=Frequency.choices, default=Frequency.MONTHLY)
    opens_day = serializers.IntegerField(min_value=0, max_value=366, default=0)
    due_kind = serializers.ChoiceField(choices=DueKind.choices, default=DueKind.DAY)
    due_n = serializers.IntegerField(min_value=0, max_value=366, default=28)
    respondent_rule = serializers.JSONField(default=dict)
    purpose = serializers.CharField(max_length=2000, allow_blank=True, default="")
    use = serializers.CharField(max_length=2000, allow_blank=True, default="")
    basis = serializers.CharField(max_length=200, allow_blank=True, default="")
    superior_ref = serializers.CharField(max_length=200, allow_blank=True, default="")
    superior_frequency = serializers.ChoiceField(choices=Frequency.choices, allow_blank=True, default="")
    sources = serializers.CharField(max_length=2000, allow_blank=True, default="")
    valid_until = serializers.DateField(allow_null=True, default=None)
    chosen = ChosenBody(many=True, default=list)


class SubmitBody(StepBody):
    """送审; `endorsed` says that the unit's principal has approved it."""

    endorsed = serializers.BooleanField(default=False, help_text="已经本单位主要负责人审定")


class DecisionBody(StepBody):
    """A decision with its opinion."""

    opinion = serializers.CharField(max_length=2000, allow_blank=True, default="")


class AtFrequencyBody(DecisionBody):
    """A decision that may admit the form less often than asked."""

    frequency = serializers.ChoiceField(
        choices=[("", "不变"), *Frequency.choices], default="", help_text="准入时降低的频次；空为按申请"
    )


class MergeBody(DecisionBody):
    """并入 which form."""

    into = serializers.IntegerField(min_value=1)


class TakeBody(AtFrequencyBody):
    """直接取用 which indicators."""

    elements = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=200)


class RejectBody(StepBody):
    """驳回 with its kind of reason."""

    code = serializers.ChoiceField(choices=ReasonCode.choices)


class FormRequestViewSet(ScopedViewSet):
    """Requests for forms and their decisions (一表一审)."""

    queryset = FormRequest.objects.none()
    serializer_class = FormRequestSerializer
    filterset_class = FormRequestFilter
    permission = "reports.view_requests"
    orderings = ("submitted_at", "decide_by", "hours_after")
    default_ordering = ("-submitted_at",)

    def scoped(self) -> QuerySet[FormRequest]:
        """With form and requester."""
        return super().scoped().select_related("form__number", "requester")

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(FormRequestSerializer(self.scoped().get(pk=pk)).data, status=code)

    def _decide(self, service: Callable[..., FormRequest], body: type[StepBody], **names: str) -> Response:
        """Run a deciding service; `names` maps its keywords to keys of the body."""
        data = self.body(body)
        row = self.get_object()
        service(
            row.pk,
            version=data["version"],
            actor=self.request.user,
            **{keyword: data[key] for keyword, key in names.items()},
        )
        return self._shown(row.pk)

    @extend_schema(request=DraftBody, responses={201: FormRequestSerializer})
    def create(self, request: Request) -> Response:
        """Draft a request."""
        data = self.body(DraftBody)
        chosen = tuple(asking.Chosen(**item) for item in data.pop("chosen"))
        rule = data.pop("respondent_rule") or {"kind": "all"}
        row = asking.save_draft(asking.Draft(chosen=chosen, respondent_rule=rule, **data), actor=request.user)
        return self._shown(row.pk, status.HTTP_201_CREATED)

    @extend_schema(request=SubmitBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """送审."""
        return self._decide(asking.submit, SubmitBody, endorsed="endorsed")

    @extend_schema(request=StepBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """撤回申请."""
        return self._decide(asking.withdraw, StepBody)

    @extend_schema(request=AtFrequencyBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def admit(self, request: Request, pk: str) -> Response:
        """准入并编号; 422 `reports.duplicate` at or above the threshold."""
        return self._decide(deciding.admit, AtFrequencyBody, opinion="opinion", frequency="frequency")

    @extend_schema(request=AtFrequencyBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def register(self, request: Request, pk: str) -> Response:
        """登记（上级统一部署）."""
        return self._decide(deciding.register, AtFrequencyBody, opinion="opinion", frequency="frequency")

    @extend_schema(request=DecisionBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def register_statutory(self, request: Request, pk: str) -> Response:
        """登记（法定统计调查）, by 县统计局."""
        return self._decide(deciding.register_statutory, DecisionBody, opinion="opinion")

    @extend_schema(request=TakeBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: str) -> Response:
        """直接取用: existing values are taken, no village is asked for them."""
        return self._decide(
            deciding.take_existing, TakeBody, element_ids="elements", opinion="opinion", frequency="frequency"
        )

    @extend_schema(request=MergeBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """并入 another form."""
        return self._decide(deciding.merge, MergeBody, into="into", opinion="opinion")

    @extend_schema(request=StepBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """退回修改."""
        return self._decide(deciding.send_back, StepBody, reason="reason")

    @extend_schema(request=RejectBody, responses=FormRequestSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """驳回 with a reason."""
        return self._decide(deciding.reject, RejectBody, reason="reason", code="code")

    @extend_schema(request=None, responses={201: FormRequestSerializer})
    @action(detail=True, methods=["post"], url_path="ask-review")
    def ask_review(self, request: Request, pk: str) -> Response:
        """复核, once."""
        row = changing.ask_review(self.get_object().pk, actor=request.user)
        return self._shown(row.pk, status.HTTP_201_CREATED)
