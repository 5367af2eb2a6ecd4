"""Reading a page writes nothing: every page without arguments is read in a transaction that refuses writes."""

import pytest
from django.db import InternalError, connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core import limits
from core.models import Series
from organization.models import User
from reports.rules import RULES
from tests import factories

ROLES = ("dgb", "dept", "township", "village", "sysadmin", "auditor")


def plain_names(resolver: URLResolver, space: str = "") -> list[str]:
    """Names of all addresses of the product that need no argument."""
    found: list[str] = []
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            if str(one.pattern).startswith("accounts/"):
                continue
            inner = f"{space}{one.namespace}:" if one.namespace else space
            found += plain_names(one, inner)
        elif (
            isinstance(one, URLPattern)
            and one.name
            and not one.pattern.converters
            and not one.pattern.regex.groupindex
        ):
            found.append(f"{space}{one.name}")
    return sorted(set(found))


NAMES = plain_names(get_resolver())


@pytest.fixture
def place(db):
    """A county with one form that is due, and a person of each role."""
    limits.install(RULES)
    here = factories.county()
    form = factories.form(
        "防汛日报", here.minzheng, [factories.element("低保户数", here.minzheng)], here.villages
    )
    for village in here.villages:
        factories.assignment(form, village)
    at = {"dept": here.minzheng, "township": here.yitong, "village": here.villages[0]}
    return {role: factories.person(role, at.get(role, here.dgb)) for role in ROLES}


def only_reading() -> None:
    """From here on the open transaction refuses to write."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET TRANSACTION READ ONLY")


def test_most_pages_of_the_product_are_read():
    assert {"workbench", "reports:elements", "reports:fill_bundle"} <= set(NAMES)
    assert len(NAMES) >= 30


@pytest.mark.parametrize("role", ROLES)
def test_pages_of_a_role_are_read_without_writing(place, client, role):
    client.force_login(place[role], backend="organization.backends.PasswordBackend")
    client.get("/")
    only_reading()
    answers = {name: client.get(reverse(name)).status_code for name in NAMES}
    assert {name: status for name, status in answers.items() if status >= 500 and name != "readyz"} == {}
    assert sum(status == 200 for status in answers.values()) >= 8


def test_page_that_writes_would_be_seen(place):
    """Negative control: the same transaction meets a write."""
    assert User.objects.exists()
    only_reading()
    with pytest.raises(InternalError, match="read-only transaction"):
        Series.objects.create(code="试", year=2026)
