"""Accounts: two people, three administrations apart, villages by their township."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from core import audit, clock
from core.errors import Invalid, NotAllowed, Refused
from core.models import AuditEntry, Idempotency, SheetCheck
from core.sheets.writer import write_rows
from organization.models import Posting, User
from organization.services import accounts
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> factories.County:
    """The small county."""
    return factories.county()


@pytest.fixture
def offices(county: factories.County) -> dict[str, User]:
    """System and security administrators."""
    return {role: factories.person(role, county.root) for role in ("sysadmin", "secadmin")}


def inside(client: Client, user: User) -> Client:
    """A client signed in as the person."""
    client.force_login(user, backend="organization.backends.PasswordBackend")
    return client


def created(offices: dict[str, User], county: factories.County, **more: Any) -> accounts.Opened:
    """An account that waits for its grant."""
    words = {"username": "zhangsan", "name": "张三", "unit": county.minzheng, "role": "department", **more}
    return accounts.create_account(actor=offices["sysadmin"], **words)


def test_created_account_waits_for_its_grant(county: factories.County, offices: dict[str, User]) -> None:
    """Before the grant no posting holds; afterwards it does, and both people stand in the row."""
    user = created(offices, county).user
    posting = user.postings.get()
    assert user.reaches.main is None
    accounts.grant(actor=offices["secadmin"], posting=posting)
    posting.refresh_from_db()
    assert (posting.created_by, posting.granted_by) == (offices["sysadmin"].pk, offices["secadmin"].pk)
    assert User.objects.get(pk=user.pk).reaches.main == posting


def test_creator_cannot_grant_nor_granter_create(county: factories.County, offices: dict[str, User]) -> None:
    """Each administration has its half."""
    posting = created(offices, county).user.postings.get()
    with pytest.raises(NotAllowed):
        accounts.grant(actor=offices["sysadmin"], posting=posting)
    with pytest.raises(NotAllowed):
        accounts.create_account(
            actor=offices["secadmin"], username="x", name="某", unit=county.minzheng, role="department"
        )
    posting.refresh_from_db()
    assert posting.granted_by is None


def test_database_refuses_one_person_for_both(county: factories.County, offices: dict[str, User]) -> None:
    """The constraint holds where a program forgets."""
    posting = created(offices, county).user.postings.get()
    with pytest.raises(IntegrityError), transaction.atomic(), audit.act(audit.SYSTEM):
        Posting.objects.filter(pk=posting.pk).update(granted_by=posting.created_by)


def test_nobody_grants_his_own_posting(county: factories.County, offices: dict[str, User]) -> None:
    """A security administrator's second posting is granted by another one."""
    own = accounts.add_posting(
        actor=offices["sysadmin"], user=offices["secadmin"], unit=county.root, role="secadmin"
    )
    with pytest.raises(NotAllowed, match="不能给自己授权"):
        accounts.grant(actor=offices["secadmin"], posting=own)


def test_administrations_exclude_each_other(county: factories.County, offices: dict[str, User]) -> None:
    """The system administrator can't become auditor or business as well."""
    for role, unit in (("auditor", county.root), ("department", county.minzheng)):
        with pytest.raises(Invalid, match="不能由同一人兼任"):
            accounts.add_posting(actor=offices["sysadmin"], user=offices["sysadmin"], unit=unit, role=role)


def test_last_administrator_cannot_be_removed(county: factories.County, offices: dict[str, User]) -> None:
    """Neither by stopping the account nor by ending the posting; with a second one it works."""
    another = factories.person("secadmin", county.root)
    with pytest.raises(Refused, match="唯一的系统管理员"):
        accounts.end_posting(actor=another, posting=offices["sysadmin"].postings.get())
    accounts.end_posting(actor=offices["secadmin"], posting=another.postings.get())
    with pytest.raises(Refused, match="唯一的安全管理员"):
        accounts.set_active(actor=offices["sysadmin"], user=offices["secadmin"], active=False)
    factories.person("sysadmin", county.root)
    accounts.end_posting(actor=offices["secadmin"], posting=offices["sysadmin"].postings.get())
    assert not offices["sysadmin"].postings.in_force(clock.today()).exists()


