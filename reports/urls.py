"""Addresses under /reports/."""

from django.urls import include, path

app_name = "reports"
urlpatterns: list = []
