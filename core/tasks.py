"""Celery tasks of core. Each takes ids and calls one service; each may run twice."""

from celery import shared_task

from core import jobs
from core.trail import seal_until_yesterday


@shared_task(name="core.run_job")
def run_job(job_id: int) -> bool:
    """Run one job under its lease."""
    return jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> int:
    """Finish what a lost message left behind."""
    return jobs.sweep()


@shared_task(name="core.heartbeat")
def heartbeat() -> None:
    """The worker answers: it takes messages and reaches the database."""
    jobs.beat_of("worker")


@shared_task(name="core.seal_audit")
def seal_audit() -> int:
    """Chain the trail of the days gone by."""
    return seal_until_yesterday()
