"""Addresses under /reports/: data."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
