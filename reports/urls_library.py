"""Addresses under /reports/: library."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
