"""API resources of reports."""

from rest_framework.routers import SimpleRouter

from reports.api.admission import FormRequestViewSet, FormViewSet
from reports.api.collection import AssignmentViewSet, ValueViewSet
from reports.api.library import ElementViewSet


def register(router: SimpleRouter) -> None:
    """Put the resources on the project's router."""
    router.register("elements", ElementViewSet, basename="element")
    router.register("forms", FormViewSet, basename="form")
    router.register("form-requests", FormRequestViewSet, basename="form-request")
    router.register("assignments", AssignmentViewSet, basename="assignment")
    router.register("values", ValueViewSet, basename="value")


__all__ = ["register"]
