"""Opening periods: dates by the working calendar, once, for all respondents, caught up, never without a number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import audit, jobs
from core.errors import RuleRefused
from core.models import AuditEntry, Job
from core.periods import Frequency, containing
from monitoring.reference import install_reference_data
from organization.models import CalendarDay
from organization.services.calendar import WorkCalendar
from reports.choices import AssignmentState, DueKind, FormState
from reports.models import Assignment, Form, FormVersion
from reports.services.collection import opening
from tests import factories
from tests.races import race

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2026, 11, 24)


@pytest.fixture
def county() -> factories.County:
    install_reference_data()
    return factories.county()


def monthly(county: factories.County, **more: Any) -> Form:
    element = factories.element(f"指标{more.get('code', 'A')}", county.minzheng)
    days = {"valid_from": dt.date(2026, 11, 1), "valid_until": dt.date(2027, 10, 31)}
    return factories.form(
        "月报", county.minzheng, [element], county.villages + county.others, **{**days, **more}
    )


def test_all_respondents_get_the_period_at_once(county: factories.County) -> None:
    form = monthly(county)
    assert opening.open_periods(TUESDAY) == 6
    row = Assignment.objects.filter(form=form, unit=county.villages[0]).get()
    assert (row.period, row.period_start, row.opens_on, row.due_on, row.burden_month) == (
        "2026-11",
        dt.date(2026, 11, 1),
        dt.date(2026, 11, 2),
        dt.date(2026, 11, 30),
        "2026-11",
    )
    assert (row.state, row.fields, row.version) == (AssignmentState.OPEN, 1, 1)


def test_opening_again_changes_nothing(county: factories.County) -> None:
    monthly(county)
    assert [opening.open_periods(TUESDAY) for _ in range(3)] == [6, 0, 0]
    entry = AuditEntry.objects.get(verb="开填")
    assert (entry.count, entry.actor, len(entry.digest)) == (6, "系统", 64)


def test_missed_periods_are_caught_up(county: factories.County) -> None:
    form = monthly(county, valid_from=dt.date(2026, 8, 1))
    assert opening.open_periods(dt.date(2026, 8, 10)) == 6
    assert opening.open_periods(TUESDAY) == 18
    assert sorted(set(Assignment.objects.filter(form=form).values_list("period", flat=True))) == [
        "2026-08",
        "2026-09",
        "2026-10",
        "2026-11",
    ]


def test_new_form_is_never_late_at_birth(county: factories.County) -> None:
    monthly(county, valid_from=dt.date(2026, 3, 1))
    opening.open_periods(TUESDAY)
    assert set(Assignment.objects.values_list("period", flat=True)) == {"2026-11"}


def test_nothing_opens_before_its_day(county: factories.County) -> None:
    monthly(county, opens_day=25)
    assert opening.open_periods(TUESDAY) == 0
    assert opening.open_periods(TUESDAY + dt.timedelta(days=1)) == 6


@pytest.mark.row("F18")
@pytest.mark.parametrize("state", [FormState.DRAFT, FormState.EXPIRED, FormState.CANCELLED, FormState.MERGED])
def test_form_out_of_force_is_not_opened(county: factories.County, state: str) -> None:
    form = monthly(county)
    with audit.act(audit.SYSTEM):
        Form.objects.filter(pk=form.pk).update(state=state)
    assert opening.open_periods(TUESDAY) == 0


@pytest.mark.row("F18")
def test_form_without_number_is_refused(county: factories.County) -> None:
    draft = monthly(county, state=FormState.DRAFT)
    version = draft.versions.get()
    period = containing(Frequency.MONTHLY, TUESDAY)
    due = opening.Due(draft, version, period, TUESDAY, TUESDAY, False)
    with pytest.raises(RuleRefused) as refused, audit.act(audit.SYSTEM):
        opening.open_form(due, TUESDAY)
    assert refused.value.findings[0].rule == "reports.not_admitted"
    assert not Assignment.objects.exists()


def test_expired_form_opens_no_more(county: factories.County) -> None:
    monthly(county, valid_until=dt.date(2026, 11, 23))
    assert opening.open_periods(TUESDAY) == 0


def test_retired_village_is_left_out(county: factories.County) -> None:
    monthly(county)
    with audit.act(audit.SYSTEM):
        county.villages[0].retired_on = dt.date(2026, 10, 31)
        county.villages[0].save()
    assert opening.open_periods(TUESDAY) == 5


def test_newcomer_joins_from_the_next_period(county: factories.County) -> None:
    monthly(county, respondent_rule={"kind": "all"})
    opening.open_periods(TUESDAY)
    factories.village("示例新村", county.yitong)
    assert opening.open_periods(TUESDAY) == 0
    assert opening.open_periods(dt.date(2026, 12, 1)) == 7


def version_of(frequency: str, **more: Any) -> FormVersion:
    return FormVersion(frequency=frequency, **{"opens_day": 0, "due_kind": DueKind.DAY, "due_n": 28, **more})


@pytest.mark.parametrize(
    ("version", "day", "opens", "due"),
    [
        (
            version_of(Frequency.MONTHLY, due_n=28),
            "2026-11-10",
            "2026-11-02",
            "2026-11-30",
        ),  # 28th is a Saturday
        (version_of(Frequency.MONTHLY, due_n=31), "2026-09-10", "2026-09-01", "2026-09-30"),
        (version_of(Frequency.MONTHLY, opens_day=20, due_n=25), "2026-11-10", "2026-11-20", "2026-11-25"),
        (
            version_of(Frequency.MONTHLY, due_kind=DueKind.WORKDAYS_AFTER, due_n=3),
            "2026-11-10",
            "2026-11-02",
            "2026-12-03",
        ),
        (version_of(Frequency.WEEKLY, due_n=5), "2026-11-25", "2026-11-23", "2026-11-27"),
        (
            version_of(Frequency.MONTHLY, due_n=30),
            "2026-08-10",
            "2026-08-03",
            "2026-08-31",
        ),  # 8月30日 县庆, a Sunday
        (version_of(Frequency.ONE_OFF, due_n=3), "2026-11-24", "2026-11-24", "2026-11-26"),
        (version_of(Frequency.YEARLY, due_n=20), "2026-11-24", "2026-01-04", "2026-01-20"),
    ],
)
def test_dates_follow_the_working_calendar(version: FormVersion, day: str, opens: str, due: str) -> None:
    CalendarDay.objects.bulk_create(
        [
            *(
                CalendarDay(day=dt.date(2026, 1, n), kind="holiday", name="元旦", source="通知")
                for n in (1, 2, 3)
            ),
            CalendarDay(day=dt.date(2026, 1, 4), kind="workday", name="元旦调休", source="通知"),
            CalendarDay(day=dt.date(2026, 8, 30), kind="holiday", name="县庆", source="条例"),
        ]
    )
    calendar = WorkCalendar.load(dt.date(2026, 1, 1), dt.date(2027, 1, 31))
    period = containing(version.frequency, dt.date.fromisoformat(day))
    assert opening.dates_of(version, period, calendar) == (
        dt.date.fromisoformat(opens),
        dt.date.fromisoformat(due),
    )


def test_daily_form_rests_on_free_days(county: factories.County) -> None:
    monthly(county, frequency=Frequency.DAILY, due_n=1, valid_from=dt.date(2026, 11, 20))
    assert opening.open_periods(dt.date(2026, 11, 20)) == 6
    assert opening.open_periods(TUESDAY) == 12  # Monday and Tuesday, not the week-end
    assert not Assignment.objects.filter(
        period_start__in=[dt.date(2026, 11, 21), dt.date(2026, 11, 22)]
    ).exists()


def test_one_off_form_opens_once(county: factories.County) -> None:
    monthly(county, frequency=Frequency.ONE_OFF, due_n=5, valid_from=TUESDAY)
    assert [opening.open_periods(TUESDAY + dt.timedelta(days=n)) for n in (0, 1, 30)] == [6, 0, 0]


def test_job_names_the_process_that_opened(county: factories.County, monkeypatch: pytest.MonkeyPatch) -> None:
    monthly(county)
    monkeypatch.setattr(jobs, "nudge", jobs.run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda run: run())
        opening.enqueue(dt.datetime(2026, 11, 24, 8, 5, tzinfo=dt.UTC))
        opening.enqueue(dt.datetime(2026, 11, 24, 9, 5, tzinfo=dt.UTC))
    job = Job.objects.get(kind="reports.open_periods")
    assert (job.state, job.result) == (Job.State.DONE, {"opened": 6})
    assert job.worker == jobs.worker_name()


def test_form_admitted_during_the_day_opens_in_its_hour(
    county: factories.County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "nudge", jobs.run)
    monkeypatch.setattr("django.db.transaction.on_commit", lambda run: run())
    opening.enqueue(dt.datetime(2026, 11, 24, 8, 5, tzinfo=dt.UTC))
    monthly(county)
    opening.enqueue(dt.datetime(2026, 11, 24, 9, 5, tzinfo=dt.UTC))
    assert Assignment.objects.count() == 6
    assert Job.objects.filter(kind="reports.open_periods").count() == 2


def test_statements_do_not_grow_with_villages(county: factories.County) -> None:
    monthly(county)
    with CaptureQueriesContext(connection) as few:
        assert opening.open_periods(TUESDAY) == 6
    more = [factories.village(f"示例{n + 10}村", county.yitong) for n in range(20)]
    factories.form(
        "月报二",
        county.minzheng,
        [factories.element("另一项", county.minzheng)],
        more,
        valid_from=dt.date(2026, 11, 1),
    )
    with CaptureQueriesContext(connection) as many:
        assert opening.open_periods(TUESDAY) == 20
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_six_openings_at_once_make_one_set() -> None:
    install_reference_data()
    county = factories.county()
    monthly(county)
    made = race(*[lambda: opening.open_periods(TUESDAY)] * 6)
    assert (sum(made), len(made), Assignment.objects.count()) == (6, 6, 6)
    assert sum(AuditEntry.objects.filter(verb="开填").values_list("count", flat=True)) == 6
