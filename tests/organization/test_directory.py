"""单位 and 通讯录."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core import audit
from organization.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(client: Client) -> factories.County:
    """The small county, seen by a village."""
    made = factories.county()
    client.force_login(
        factories.person("village", made.villages[0], name="村会计"),
        backend="organization.backends.PasswordBackend",
    )
    return made


def contact(county: factories.County) -> User:
    """A cadre of 伊通镇 who stands for two villages."""
    user = factories.person("township", county.yitong, name="包村王")
    with audit.act(audit.SYSTEM):
        user.postings.get().villages.set(county.villages[:2])
    return user


def shown(answer: Any) -> list[list[str]]:
    """Unit, name and villages of each row."""
    return [[row["cells"][i]["text"] for i in (0, 2, 4)] for row in answer.context["table"]["rows"]]


@pytest.mark.row("B1")
def test_totals_on_the_page_are_counted(client: Client, county: factories.County) -> None:
    """Two townships, six villages; one more listed but not counted changes only the listed number."""
    factories.village("派出社区", county.yitong, counted=False, kind="community")
    text = client.get("/units/").content.decode()
    assert "2 个乡镇（街道） · 6 个村（社区）" in text
    assert "在册村级单位 7 个" in text


def test_directory_finds_contact_cadres(client: Client, county: factories.County) -> None:
    """The filter leaves who stands for villages, with their names."""
    contact(county)
    answer = client.get("/directory/", {"contact": "yes"})
    assert shown(answer) == [["伊通镇", "包村王", "示例一村、示例二村"]]


def test_directory_searches_by_initials(client: Client, county: factories.County) -> None:
    """hyz finds 河源镇."""
    factories.person("township", county.heyuan, name="河源王")
    assert shown(client.get("/directory/", {"words": "hyz"})) == [["河源镇", "河源王", ""]]


def test_directory_leaves_out_stopped_accounts(client: Client, county: factories.County) -> None:
    """And postings that ended or wait for their grant."""
    user = contact(county)
    with audit.act(audit.SYSTEM):
        User.objects.filter(pk=user.pk).update(is_active=False)
    assert "包村王" not in client.get("/directory/").content.decode()


def test_queries_do_not_grow_with_rows(client: Client, county: factories.County) -> None:
    """The directory of twenty people costs what that of two costs; user and postings are two queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get("/directory/")
    with CaptureQueriesContext(connection) as few:
        client.get("/directory/")
    for _ in range(18):
        factories.person("township", county.yitong)
    with CaptureQueriesContext(connection) as many:
        client.get("/directory/")
    assert len(many) == len(few)
    own = User.objects.get(name="村会计").pk
    mine = (f'"organization_user"."id" = {own} ', f'"organization_posting"."user_id" = {own})')
    assert len([q for q in many if any(part in q["sql"] for part in mine)]) <= 2


@pytest.mark.parametrize(
    ("role", "seen", "unseen"),
    [
        ("sysadmin", ["/accounts/manage/", "/jobs/"], ["/audit/", "/accounts/villages/"]),
        ("secadmin", ["/accounts/manage/", "/rules/"], ["/audit/", "/jobs/"]),
        ("auditor", ["/audit/"], ["/accounts/manage/", "/jobs/"]),
        ("dgb", ["/units/", "/directory/"], ["/accounts/manage/", "/audit/"]),
    ],
)
def test_own_page_links_what_is_open(client: Client, role: str, seen: list[str], unseen: list[str]) -> None:
    """Each administration finds its pages, and no others."""
    made = factories.county()
    client.force_login(factories.person(role, made.root), backend="organization.backends.PasswordBackend")
    text = client.get("/accounts/me/").content.decode()
    assert [address for address in seen if f'href="{address}"' not in text] == []
    assert [address for address in unseen if f'href="{address}"' in text] == []
