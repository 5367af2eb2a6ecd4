"""Celery tasks of organization."""

from celery import shared_task

from organization.services import notices


@shared_task(name="organization.send_notices")
def send_notices() -> int:
    """Send what is due."""
    return notices.send_due()
