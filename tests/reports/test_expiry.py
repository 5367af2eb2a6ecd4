"""Forms end by themselves: the day, the open rows, who is told, and what stays."""

from __future__ import annotations

import datetime as dt

import pytest

from core import audit, clock, limits
from core.models import AuditEntry, NumberedItem
from organization.models import Notice
from reports import tasks
from reports.choices import FormState
from reports.models import Assignment, Form, FormVersion
from reports.rules import RULES
from reports.services import expiry
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.row("anchor-A23")]
DAY = dt.timedelta(days=1)


@pytest.fixture
def county() -> factories.County:
    """A small county with the rules."""
    limits.install(RULES)
    return factories.county()


def made(county: factories.County, until: dt.date, name: str = "月报") -> Form:
    """A form of 县民政局 valid until a day."""
    elements = [factories.element(f"{name}指标", county.minzheng)]
    return factories.form(
        name, county.minzheng, elements, county.villages, valid_until=until, valid_from=until - 90 * DAY
    )


def test_last_day_still_counts(county: factories.County) -> None:
    today = clock.today()
    form = made(county, today)
    assert expiry.expire(today) == 0
    assert Form.objects.get(pk=form.pk).state == FormState.ACTIVE
    assert expiry.expire(today + DAY) == 1
    assert Form.objects.get(pk=form.pk).state == FormState.EXPIRED
    assert NumberedItem.objects.get(pk=form.number_id).state == "ended"


@pytest.mark.row("F18")
def test_open_rows_stop_handed_in_stay(county: factories.County) -> None:
    form, other = made(county, clock.today() - DAY), made(county, clock.today() + 40 * DAY, "另表")
    rows = [factories.assignment(form, unit) for unit in county.villages]
    untouched = factories.assignment(other, county.villages[0])
    with audit.act(audit.SYSTEM):
        Assignment.objects.filter(pk=rows[0].pk).update(state="submitted")
        Assignment.objects.filter(pk=rows[1].pk).update(state="returned")
    assert tasks.expire_forms() == 1
    states = list(Assignment.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["submitted", "stopped", "stopped", "open"]
    assert untouched.pk == Assignment.objects.latest("pk").pk
    entry = AuditEntry.objects.get(verb="停止填报")
    assert (entry.count, entry.actor) == (2, "系统")


def test_owner_and_respondents_are_told_once(county: factories.County) -> None:
    form = made(county, clock.today() - DAY)
    owner = factories.person("department", county.minzheng)
    filler = factories.person("village", county.villages[0])
    idle = factories.person("village", county.others[0])
    factories.assignment(form, county.villages[0])
    for _ in range(2):
        expiry.expire(clock.today())
    told = Notice.objects.filter(kind="form_ended")
    assert {notice.user_id for notice in told} == {owner.pk, filler.pk}
    assert told.count() == 2
    assert not Notice.objects.filter(user=idle).exists()
    assert "已过有效期，停止填报" in told[0].text


@pytest.mark.parametrize(("days", "expected"), [(16, 0), (15, 1), (0, 1)])
def test_owner_is_warned_fifteen_days_before(county: factories.County, days: int, expected: int) -> None:
    made(county, clock.today() + days * DAY)
    owner = factories.person("department", county.minzheng)
    assert expiry.warn(clock.today()) == expected
    assert expiry.warn(clock.today()) == 0
    assert Notice.objects.filter(user=owner, kind="form_expiring").count() == expected


@pytest.mark.row("anchor-A28")
def test_older_version_leaves_when_newer_begins(county: factories.County) -> None:
    today = clock.today()
    form = made(county, today + 90 * DAY)
    with audit.act(audit.SYSTEM):
        newer = FormVersion.objects.create(form=form, n=2, in_force=True, from_period=today + DAY)
    assert expiry.retire_versions(today) == 0
    assert expiry.retire_versions(today + DAY) == 1
    assert list(form.versions.filter(in_force=True)) == [newer]


def test_nothing_ends_without_need(county: factories.County) -> None:
    made(county, clock.today() + 60 * DAY)
    before = AuditEntry.objects.count()
    assert expiry.expire(clock.today()) == 0
    assert AuditEntry.objects.count() == before
