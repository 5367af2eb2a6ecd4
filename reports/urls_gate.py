"""Addresses of the register and of form requests."""

from django.urls import path

from reports.views import gate_lists

urlpatterns = [
    path("", gate_lists.Register.as_view(), name="home"),
    path("requests/", gate_lists.Requests.as_view(), name="requests"),
    path("requests/<int:pk>/", gate_lists.Requests.as_view(), name="request"),
    path("forms/<int:pk>/", gate_lists.Register.as_view(), name="form"),
]
