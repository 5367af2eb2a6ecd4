"""Sensitive values stay with the villages, their township, the source department and the owners; grants open their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import limits
from core.periods import parse
from reports.choices import Sensitivity
from reports.models import Value
from reports.rules import RULES
from reports.services import data, submission
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)


class Illness:
    """县民政局 collects a sensitive and a shared indicator; the sensitive one's source is 县农业农村局."""

    def __init__(self) -> None:
        limits.install(RULES)
        self.county = factories.county()
        here = self.county
        self.ill = factories.element("患者人数", here.nongye, sensitivity=Sensitivity.SENSITIVE)
        self.open = factories.element("低保户数", here.minzheng)
        self.form = factories.form("随访表", here.minzheng, [self.ill, self.open], here.villages)
        self.row = factories.assignment(self.form, here.villages[0], OCTOBER, state="submitted")
        for element in (self.ill, self.open):
            for village in (here.villages[0], here.others[0]):
                factories.value(element, village, OCTOBER, 3)

    def seen(self, user: Any) -> set[tuple[str, str]]:
        """Indicator and township of the values a person may read."""
        rows = Value.objects.for_user(user, "reports.view_values")
        return set(rows.values_list("element__name", "unit__parent__name"))


@pytest.fixture
def illness() -> Illness:
    """Both indicators, in two townships."""
    return Illness()


BOTH = {(name, town) for name in ("患者人数", "低保户数") for town in ("伊通镇", "河源镇")}
SHARED = {one for one in BOTH if one[0] == "低保户数"}


@pytest.mark.row("F12")
@pytest.mark.parametrize("role", ["sup", "ldr", "dgb", "tongji"])
def test_county_readers_see_no_sensitive_value(illness: Illness, role: str) -> None:
    reader = factories.person(role, illness.county.dgb)
    assert illness.seen(reader) == SHARED


@pytest.mark.row("F12")
def test_source_and_collecting_department_see_sensitive(illness: Illness) -> None:
    source = factories.person("department", illness.county.nongye)
    owner = factories.person("department", illness.county.minzheng)
    stranger = factories.person("department", illness.county.dgb)
    assert illness.seen(source) == BOTH
    assert illness.seen(owner) == BOTH
    assert illness.seen(stranger) == SHARED


def test_county_role_of_the_owner_sees_sensitive(illness: Illness) -> None:
    assert illness.seen(factories.person("org", illness.county.minzheng)) == BOTH


def test_village_and_township_see_their_own_sensitive_only(illness: Illness) -> None:
    village = factories.person("village", illness.county.villages[0])
    township = factories.person("township", illness.county.heyuan)
    assert illness.seen(village) == {one for one in BOTH if one[1] == "伊通镇"}
    assert illness.seen(township) == {one for one in BOTH if one[1] == "河源镇"}


@pytest.mark.row("F19")
@pytest.mark.parametrize(("state", "sees"), [("taken", True), ("admitted", True), ("submitted", False)])
def test_granted_indicator_is_readable_by_who_asked(illness: Illness, state: str, sees: bool) -> None:
    here = illness.county
    own = factories.element("仅民政", here.minzheng, sensitivity=Sensitivity.OWN)
    other = factories.element("仅民政二", here.minzheng, sensitivity=Sensitivity.OWN)
    for element in (own, other):
        factories.value(element, here.villages[0], OCTOBER, 5)
    asker = factories.unit("县水利局", "department", here.root)
    draft = factories.form("水利表", asker, [], [], state="draft")
    factories.request_for(draft, state=state, taken_elements=[own.pk])
    names = {name for name, _ in illness.seen(factories.person("department", asker))}
    assert names == {"低保户数"} | ({"仅民政"} if sees else set())
    bystander = factories.unit("县林业局", "department", here.root)
    assert illness.seen(factories.person("department", bystander)) == SHARED


def test_table_marks_sensitive_column_closed_to_county(illness: Illness) -> None:
    reader = factories.person("sup", illness.county.dgb)
    table = data.table_of(illness.form, parse("2026-10"), reader)
    assert [(field.name, field.shared) for field in table.fields] == [("患者人数", False), ("低保户数", True)]
    assert [cell.text for cell in table.rows[0].cells] == ["", "3"]


def test_history_of_sensitive_value_is_closed_to_county(illness: Illness) -> None:
    reader = factories.person("sup", illness.county.dgb)
    township = factories.person("township", illness.county.yitong)
    assert submission.history_of(reader, illness.row.pk, illness.ill.pk) is None
    assert submission.history_of(reader, illness.row.pk, illness.open.pk) is not None
    assert submission.history_of(township, illness.row.pk, illness.ill.pk) is not None


def test_sent_form_hides_sensitive_fields_from_county(illness: Illness) -> None:
    def page(user: Any) -> str:
        client = Client()
        client.force_login(user, backend="organization.backends.PasswordBackend")
        return client.get(reverse("reports:fill", args=[illness.row.pk])).content.decode()

    shown = page(factories.person("sup", illness.county.dgb))
    assert "低保户数" in shown
    assert "患者人数" not in shown
    assert "另有 1 项敏感指标" in shown
    assert "患者人数" in page(factories.person("township", illness.county.yitong))


def test_page_of_sensitive_indicator_says_it_is_closed(illness: Illness) -> None:
    def page(user: Any) -> str:
        client = Client()
        client.force_login(user, backend="organization.backends.PasswordBackend")
        return client.get(reverse("reports:element_values", args=[illness.ill.pk])).content.decode()

    closed = page(factories.person("sup", illness.county.dgb))
    opened = page(factories.person("department", illness.county.nongye))
    assert "仅来源部门使用" in closed
    assert "示例一村" not in closed
    assert "仅来源部门使用" not in opened
    assert "示例一村" in opened
