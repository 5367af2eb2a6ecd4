"""Addresses under /duties/."""

from django.urls import path

from core.pages import NotYetView

app_name = "duties"
urlpatterns = [
    path("", NotYetView.as_view(title="规范权责", scope="三张清单、职责查询和工作事项准入"), name="home")
]
