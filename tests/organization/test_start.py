"""First start of a real system, tokens, feedback."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Installation, RuleVersion
from organization.models import ApiToken, CalendarDay, Notice, Unit, User
from tests import factories

pytestmark = pytest.mark.django_db


def said(*words: str, **more: object) -> str:
    """Run a command and give what it printed."""
    out = StringIO()
    call_command(*words, stdout=out, **more)
    return out.getvalue()


def test_bootstrap_prints_two_codes_once() -> None:
    """System and security administrator; the second run prints none."""
    first = said("bootstrap")
    assert first.count("一次性口令") == 2
    code = first.split("用户名 sysadmin，一次性口令 ")[1].split()[0]
    user = User.objects.get(username="sysadmin")
    assert user.check_password(code)
    assert user.must_change_password
    assert "一次性口令" not in said("bootstrap")
    assert User.objects.count() == 2


def test_bootstrap_brings_rules_and_calendar() -> None:
    """A real system starts with its reference rows and the county."""
    said("bootstrap")
    assert RuleVersion.objects.exists()
    assert CalendarDay.objects.exists()
    assert Unit.objects.get().code == "220323000000"
    assert Installation.objects.get().kind == "real"


def test_bootstrap_refuses_a_demonstration() -> None:
    """Real administrators never stand beside doors."""
    Installation.objects.create(kind="demo", county_code="220323000000")
    with pytest.raises(SystemExit, match="演示数据"):
        said("bootstrap")
    assert not User.objects.exists()


def test_token_is_printed_once_and_kept_as_hash(client: Client) -> None:
    """The row holds no token; the token opens the API."""
    county = factories.county()
    factories.person("dgb", county.dgb, "dgb")
    token = said("create_api_token", "dgb", days=30).strip()
    assert token not in str(ApiToken.objects.values().get())
    assert client.get("/api/v1/units/", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get("/api/v1/units/", headers={"Authorization": "Bearer yt_wrong"}).status_code == 401


@pytest.mark.parametrize(("name", "days"), [("nobody", 30), ("dgb", 0), ("dgb", 367)])
def test_token_command_refuses_with_a_sentence(name: str, days: int) -> None:
    """Unknown people and terms outside 1–366 days."""
    factories.person("dgb", factories.county().dgb, "dgb")
    with pytest.raises(CommandError, match=r"没有启用的账号|1 至 366"):
        said("create_api_token", name, days=days)


def test_feedback_reaches_the_system_administrator(client: Client) -> None:
    """Kept in the trail with its words, told once."""
    county = factories.county()
    administrator = factories.person("sysadmin", county.root)
    client.force_login(
        factories.person("village", county.villages[0]), backend="organization.backends.PasswordBackend"
    )
    client.post(reverse("feedback"), {"text": "希望字再大一点"})
    assert AuditEntry.objects.get(verb="意见建议").reason == "希望字再大一点"
    assert Notice.objects.get().user == administrator
    client.force_login(administrator, backend="organization.backends.PasswordBackend")
    assert "希望字再大一点" in client.get(reverse("feedback")).content.decode()
