"""一表一审: what a form needs before anything may be asked through it."""

from __future__ import annotations

import datetime as dt

from core.errors import RuleRefused
from core.limits import Door, finding
from reports.choices import FormState
from reports.models import Form

DOORS = (Door("上级急要数：凭上级通知先取得临时编号"), Door("法定统计调查：由县统计局登记"), Door("存量报表：双向确认后批量编号"))


def require_admitted(form: Form, on: dt.date) -> None:
    """Refuse to assign a form without a valid number (`reports.not_admitted`, F18)."""
    valid = form.state == FormState.ACTIVE and form.number_id and form.valid_until and form.valid_until >= on
    if not valid:
        raise RuleRefused(
            [finding("reports.not_admitted", f"《{form.name}》没有有效的准入编号，不能下发。", actual=form.get_state_display(), doors=DOORS)]
        )
