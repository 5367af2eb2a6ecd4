"""Ways in: password, second factor, lock-out, sessions, demonstration doors."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from core.models import Bucket
from organization import sessions
from organization.models import User
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
NEW = "Qx7-river-lamp-0952"


@pytest.fixture
def county() -> factories.County:
    """The small county."""
    return factories.county()


def real(role: str, at: Any, username: str, **more: Any) -> User:
    """A person of a real installation: password and, by role, a second factor."""
    return factories.person(role, at, username, is_demo=False, **more)


def sign_in(client: Client, username: str, password: str = factories.PASSWORD, **more: str) -> Any:
    """Press 登录."""
    return client.post(LOGIN, {"login": username, "password": password, **more})


def confirm(client: Client) -> None:
    """Give the password anew, as the pages of the second factor ask."""
    assert client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD}).status_code == 302


def test_village_signs_in_by_password(client: Client, county: factories.County) -> None:
    """No second factor; the page then opens."""
    real("village", county.villages[0], "cun1")
    assert sign_in(client, "CUN1").headers["Location"] == "/"
    assert client.get("/units/").status_code == 200


def test_county_role_must_enrol_first(client: Client, county: factories.County) -> None:
    """Without a factor every page leads to the enrolment, which opens."""
    real("dgb", county.dgb, "zs")
    sign_in(client, "zs")
    assert client.get("/units/").headers["Location"] == "/accounts/second-factor/"
    assert "还没有第二因素" in client.get("/accounts/second-factor/").content.decode()
    confirm(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
    assert client.get("/audit/").status_code == 302


def test_enrolled_factor_is_asked(client: Client, county: factories.County) -> None:
    """Password alone gives no session; the six digits do."""
    user = real("dgb", county.dgb, "zs")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    assert sign_in(client, "zs").headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/units/").headers["Location"].startswith(LOGIN)
    code = f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/units/").status_code == 200


def test_seed_of_a_factor_is_encrypted(county: factories.County) -> None:
    """What the database holds is not the secret."""
    secret = generate_totp_secret()
    row = TOTP.activate(real("dgb", county.dgb, "zs"), secret).instance
    assert secret not in str(row.data)


def test_fifth_wrong_password_locks_the_account(client: Client, county: factories.County) -> None:
    """The right one is refused as well, with the sentence; the count lives in the database."""
    real("village", county.villages[0], "cun1")
    for _ in range(5):
        sign_in(client, "cun1", "wrong password 12")
    answer = sign_in(client, "cun1")
    assert "15 分钟后再试" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    Bucket.objects.filter(key="login:cun1").delete()
    assert sign_in(client, "cun1").status_code == 302


def test_unknown_and_wrong_read_the_same(client: Client, county: factories.County) -> None:
    """Nobody learns which names exist."""
    real("village", county.villages[0], "cun1")

    def said(answer: Any) -> str:
        return str(answer.context["form"].errors)

    assert said(sign_in(client, "cun1", "wrong password 12")) == said(
        sign_in(client, "nobody", "wrong password 12")
    )


def test_initial_password_must_be_changed(client: Client, county: factories.County) -> None:
    """Every page leads to the change; afterwards the door is open and the old word is dead."""
    from core import audit

    user = real("village", county.villages[0], "cun1")
    with audit.act(audit.SYSTEM):
        User.objects.filter(pk=user.pk).update(must_change_password=True)
    sign_in(client, "cun1")
    assert client.get("/units/").headers["Location"] == "/accounts/password/change/"
    answer = client.post(
        "/accounts/password/change/", {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert client.get("/units/").status_code == 200
    user.refresh_from_db()
    assert user.check_password(NEW)


@pytest.mark.parametrize("weak", ["yitong123456", "jianfuyitong", "密码密码", "111111111111"])
def test_weak_password_is_refused(client: Client, county: factories.County, weak: str) -> None:
    """Local words, digits and short ones."""
    user = real("village", county.villages[0], "cun1")
    sign_in(client, "cun1")
    client.post(
        "/accounts/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": weak, "password2": weak},
    )
    user.refresh_from_db()
    assert user.check_password(factories.PASSWORD)


def test_fourth_session_ends_the_oldest(county: factories.County) -> None:
    """Three at a time."""
    real("village", county.villages[0], "cun1")
    clients = [Client() for _ in range(4)]
    for client in clients:
        sign_in(client, "cun1")
    assert [client.get("/units/").status_code for client in clients] == [302, 200, 200, 200]


@pytest.mark.parametrize(
    ("role", "minutes", "status"),
    [("sysadmin", 14, 200), ("sysadmin", 16, 302), ("dgb", 29, 200), ("dgb", 31, 302)],
)
def test_idle_session_ends_by_role(
    client: Client, county: factories.County, role: str, minutes: int, status: int
) -> None:
    """三员 fifteen minutes, the rest thirty."""
    client.force_login(factories.person(role, county.root), backend="organization.backends.PasswordBackend")
    session = client.session
    session["seen"] = int(time.time()) - minutes * 60
    session.save()
    assert client.get("/units/").status_code == status


def test_session_ends_after_twelve_hours(client: Client, county: factories.County) -> None:
    """However busy."""
    client.force_login(factories.person("dgb", county.dgb), backend="organization.backends.PasswordBackend")
    session = client.session
    session["began"] = int(time.time()) - 12 * 3600 - 5
    session.save()
    assert client.get("/units/").headers["Location"] == f"{LOGIN}?idle=1"


def remembered(client: Client, county: factories.County) -> None:
    """A village's phone whose last sign-in is days ago."""
    real("village", county.villages[0], "cun1")
    sign_in(client, "cun1", remember="on")
    session = client.session
    session["seen"] = session["began"] = int(time.time()) - 5 * 86_400
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 5 * 86_400
    session.save()


