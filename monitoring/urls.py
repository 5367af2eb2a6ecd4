"""Addresses under /monitoring/."""

from django.urls import path

from monitoring.views import dashboard

app_name = "monitoring"
urlpatterns = [
    path("", dashboard.Dashboard.as_view(), name="home"),
    path("figures/<slug:code>/", dashboard.FigureRows.as_view(), name="figure"),
    path("quarters/<str:quarter>/", dashboard.Quarter.as_view(), name="quarter"),
    path(
        "quarters/<str:quarter>/<int:unit>/<slug:column>/",
        dashboard.QuarterRows.as_view(),
        name="quarter_rows",
    ),
    path("tallies/<int:pk>/publish/", dashboard.Publish.as_view(), name="publish"),
]
