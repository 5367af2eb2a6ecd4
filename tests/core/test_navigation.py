"""The menu speaks the slogan's words in the slogan's order, with the article's words below (B3)."""

from __future__ import annotations

import re

import pytest

from monitoring.reference import install_reference_data
from tests import factories as make

pytestmark = pytest.mark.django_db
MEASURES = [
    ("/meetings/", "减会减文", "精简会议文件"),
    ("/signage/", "减挂牌", "整治清理挂牌"),
    ("/reports/", "减报表", "强化数字赋能"),
    ("/duties/", "规范权责", "重构乡镇权责"),
]


def entries(page):
    """(address, label, subtitle) of the main menu, in order."""
    menu = page.content.decode().split('aria-label="主导航"')[1].split("</nav>")[0]
    return re.findall(r'<a href="([^"]+)"(?: aria-current="page")? title="([^"]+)">([^<]+)</a>', menu)


@pytest.fixture
def signed_in(client):
    """The client of a person in a role."""

    def begin(role):
        install_reference_data()
        county = make.county()
        places = {"village": county.villages[0], "township": county.yitong, "department": county.minzheng}
        at = {**places, "station": county.station}.get(role, county.root)
        client.force_login(make.person(role, at))
        return client

    return begin


@pytest.mark.row("B3")
def test_menu_names_the_four_measures_in_order(signed_in):
    found = [(address, label, words) for address, words, label in entries(signed_in("village").get("/"))]
    assert [entry for entry in found if entry[0] in {address for address, *_ in MEASURES}] == MEASURES


def test_administrator_sees_no_measure(signed_in):
    found = entries(signed_in("sysadmin").get("/accounts/me/", follow=True))
    assert [label for _, _, label in found] == ["待办事项"]


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("sysadmin", "/accounts/manage/"),
        ("secadmin", "/accounts/manage/"),
        ("township", "/accounts/villages/"),
        ("auditor", "/audit/"),
    ],
)
def test_account_menu_leads_to_ones_own_pages(signed_in, role, address):
    client = signed_in(role)
    menu = client.get("/accounts/me/").content.decode().split("</header>")[0]
    assert menu.count(f'href="{address}"') == 1
    assert client.get(address).status_code == 200


def test_account_menu_hides_what_is_not_ones_own(signed_in):
    menu = signed_in("village").get("/accounts/me/").content.decode().split("</header>")[0]
    assert "/units/" in menu
    assert "/accounts/manage/" not in menu
    assert "/accounts/villages/" not in menu


@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        ("village", ["/reports/month/", "/reports/my-data/"]),
        ("township", ["/reports/review/", "/reports/fill-for/", "/reports/my-data/"]),
        ("station", ["/reports/station/", "/reports/fill-for/"]),
        ("department", ["/reports/requests/", "/reports/my-data/"]),
    ],
)
def test_register_leads_to_ones_own_work(signed_in, role, addresses):
    client = signed_in(role)
    page = (
        client.get("/reports/")
        .content.decode()
        .split('<nav class="row mb" aria-label="减报表">')[1]
        .split("</nav>")[0]
    )
    found = [address for address in addresses if f'href="{address}"' in page]
    assert found == addresses
    assert [client.get(address).status_code for address in addresses] == [200] * len(addresses)
