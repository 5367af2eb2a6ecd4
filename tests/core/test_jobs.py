"""Jobs are rows: leased, repeated, found again when their message or their process is lost."""

import datetime as dt

import pytest

from core import clock, jobs
from core.models import Job, Series
from tests.races import race


@pytest.fixture
def work(monkeypatch):
    """Kinds of work for the test; `done` counts runs."""
    done: list[int] = []

    def count(running: jobs.Running) -> dict[str, int]:
        done.append(running.job.pk)
        Series.objects.get_or_create(code=running.args["code"], year=2026)
        return {"n": len(done)}

    def break_down(running: jobs.Running) -> dict[str, int]:
        done.append(running.job.pk)
        raise ValueError("磁盘已满")

    monkeypatch.setattr(jobs, "HANDLERS", {"count": count, "break": break_down})
    monkeypatch.setattr(jobs, "nudge", lambda job_id: None)
    return done


def backdated(job: Job, seconds: int, **fields: object) -> None:
    Job.objects.filter(pk=job.pk).update(created_at=clock.now() - dt.timedelta(seconds=seconds), **fields)


@pytest.mark.django_db
def test_job_of_a_key_is_stored_once(work):
    one, two = jobs.enqueue("count", "2026-11", code="甲"), jobs.enqueue("count", "2026-11", code="乙")
    assert one == two
    assert Job.objects.get().args == {"code": "甲"}
    with pytest.raises(LookupError):
        jobs.enqueue("unknown", "1")


@pytest.mark.django_db
def test_finished_job_names_its_process_and_result(work):
    job = jobs.enqueue("count", "1", code="甲")
    assert jobs.run(job.pk) is True
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts, job.worker) == ("done", {"n": 1}, 1, jobs.worker_name())
    assert job.finished_at is not None
    assert job.leased_until is None


@pytest.mark.django_db
def test_job_delivered_twice_runs_once(work):
    job = jobs.enqueue("count", "1", code="甲")
    assert [jobs.run(job.pk), jobs.run(job.pk)] == [True, False]
    assert len(work) == 1


@pytest.mark.django_db
def test_leased_job_is_left_alone_until_the_lease_ends(work):
    job = jobs.enqueue("count", "1", code="甲")
    assert jobs.lease(job.pk) is not None
    assert jobs.lease(job.pk) is None
    assert jobs.run(job.pk) is False
    assert jobs.sweep() == 0
    Job.objects.filter(pk=job.pk).update(leased_until=clock.now() - dt.timedelta(seconds=1))
    assert jobs.sweep() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


@pytest.mark.django_db
def test_progress_keeps_the_lease(work):
    job = jobs.enqueue("count", "1", code="甲")
    leased = jobs.lease(job.pk)
    Job.objects.filter(pk=job.pk).update(leased_until=clock.now() + dt.timedelta(seconds=1))
    jobs.Running(leased).progress(50, 100)
    job.refresh_from_db()
    assert (job.done, job.total) == (50, 100)
    assert job.leased_until > clock.now() + dt.timedelta(seconds=50)


@pytest.mark.django_db
def test_failing_job_is_tried_five_times_and_then_named_failed(work):
    job = jobs.enqueue("break", "1")
    for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
        assert jobs.run(job.pk) is False
        job.refresh_from_db()
        assert job.attempts == attempt
        assert job.state == ("failed" if attempt == jobs.MOST_ATTEMPTS else "waiting")
    assert job.error == "ValueError: 磁盘已满"
    assert jobs.run(job.pk) is False
    assert len(work) == jobs.MOST_ATTEMPTS


@pytest.mark.django_db
def test_sweep_finds_what_lost_its_message_however_old(work):
    fresh = jobs.enqueue("count", "fresh", code="甲")
    lost = jobs.enqueue("count", "lost", code="乙")
    ancient = jobs.enqueue("count", "ancient", code="丙")
    backdated(lost, 21)
    backdated(ancient, 400 * 86_400)
    assert jobs.sweep() == 2
    assert set(Job.objects.filter(state="done")) == {lost, ancient}
    assert set(Job.objects.filter(state="waiting")) == {fresh}


@pytest.mark.django_db
def test_process_that_lost_its_lease_does_not_finish_the_other(work):
    """The first process comes back after another took the job over: its result is not written."""
    job = jobs.enqueue("count", "1", code="甲")

    def overtaken(running: jobs.Running) -> dict[str, int]:
        Job.objects.filter(pk=job.pk).update(worker="worker@elsewhere:1")
        return {"n": 99}

    jobs.HANDLERS["count"] = overtaken
    assert jobs.run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.result) == ("running", {})


@pytest.mark.django_db
def test_heartbeat_is_one_row_that_is_renewed():
    jobs.beat_of("beat")
    first = Job.objects.get(key="heartbeat:beat").finished_at
    jobs.beat_of("beat")
    assert Job.objects.get(key="heartbeat:beat").finished_at > first
    assert jobs.sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_nudge_goes_out_only_with_the_commit(work, monkeypatch):
    from django.db import transaction

    nudged: list[int] = []
    monkeypatch.setattr(jobs, "nudge", nudged.append)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - the failure comes after the row
        jobs.enqueue("count", "1", code="甲")
        raise ZeroDivisionError
    assert (nudged, Job.objects.count()) == ([], 0)
    with transaction.atomic():
        job = jobs.enqueue("count", "1", code="甲")
        assert nudged == []
    assert nudged == [job.pk]


@pytest.mark.django_db(transaction=True)
def test_broker_that_is_away_loses_no_job(monkeypatch, settings, caplog):
    from core.tasks import run_job

    monkeypatch.setattr(jobs, "HANDLERS", {"count": lambda running: {}})

    def refuse(*args: object, **options: object) -> None:
        raise ConnectionError("valkey")

    monkeypatch.setattr(run_job, "apply_async", refuse)
    job = jobs.enqueue("count", "1")
    assert "ConnectionError" in caplog.text
    backdated(job, 30)
    assert jobs.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_job_delivered_to_six_runs_once(work):
    job = jobs.enqueue("count", "1", code="甲")
    finished = race(*[lambda: jobs.run(job.pk)] * 6)
    assert sorted(finished) == [False] * 5 + [True]
    assert len(work) == 1
