"""Jobs are rows; Celery is the nudge. A job runs under a lease, may run twice, and a sweep finds what was lost."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from core import clock
from core.models import Job

log = logging.getLogger("yitong.jobs")
LEASE = dt.timedelta(seconds=60)
MOST_ATTEMPTS = 5
Handler = Callable[["Running"], dict[str, Any]]
HANDLERS: dict[str, Handler] = {}


class Running:
    """A leased job as its handler sees it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.args: dict[str, Any] = job.args

    def progress(self, done: int, total: int) -> None:
        """Show progress and keep the lease; call between committed chunks."""
        Job.objects.filter(pk=self.job.pk).update(done=done, total=total, leased_until=clock.now() + LEASE)


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`; it returns the result that is shown."""

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


def worker_name() -> str:
    """The running process: role, host, pid."""
    return f"{os.environ.get('PROCESS_ROLE', 'command')}@{socket.gethostname()}:{os.getpid()}"


def enqueue(kind: str, key: str, **args: Any) -> Job:
    """Store the job of `key` (once) and nudge the worker after commit; a lost nudge is found by the sweep."""
    if kind not in HANDLERS:
        raise LookupError(kind)
    job, _ = Job.objects.get_or_create(
        key=f"{kind}:{key}", defaults={"kind": kind, "args": args, "created_at": clock.now()}
    )
    if job.state in {Job.State.WAITING, Job.State.FAILED}:
        transaction.on_commit(lambda: nudge(job.pk))
    return job


def nudge(job_id: int) -> None:
    """Ask a worker to run the job now; quiet when the broker is away."""
    from core.tasks import run_job

    try:
        run_job.apply_async((job_id,), retry=False)
    except Exception as error:  # noqa: BLE001 - the broker may fail in any way; the row remains and the sweep finds it
        log.warning("nudge of job %s not sent: %s", job_id, error.__class__.__name__)


def lease(job_id: int) -> Job | None:
    """Take the job if nobody holds it; None when done, held or given up."""
    moment = clock.now()
    free = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, leased_until__lt=moment)
    taken = Job.objects.filter(free, pk=job_id, attempts__lt=MOST_ATTEMPTS).update(
        state=Job.State.RUNNING, leased_until=moment + LEASE, attempts=F("attempts") + 1, worker=worker_name()
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: int) -> bool:
    """Run a job under its lease; True when this call finished it."""
    job = lease(job_id)
    if job is None:
        return False
    try:
        result = HANDLERS[job.kind](Running(job))
    except Exception as error:
        log.exception("job %s failed", job.key)
        last = job.attempts >= MOST_ATTEMPTS
        Job.objects.filter(pk=job.pk, worker=job.worker).update(
            state=Job.State.FAILED if last else Job.State.WAITING,
            error=f"{error.__class__.__name__}: {error}"[:1000],
            leased_until=None,
        )
        return False
    return bool(
        Job.objects.filter(pk=job.pk, worker=job.worker, state=Job.State.RUNNING).update(
            state=Job.State.DONE, result=result, error="", leased_until=None, finished_at=clock.now()
        )
    )


def sweep() -> int:
    """Run every job that waits longer than 20 s or whose lease ran out; no upper age. Returns how many finished."""
    moment = clock.now()
    lost = Q(state=Job.State.WAITING, created_at__lt=moment - dt.timedelta(seconds=20)) | Q(
        state=Job.State.RUNNING, leased_until__lt=moment
    )
    ids = list(
        Job.objects.filter(lost, attempts__lt=MOST_ATTEMPTS)
        .exclude(kind="heartbeat")
        .order_by("pk")
        .values_list("pk", flat=True)[:50]
    )
    return sum(run(pk) for pk in ids)


def beat_of(name: str) -> None:
    """Note that a process is alive (worker, beat)."""
    Job.objects.update_or_create(
        key=f"heartbeat:{name}",
        defaults={
            "kind": "heartbeat",
            "state": Job.State.DONE,
            "worker": worker_name(),
            "finished_at": clock.now(),
        },
        create_defaults={
            "kind": "heartbeat",
            "state": Job.State.DONE,
            "worker": worker_name(),
            "finished_at": clock.now(),
            "created_at": clock.now(),
        },
    )
