"""Addresses under /meetings/."""

from django.urls import path

from core.pages import NotYetView

app_name = "meetings"
urlpatterns = [
    path(
        "",
        NotYetView.as_view(title="减会减文", scope="会议与文件计划、额度、负面清单和周会议安排"),
        name="home",
    )
]
