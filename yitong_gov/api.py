"""/api/v1/: one router for all apps, the schema and its documentation."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.routers import SimpleRouter

import monitoring.api
import reports.api
from organization.api import RuleViewSet, UnitViewSet

router = SimpleRouter()
router.register("units", UnitViewSet, basename="unit")
router.register("rules", RuleViewSet, basename="rule")
reports.api.register(router)
monitoring.api.register(router)


class Documentation(SpectacularSwaggerSplitView):
    """Browsable documentation under the same strict content policy: its script comes from an address of our own."""

    renderer_classes = [TemplateHTMLRenderer]


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", Documentation.as_view(url_name="api_schema"), name="api_docs"),
    *router.urls,
]
