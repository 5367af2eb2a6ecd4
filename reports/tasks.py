"""Celery tasks of reports. Each takes the day from the clock and calls one service; each may run twice."""

from celery import shared_task

from core import clock
from reports.services import expiry, reminding, review, tally
from reports.services.collection import opening


@shared_task(name="reports.open_periods")
def open_periods() -> None:
    """Put what is to open on the list of jobs; the job's row names the worker that did it."""
    opening.enqueue(clock.now())


@shared_task(name="reports.expire_forms")
def expire_forms() -> int:
    """End the forms whose validity is over."""
    return expiry.expire(clock.today())


@shared_task(name="reports.accept_approved")
def accept_approved() -> int:
    """Accept what the township approved five working days ago."""
    return review.accept_due(clock.today())


@shared_task(name="reports.remind_missing")
def remind_missing() -> int:
    """Remind only those who are missing, on working days."""
    return reminding.remind_missing(clock.today())


@shared_task(name="reports.tally_months")
def tally_months() -> int:
    """Tally this month and the three before it."""
    return len(tally.tally_recent(clock.today()))


@shared_task(name="reports.tally_quarters")
def tally_quarters() -> int:
    """Tally the present quarter and the last."""
    return len(tally.tally_recent_quarters(clock.today()))
