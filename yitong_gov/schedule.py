"""What beat sends and when. Every task may run twice with the same answer; times are Asia/Shanghai."""

from typing import Any

from celery.schedules import crontab

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "core.heartbeat", "schedule": 10.0, "options": {"expires": 30}},
    "sweep-jobs": {"task": "core.sweep_jobs", "schedule": 30.0, "options": {"expires": 30}},
    "seal-audit": {"task": "core.seal_audit", "schedule": crontab(hour="0", minute="20")},
    "open-periods": {"task": "reports.open_periods", "schedule": 60.0, "options": {"expires": 60}},
    "expire-forms": {"task": "reports.expire_forms", "schedule": crontab(minute="2")},
    "accept-approved": {"task": "reports.accept_approved", "schedule": crontab(hour="6", minute="10")},
    "tally-month": {"task": "reports.tally_months", "schedule": 120.0, "options": {"expires": 120}},
    "tally-quarter": {"task": "reports.tally_quarters", "schedule": 120.0, "options": {"expires": 120}},
    "send-notices": {"task": "organization.send_notices", "schedule": 60.0, "options": {"expires": 60}},
    "remind-missing": {"task": "reports.remind_missing", "schedule": crontab(hour="8", minute="0")},
}