@pytest.mark.parametrize(
    ("role", "unit"),
    [("village", "minzheng"), ("department", "yitong"), ("dgb", "yitong"), ("station", "yitong")],
)
def test_role_must_fit_the_unit(
    county: factories.County, offices: dict[str, User], role: str, unit: str
) -> None:
    """A village role needs a village, a department one a department."""
    with pytest.raises(Invalid, match="不能设在"):
        created(offices, county, role=role, unit=getattr(county, unit))
    assert not User.objects.filter(username="zhangsan").exists()


def test_taken_name_is_refused_without_case(county: factories.County, offices: dict[str, User]) -> None:
    """ZhangSan in full width is zhangsan."""
    created(offices, county)
    with pytest.raises(Invalid, match="已有人使用"):
        created(offices, county, username="ＺhangSan")


def test_ended_posting_shuts_the_door_at_once(
    client: Client, county: factories.County, offices: dict[str, User]
) -> None:
    """The same session gets the page without postings at its next request."""
    clerk = factories.person("department", county.minzheng)
    inside(client, clerk)
    assert client.get("/units/").status_code == 200
    accounts.end_posting(actor=offices["secadmin"], posting=clerk.postings.get())
    answer = client.get("/units/")
    assert answer.status_code == 403
    assert "没有任职岗位" in answer.content.decode()


def test_posting_of_today_ends_today(county: factories.County, offices: dict[str, User]) -> None:
    """An appointment made and withdrawn the same day leaves no day in force."""
    posting = created(offices, county).user.postings.get()
    accounts.grant(actor=offices["secadmin"], posting=posting)
    accounts.end_posting(actor=offices["secadmin"], posting=posting)
    posting.refresh_from_db()
    assert posting.during.isempty


def test_township_opens_its_villages_in_one_press(client: Client, county: factories.County) -> None:
    """Three accounts, passwords on the answer only; a second press opens none."""
    inside(client, factories.person("township", county.yitong))
    page = client.post(reverse("village_account_step", args=["open"]))
    opened = User.objects.filter(postings__role="village")
    assert opened.count() == 3
    assert all(user.must_change_password for user in opened)
    assert {user.postings.get().unit.parent for user in opened} == {county.yitong}
    assert page.content.decode().count('data-label="初始口令"') == 3
    client.post(reverse("village_account_step", args=["open"]))
    assert User.objects.filter(postings__role="village").count() == 3


def test_initial_password_is_stored_nowhere(client: Client, county: factories.County) -> None:
    """Neither the trail nor the stored answers hold it."""
    inside(client, factories.person("township", county.yitong))
    page = client.post(
        reverse("village_account_step", args=["open"]), {"pk": county.villages[0].pk}
    ).content.decode()
    shown = page.split('data-label="初始口令" class="num">')[1].split("<")[0]
    assert User.objects.get(postings__role="village").check_password(shown)
    kept = str(list(AuditEntry.objects.values())) + str(list(Idempotency.objects.values()))
    assert shown not in kept


def test_township_does_not_reach_another_towns_village(client: Client, county: factories.County) -> None:
    """Opening, stopping and resetting stop at the border."""
    clerk = factories.person("township", county.yitong)
    stranger = factories.person("village", county.others[0])
    inside(client, clerk)
    client.post(reverse("village_account_step", args=["open"]), {"pk": county.others[1].pk})
    client.post(reverse("village_account_step", args=["stop"]), {"user": stranger.pk})
    stranger.refresh_from_db()
    assert stranger.is_active
    assert not Posting.objects.filter(unit=county.others[1]).exists()
    with pytest.raises(NotAllowed):
        accounts.reset_password(actor=clerk, user=stranger)


