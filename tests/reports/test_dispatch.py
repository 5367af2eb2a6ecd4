"""分派: what an office sees, fills and hands back; nobody else's township is reached."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from core.errors import Invalid, NotAllowed
from core.models import AuditEntry
from organization.models import Dispatch, Notice, Unit, User
from reports.models import Assignment
from reports.services import dispatching
from reports.services.collection import filling
from reports.services.township_month import month_of
from tests import factories
from tests.reports.township_month import Township, township

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Township:
    return township(state="open")


@pytest.fixture
def office(place: Township) -> Unit:
    return factories.unit("河源镇民政办", "office", place.county.heyuan)


@pytest.fixture
def clerk(office: Unit) -> User:
    return factories.person("station", office, name="孙站所")


def hand(place: Township, office: Unit, *numbers: int) -> int:
    return dispatching.dispatch(
        pks=[place.rows[n].pk for n in numbers], actor=place.clerk, key=f"u{office.pk}"
    )


def reached(user: User) -> list[int]:
    fresh = User.objects.get(pk=user.pk)
    return list(
        Assignment.objects.for_user(fresh, "reports.fill_for").order_by("pk").values_list("pk", flat=True)
    )


@pytest.mark.row("F17")
def test_office_reaches_only_what_was_handed_to_it(place: Township, office: Unit, clerk: User) -> None:
    assert reached(clerk) == []
    assert hand(place, office, 0, 2) == 2
    assert reached(clerk) == [place.rows[0].pk, place.rows[2].pk]


def test_office_fills_for_the_village(place: Township, office: Unit, clerk: User) -> None:
    element = place.elements[0]
    with pytest.raises(Http404):
        filling.save_value(
            assignment_pk=place.rows[0].pk, element_pk=element.pk, actor=clerk, typed="30", version=1
        )
    hand(place, office, 0)
    saved = filling.save_value(
        assignment_pk=place.rows[0].pk, element_pk=element.pk, actor=clerk, typed="30", version=1
    )
    assert saved.shown == "30"


def test_newest_hand_over_counts(place: Township, office: Unit, clerk: User) -> None:
    second = factories.unit("河源镇农业办", "office", place.county.heyuan)
    hand(place, office, 0)
    hand(place, second, 0)
    assert reached(clerk) == []
    assert Dispatch.objects.get().to_unit == second


def test_person_is_found_under_mine(place: Township, office: Unit, clerk: User) -> None:
    hand(place, office, 0)
    dispatching.dispatch(pks=[place.rows[2].pk], actor=place.clerk, key=f"u{office.pk}p{clerk.pk}")
    assert [row.pk for row in dispatching.dispatched_to(clerk, mine=True)] == [place.rows[2].pk]
    assert {row.pk for row in dispatching.dispatched_to(clerk, mine=False)} == {
        place.rows[0].pk,
        place.rows[2].pk,
    }


def test_targets_stand_under_ones_own_township(place: Township, office: Unit, clerk: User) -> None:
    labels = [target.label for target in dispatching.targets(place.clerk)]
    assert labels == ["河源镇民政办", "河源镇民政办 孙站所", "河源镇 王党政"]


def test_foreign_office_is_refused(place: Township) -> None:
    with pytest.raises(Invalid, match="请选择本乡镇的站所或人员"):
        hand(place, place.county.station, 0)
    assert not Dispatch.objects.exists()


def test_foreign_rows_are_refused(place: Township, office: Unit) -> None:
    foreign = factories.assignment(place.forms[0], place.county.villages[0])
    with pytest.raises(NotAllowed):
        dispatching.dispatch(pks=[place.rows[0].pk, foreign.pk], actor=place.clerk, key=f"u{office.pk}")
    assert not Dispatch.objects.exists()


def test_office_hands_back_with_a_reason(place: Township, office: Unit, clerk: User) -> None:
    hand(place, office, 0, 2)
    with pytest.raises(Invalid, match="请写明交回的理由。"):
        dispatching.hand_back(pks=[place.rows[0].pk], actor=clerk, reason=" ")
    assert dispatching.hand_back(pks=[place.rows[0].pk], actor=clerk, reason="属农业办职责") == 1
    assert reached(clerk) == [place.rows[2].pk]
    entry = AuditEntry.objects.get(verb="交回乡镇")
    assert (entry.reason, entry.count) == ("属农业办职责", 1)


def test_other_office_cannot_hand_back(place: Township, office: Unit) -> None:
    hand(place, office, 0)
    other = factories.person("station", factories.unit("河源镇农业办", "office", place.county.heyuan))
    with pytest.raises(Invalid):
        dispatching.hand_back(pks=[place.rows[0].pk], actor=other, reason="不属本单位")
    assert Dispatch.objects.count() == 1


def test_review_page_counts_the_offices_work(place: Township, office: Unit) -> None:
    hand(place, office, 0, 1, 2)
    page = month_of(place.clerk, place.rows[0].burden_month)
    assert [(one.name, one.text) for one in page.offices] == [("河源镇民政办", "3 张 · 待办 3")]


def test_dispatch_page_hands_over(client: Client, place: Township, office: Unit) -> None:
    client.force_login(place.clerk)
    data: dict[str, Any] = {
        "pk": [place.rows[0].pk, place.rows[2].pk],
        "target": f"u{office.pk}",
        "_key": "d1",
    }
    response = client.post(reverse("reports:dispatch"), data, follow=True)
    assert "已分派 2 份" in response.content.decode()
    assert "现由 河源镇民政办办理" in response.content.decode()


def test_dispatch_page_says_what_is_missing(client: Client, place: Township) -> None:
    client.force_login(place.clerk)
    response = client.post(reverse("reports:dispatch"), {"pk": [place.rows[0].pk], "_key": "d2"})
    assert response.status_code == 400
    assert "请选择站所或人员。" in response.content.decode()


def test_station_page_lists_only_its_own(client: Client, place: Township, office: Unit, clerk: User) -> None:
    hand(place, office, 0)
    client.force_login(clerk)
    text = client.get(reverse("reports:station")).content.decode()
    assert "测试报表0" in text
    assert "测试报表1" not in text
    assert client.get(reverse("reports:dispatch")).status_code == 403


def test_station_page_hands_back(client: Client, place: Township, office: Unit, clerk: User) -> None:
    hand(place, office, 0)
    client.force_login(clerk)
    data = {"pk": [place.rows[0].pk], "reason": "不属本单位", "_key": "b1"}
    response = client.post(reverse("reports:hand_back"), data, follow=True)
    assert "已交回乡镇 1 份。" in response.content.decode()
    assert "暂无待办" in response.content.decode()


def test_whole_form_is_handed_over_with_one_tick(
    client: Client, place: Township, office: Unit, clerk: User
) -> None:
    client.force_login(place.clerk)
    data = {"group": f"{place.forms[0].pk}:{place.rows[0].period}", "target": f"u{office.pk}", "_key": "d3"}
    client.post(reverse("reports:dispatch"), data)
    assert reached(clerk) == [place.rows[n].pk for n in (0, 2, 4)]


def test_office_is_told_what_it_was_handed(place: Township, office: Unit, clerk: User) -> None:
    hand(place, office, 0, 1)
    notice = Notice.objects.get()
    assert notice.user == clerk
    assert notice.text.startswith("乡镇分派 2 份报表，最近 ")
