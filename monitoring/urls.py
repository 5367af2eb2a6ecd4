"""Addresses under /monitoring/."""

app_name = "monitoring"
urlpatterns: list = []
