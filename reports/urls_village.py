"""Addresses under /reports/: village."""

from django.urls import path, re_path

from reports.views import village, village_fill

urlpatterns = [
    path("month/", village.month, name="village_month"),
    path("facts/", village.facts, name="facts"),
    path("fill/", village_fill.fill_bundle, name="fill_bundle"),
    path("fill/check/", village_fill.check_bundle, name="check_bundle"),
    path("fill/recall/", village.recall, name="recall_sent"),
    path("fill/<int:pk>/", village_fill.fill, name="fill"),
    path("fill/<int:pk>/check/", village_fill.check, name="check"),
    re_path(r"^fill/(?P<pk>\d+)/(?P<name>recall|refuse)/$", village.step, name="village_step"),
    path("values/<int:assignment>/<int:element>/", village_fill.save_value, name="save_value"),
]
