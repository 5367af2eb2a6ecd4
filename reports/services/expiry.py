"""Forms end by themselves: expired, their open rows stopped, everyone concerned told."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef

from core import audit
from core.errors import Busy, WrongState
from core.models import NumberedItem
from core.workflow import take
from organization.services import notices
from reports.models import Assignment, Form, FormVersion
from reports.querysets import TO_DO
from reports.workflow import EXPIRE
from reports.workflow_assignment import STOP

WARN_DAYS = 15


def expire(on: dt.date) -> int:
    """End every active form whose validity is over; safe to run often. Returns how many ended."""
    ended = 0
    for pk in Form.objects.ended(on).order_by("pk").values_list("pk", flat=True):
        try:
            with take(EXPIRE, Form, pk, actor=audit.SYSTEM, reason="有效期届满") as form:
                stop_open(form, f"《{form.name}》已过有效期，停止填报")
        except (WrongState, Busy):  # another worker ends it, or somebody is at it: the next run looks again
            continue
        ended += 1
    retire_versions(on)
    warn(on)
    return ended


def stop_open(form: Form, text: str) -> int:
    """Stop all open rows of a form in one statement (one entry with its count) and tell the owner and the villages.

    Inside an audit act; returns how many rows were stopped.
    """
    NumberedItem.objects.filter(form=form).update(state="ended")
    rows = Assignment.objects.filter(form=form, state__in=TO_DO)
    units = list(rows.values_list("unit_id", flat=True).distinct())
    stopped = rows.update(state=STOP.to, version=F("version") + 1)
    audit.record(
        "停止填报", Assignment, after={"form": form.pk, "name": form.name}, step=STOP.name, count=stopped
    )
    key = f"form-ended:{form.pk}:{form.valid_until}"
    owners = notices.people([form.owner_id], "reports.manage_forms")
    notices.tell(owners, kind="form_ended", key=key, text=text, url=f"/reports/forms/{form.pk}/", urgent=True)
    notices.tell(notices.people(units, "reports.fill"), kind="form_ended", key=key, text=text, url="/")
    return stopped


def retire_versions(on: dt.date) -> int:
    """Take out of force what a newer version replaced once its first period began; returns how many."""
    newer = FormVersion.objects.filter(
        form_id=OuterRef("form_id"), n__gt=OuterRef("n"), in_force=True, from_period__lte=on
    )
    old = FormVersion.objects.filter(Exists(newer), in_force=True)
    if not old.exists():
        return 0
    with audit.act(audit.SYSTEM, reason="新版本开始执行"):
        count = old.update(in_force=False)
        audit.record("版本停用", FormVersion, count=count)
    return count


def warn(on: dt.date) -> int:
    """Tell owners fifteen days before the end, once; returns how many were told."""
    told = 0
    soon = Form.objects.in_force(on).filter(
        valid_until__lte=on + dt.timedelta(days=WARN_DAYS), temporary=False
    )
    for form in soon.order_by("pk"):
        told += notices.tell(
            notices.people([form.owner_id], "reports.manage_forms"),
            kind="form_expiring",
            key=f"form-expiring:{form.pk}:{form.valid_until}",
            text=f"《{form.name}》有效期至 {form.valid_until:%Y年%m月%d日}，如需继续请送审延期",
            url=f"/reports/forms/{form.pk}/",
        )
    return told
