"""Addresses of people, units, notices and rules."""

from django.urls import path

from core.pages import PrivacyView, toggle_elder
from organization.views import accounts, doors, looking, rules, village_accounts

urlpatterns = [
    path("accounts/login/", doors.SignIn.as_view(), name="account_login"),
    path("accounts/logout/", doors.SignOut.as_view(), name="account_logout"),
    path("accounts/door/", doors.demo_door, name="demo_door"),
    path("accounts/stories/<slug:slug>/", doors.story, name="story"),
    path("accounts/me/", doors.account, name="account"),
    path("accounts/second-factor/", doors.enrol, name="second_factor"),
    path("accounts/manage/", accounts.Accounts.as_view(), name="accounts"),
    path("accounts/manage/new/", accounts.AccountAdd.as_view(), name="account_add"),
    path("accounts/manage/import/", accounts.AccountImport.as_view(), name="account_import"),
    path("accounts/manage/<int:pk>/", accounts.AccountDetail.as_view(), name="account_detail"),
    path("accounts/manage/<int:pk>/<slug:step>/", accounts.AccountStep.as_view(), name="account_step"),
    path("accounts/villages/", village_accounts.VillageAccounts.as_view(), name="village_accounts"),
    path(
        "accounts/villages/<slug:step>/",
        village_accounts.VillageAccountStep.as_view(),
        name="village_account_step",
    ),
    path("units/", looking.Units.as_view(), name="units"),
    path("directory/", looking.Directory.as_view(), name="directory"),
    path("notices/", looking.notice_list, name="notices"),
    path("notices/read/", looking.read_notices, name="read_notices"),
    path("rules/", rules.Rules.as_view(), name="rules"),
    path("rules/<str:code>/new/", rules.RuleEntry.as_view(), name="rule_entry"),
    path("rules/<int:pk>/confirm/", rules.RuleConfirm.as_view(), name="rule_confirm"),
    path("feedback/", looking.feedback, name="feedback"),
    path("privacy/", PrivacyView.as_view(), name="privacy"),
    path("elder/", toggle_elder, name="toggle_elder"),
    path("audit/", looking.Trail.as_view(), name="audit"),
    path("jobs/", looking.Jobs.as_view(), name="jobs"),
]
