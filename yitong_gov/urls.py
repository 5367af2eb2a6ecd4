"""All addresses. What is public stands in `PUBLIC`; a test compares it with this list."""

from django.urls import include, path

from core import health
from core.errors import bad_request, page_not_found, permission_denied, server_error
from core.styleguide import StyleguideView
from monitoring.views import workbench

PUBLIC = frozenset({"healthz", "readyz", "privacy", "demo_door", "styleguide"})
"""URL names that need no sign-in, beside allauth's own pages."""

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("styleguide/", StyleguideView.as_view(), name="styleguide"),
    path("", workbench, name="workbench"),
    path("", include("organization.urls")),
    path("accounts/", include("allauth.urls")),
    path("meetings/", include("meetings.urls")),
    path("signage/", include("signage.urls")),
    path("reports/", include("reports.urls")),
    path("duties/", include("duties.urls")),
    path("monitoring/", include("monitoring.urls")),
    path("api/v1/", include("yitong_gov.api")),
]

handler400 = bad_request
handler403 = permission_denied
handler404 = page_not_found
handler500 = server_error
