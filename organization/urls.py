"""Addresses of people, units, notices and rules."""

from django.urls import path

from core.pages import PrivacyView, toggle_elder
from organization.views import doors, looking

urlpatterns = [
    path("accounts/login/", doors.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", doors.SignOut.as_view(), name="account_logout"),
    path("accounts/door/", doors.demo_door, name="demo_door"),
    path("accounts/stories/<slug:slug>/", doors.story, name="story"),
    path("accounts/me/", doors.account, name="account"),
    path("accounts/second-factor/", doors.enrol, name="second_factor"),
    path("units/", looking.Units.as_view(), name="units"),
    path("directory/", looking.Directory.as_view(), name="directory"),
    path("notices/", looking.notice_list, name="notices"),
    path("notices/read/", looking.read_notices, name="read_notices"),
    path("rules/", looking.Rules.as_view(), name="rules"),
    path("feedback/", looking.feedback, name="feedback"),
    path("privacy/", PrivacyView.as_view(), name="privacy"),
    path("elder/", toggle_elder, name="toggle_elder"),
    path("audit/", looking.Trail.as_view(), name="audit"),
    path("jobs/", looking.Jobs.as_view(), name="jobs"),
]
