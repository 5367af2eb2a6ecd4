"""The first page of each role: what waits, and where an administrator's or a village's own pages are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import audit, clock, limits
from core.models import RuleVersion
from monitoring.services import workbench
from organization.models import Posting
from organization.services import rules
from reports.rules import RULES
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> factories.County:
    """The small county with its rules."""
    limits.install(RULES)
    return factories.county()


def page(user: Any, url: str = "/") -> str:
    """The first page as a person gets it."""
    client = Client()
    client.force_login(user, backend="organization.backends.PasswordBackend")
    return client.get(url).content.decode()


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("sysadmin", ["账号", "单位", "后台任务"]),
        ("secadmin", ["账号", "规则与出处"]),
        ("auditor", ["操作记录"]),
        ("sup", []),
        ("township", ["我的数据"]),
    ],
)
def test_each_role_has_buttons_to_its_pages(county: factories.County, role: str, labels: list[str]) -> None:
    user = factories.person(role, county.yitong if role == "township" else county.root)
    found = workbench.links(user)
    assert [link["label"] for link in found] == labels
    client = Client()
    client.force_login(user, backend="organization.backends.PasswordBackend")
    assert [client.get(link["url"]).status_code for link in found] == [200] * len(labels)


def test_administrators_see_no_tabs_of_requests(county: factories.County) -> None:
    assert "我发起的" not in page(factories.person("sysadmin", county.root))
    assert "我发起的" in page(factories.person("department", county.minzheng))


def test_new_account_waits_for_the_second_administrator(county: factories.County) -> None:
    new = factories.person("department", county.minzheng, name="新来的")
    with audit.act(audit.SYSTEM):
        Posting.objects.filter(user=new).update(granted_by=None, needs_two=True, created_by=7)
    items = workbench.todo(factories.person("secadmin", county.root))
    assert [(item.tag, item.url) for item in items] == [("待授权", reverse("account_detail", args=[new.pk]))]
    assert items[0].title.startswith("新来的")
    assert workbench.todo(factories.person("sysadmin", county.root)) == []


def test_entered_rule_waits_for_confirmation(county: factories.County) -> None:
    security = factories.person("secadmin", county.root)
    confirmer = factories.person("dgb", county.dgb)
    assert workbench.todo(confirmer) == []
    present = RuleVersion.objects.get(code="reports.validity")
    entered = rules.enter(
        actor=security,
        code=present.code,
        strength=present.strength,
        text="准入有效期最长 6 个月。",
        source=present.source,
        value={"months": 6},
        starts=clock.today() + dt.timedelta(days=3),
    )
    items = workbench.todo(confirmer)
    assert [(item.title, item.tag, item.due) for item in items] == [
        ("准入有效期最长 6 个月。", "待确认", entered.proposed_from)
    ]
    assert workbench.todo(security) == []
    rules.confirm(actor=confirmer, version=entered)
    assert workbench.todo(confirmer) == []


def test_village_page_leads_to_its_own_data(county: factories.County) -> None:
    user = factories.person("village", county.villages[0])
    assert f'href="{reverse("reports:my_data")}"' in page(user)
    assert "低保户数" not in page(user, reverse("reports:my_data"))


def test_leader_sees_what_the_dashboard_would_deal_with(client):
    county = factories.county()
    form = factories.form("到期表", county.minzheng, [], county.villages, state="expired")
    client.force_login(factories.person("ldr", county.root))
    titles = [item.title for item in client.get("/").context["items"]]
    assert titles == [f"县民政局《{form.name}》已过有效期，停止填报"]
    client.force_login(factories.person("dgb", county.dgb))
    assert client.get("/").context["items"] == []