def test_village_phone_is_remembered_thirty_days(client: Client, county: factories.County) -> None:
    """The cookie lives thirty days, and the notices open after five."""
    remembered(client, county)
    assert Session.objects.get().expire_date.timestamp() - time.time() > 29 * 86_400
    assert client.get("/notices/").status_code == 200


@pytest.mark.parametrize("address", ["/directory/", "/units/", "/reports/?export=xlsx"])
def test_remembered_phone_asks_for_more(client: Client, county: factories.County, address: str) -> None:
    """Anything beside filling and reading needs the password anew."""
    remembered(client, county)
    assert client.get(address).headers["Location"].startswith("/accounts/reauthenticate/?next=")


def test_county_role_is_never_remembered(client: Client, county: factories.County) -> None:
    """The box changes nothing for whoever needs a second factor."""
    user = factories.person("dgb", county.dgb)
    assert not sessions.may_be_remembered(user)
    assert sessions.may_be_remembered(factories.person("village", county.villages[0]))


def test_signing_out_clears_the_browser(client: Client, county: factories.County) -> None:
    """Session gone on the server, storage and cache in the browser."""
    real("village", county.villages[0], "cun1")
    sign_in(client, "cun1")
    answer = client.post("/accounts/logout/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "_auth_user_id" not in client.session
    assert not UserSession.objects.filter(session_key__in=Session.objects.values("session_key")).exists()


def test_demonstration_doors_are_absent_in_a_county(client: Client, county: factories.County) -> None:
    """404 without DEMO, whatever the account; the password page says nothing of demo."""
    factories.person("village", county.villages[0], "vil1")
    assert client.post("/accounts/door/", {"username": "vil1"}).status_code == 404
    assert "demo" not in client.get(LOGIN).content.decode()


def test_demonstration_account_has_no_password_door(client: Client, county: factories.County) -> None:
    """A demonstration account can't be entered by password where there is no DEMO."""
    factories.person("village", county.villages[0], "vil1")
    sign_in(client, "vil1")
    assert "_auth_user_id" not in client.session


def test_demonstration_door_needs_loopback(client: Client, county: factories.County, settings: Any) -> None:
    """From the machine itself only."""
    settings.DEMO = True
    settings.AUTHENTICATION_BACKENDS = [
        "organization.demo_doors.DemoBackend",
        *settings.AUTHENTICATION_BACKENDS,
    ]
    factories.person("village", county.villages[0], "vil1")
    assert client.post("/accounts/door/", {"username": "vil1"}, REMOTE_ADDR="10.1.2.3").status_code == 404
    assert client.post("/accounts/door/", {"username": "vil1"}).headers["Location"] == "/"


def test_nobody_signs_up(client: Client) -> None:
    """Accounts are opened by two people or by a township."""
    client.post("/accounts/signup/", {"username": "me", "password1": NEW, "password2": NEW})
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/sessions/",
        "/accounts/me/",
    ],
)
def test_security_pages_open_in_our_frame(client: Client, county: factories.County, address: str) -> None:
    """Every page of the library stands on our base, without inline style or handlers."""
    real("village", county.villages[0], "cun1")
    sign_in(client, "cun1")
    confirm(client)
    text = client.get(address).content.decode()
    assert "css/ui.css" in text
    assert " style=" not in text
    assert "onclick" not in text


def test_first_password_leads_on_to_the_second_factor(client: Client, county: factories.County) -> None:
    """After the change a county account goes to its second factor, a village to its workbench."""
    from core import audit

    for role, at, name, following in (
        ("dgb", county.dgb, "zs", "/accounts/second-factor/"),
        ("village", county.villages[0], "cun1", "/"),
    ):
        user = real(role, at, name)
        with audit.act(audit.SYSTEM):
            User.objects.filter(pk=user.pk).update(must_change_password=True)
        client.logout()
        sign_in(client, name)
        words = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
        assert client.post("/accounts/password/change/", words).headers["Location"] == following


@pytest.mark.parametrize("path", [LOGIN, "/accounts/password/change/", "/accounts/reauthenticate/"])
def test_forgotten_word_points_to_the_administrator(
    client: Client, county: factories.County, path: str
) -> None:
    """Nothing is reset by e-mail; one word, 口令, on every page."""
    if path != LOGIN:
        real("village", county.villages[0], "cun1")
        sign_in(client, "cun1")
    page = client.get(path).content.decode()
    assert "忘记口令请联系开设账号的管理员" in page
    assert "密码" not in page
    assert "/accounts/password/reset/" not in page


def test_reset_page_asks_for_no_mail(client: Client, county: factories.County) -> None:
    """The address of the library's own reset says who helps."""
    page = client.get("/accounts/password/reset/").content.decode()
    assert "系统管理员" in page
    assert 'type="email"' not in page


def test_refusals_say_our_word(client: Client, county: factories.County) -> None:
    """Wrong, short and common words are refused without 密码."""
    real("village", county.villages[0], "cun1")
    assert "用户名或口令不正确" in sign_in(client, "cun1", "wrong password 12").content.decode()
    sign_in(client, "cun1")
    for wrong in ("12345", "111111111111", "yitong123456"):
        words = {"oldpassword": "no", "password1": wrong, "password2": "no"}
        page = client.post("/accounts/password/change/", words).content.decode()
        assert "密码" not in page
        assert "口令" in page
        assert "This password" not in page


def test_compiled_words_are_those_of_their_source() -> None:
    """The catalogue that runs is the one that people read."""
    from django.utils.translation import gettext

    source = (settings.LOCALE_PATHS[0] / "zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > 30
    assert [(word, gettext(word)) for word, _ in pairs] == pairs
