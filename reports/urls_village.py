"""Addresses under /reports/: village."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
