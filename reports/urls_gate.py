"""Addresses under /reports/: gate."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
