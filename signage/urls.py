"""Addresses under /signage/."""

from django.urls import path

from core.pages import NotYetView

app_name = "signage"
urlpatterns = [path("", NotYetView.as_view(title="减挂牌", scope="标牌目录、标牌台账和回头看"), name="home")]
