"""Forms end by themselves: expired, their open rows stopped, everyone concerned told."""

from __future__ import annotations

import datetime as dt

from core import audit
from core.workflow import take
from organization.services import notices
from reports.models import Assignment, Form
from reports.querysets import TO_DO
from reports.workflow import EXPIRE
from reports.workflow_assignment import STOP

WARN_DAYS = 15


def expire(on: dt.date) -> int:
    """End every active form whose validity is over; safe to run often. Returns how many ended."""
    ended = 0
    for pk in Form.objects.ended(on).order_by("pk").values_list("pk", flat=True):
        with take(EXPIRE, Form, pk, actor=audit.SYSTEM, reason="有效期届满") as form:
            stop_open(form)
        ended += 1
    warn(on)
    return ended


def stop_open(form: Form) -> int:
    """Stop all open rows of a form in one statement (one entry with its count) and tell the owner and the villages."""
    rows = Assignment.objects.filter(form=form, state__in=TO_DO)
    units = list(rows.values_list("unit_id", flat=True).distinct())
    stopped = rows.update(state=STOP.to)
    audit.record("停止填报", Assignment, after={"form": form.pk, "name": form.name}, step=STOP.name, count=stopped)
    text = f"《{form.name}》已过有效期，停止填报"
    key = f"form-ended:{form.pk}:{form.valid_until}"
    notices.tell(notices.people([form.owner_id], "reports.manage_forms"), kind="form_ended", key=key, text=text, url=f"/reports/forms/{form.pk}/", urgent=True)
    notices.tell(notices.people(units, "reports.fill"), kind="form_ended", key=key, text=text, url="/", urgent=False)
    return stopped


def warn(on: dt.date) -> int:
    """Tell owners fifteen days before the end, once."""
    told = 0
    soon = Form.objects.in_force(on).filter(valid_until__lte=on + dt.timedelta(days=WARN_DAYS), temporary=False)
    for form in soon.order_by("pk"):
        told += notices.tell(
            notices.people([form.owner_id], "reports.manage_forms"),
            kind="form_expiring",
            key=f"form-expiring:{form.pk}:{form.valid_until}",
            text=f"《{form.name}》有效期至 {form.valid_until:%Y年%m月%d日}，如需继续请送审延期",
            url=f"/reports/forms/{form.pk}/",
        )
    return told