def test_township_cannot_stop_a_person_of_two_offices(county: factories.County) -> None:
    """Someone who also works for a department is not the township's to stop."""
    clerk = factories.person("township", county.yitong)
    both = factories.person("village", county.villages[0])
    with audit.act(audit.SYSTEM):
        Posting.objects.create(
            user=both,
            unit=county.minzheng,
            role="department",
            during=(dt.date(2024, 1, 1), None),
            created_by=0,
            granted_by=0,
            needs_two=False,
        )
    with pytest.raises(NotAllowed):
        accounts.set_active(actor=clerk, user=both, active=False)


def test_stopped_account_is_signed_out(client: Client, county: factories.County) -> None:
    """At the next request, not at the next sign-in."""
    clerk, village = (
        factories.person("township", county.yitong),
        factories.person("village", county.villages[0]),
    )
    inside(client, village)
    assert client.get("/units/").status_code == 200
    accounts.set_active(actor=clerk, user=village, active=False)
    assert client.get("/units/").headers["Location"].startswith("/accounts/login/")


def test_account_page_steps_through_both_offices(
    client: Client, county: factories.County, offices: dict[str, User]
) -> None:
    """Created on one page, granted on another, refused for the wrong office with its sentence."""
    inside(client, offices["sysadmin"])
    page = client.post(
        reverse("account_add"),
        {"username": "lisi", "name": "李四", "unit": county.minzheng.pk, "role": "department"},
    )
    assert "李四" in page.content.decode()
    posting = Posting.objects.get(user__username="lisi")
    wrong = client.post(reverse("account_step", args=[posting.pk, "grant"]))
    assert wrong.status_code == 403
    inside(client, offices["secadmin"])
    client.post(reverse("account_step", args=[posting.pk, "grant"]))
    posting.refresh_from_db()
    assert posting.granted_by == offices["secadmin"].pk


def test_refused_account_keeps_what_was_typed(
    client: Client, county: factories.County, offices: dict[str, User]
) -> None:
    """The page comes back with the words and the sentence."""
    inside(client, offices["sysadmin"])
    answer = client.post(
        reverse("account_add"),
        {"username": "wangwu", "name": "王五", "unit": county.yitong.pk, "role": "department"},
    )
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "不能设在" in text
    assert 'value="wangwu"' in text


def upload(client: Client, *rows: list[str]) -> Any:
    """Hand in a sheet of accounts."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    heads = ["用户名", "姓名", "乡镇", "单位", "代码", "角色", "职务", "手机"]
    content = write_rows(heads, rows, title="账号")
    return client.post(reverse("account_import"), {"file": SimpleUploadedFile("账号.xlsx", content)})


def test_sheet_of_accounts_comes_in_whole(
    client: Client, county: factories.County, offices: dict[str, User]
) -> None:
    """Checked, then confirmed; same names told apart by township."""
    inside(client, offices["sysadmin"])
    page = upload(
        client,
        ["erdao1", "甲", "伊通镇", "二道村", "", "村（社区）填报员", "文书", ""],
        ["mz1", "乙", "", "县民政局", "", "部门经办人", "", ""],
    )
    assert page.status_code == 200, page.content.decode()
    assert not User.objects.filter(username="mz1").exists()
    client.post(reverse("account_import"), {"check": SheetCheck.objects.get().pk})
    assert Posting.objects.get(user__username="erdao1").unit == county.villages[2]
    assert Posting.objects.get(user__username="mz1").granted_by is None


def test_sheet_with_one_fault_makes_none(
    client: Client, county: factories.County, offices: dict[str, User]
) -> None:
    """An ambiguous village name is named with its row."""
    inside(client, offices["sysadmin"])
    page = upload(
        client,
        ["mz1", "乙", "", "县民政局", "", "部门经办人", "", ""],
        ["e2", "丙", "", "二道村", "", "村（社区）填报员", "", ""],
    )
    assert page.status_code == 400
    assert "第 3 行" in page.content.decode()
    assert not User.objects.filter(username="mz1").exists()


def test_business_role_has_no_account_pages(client: Client, county: factories.County) -> None:
    """Absent, not forbidden."""
    inside(client, factories.person("dgb", county.dgb))
    assert client.get(reverse("accounts")).status_code == 404
    assert client.get(reverse("village_accounts")).status_code == 404
