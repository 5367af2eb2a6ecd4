"""Addresses under /reports/: township."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
