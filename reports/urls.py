"""Addresses under /reports/."""

from django.urls import include, path

app_name = "reports"
urlpatterns = [
    path("", include("reports.urls_gate")),
    path("", include("reports.urls_library")),
    path("", include("reports.urls_village")),
    path("", include("reports.urls_township")),
    path("", include("reports.urls_data")),
]
