"""Rules as dated data: the security administrator enters a version, the rule's office confirms it, then it takes effect."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from psycopg2.extras import DateRange

from core import audit, clock
from core.errors import Invalid, NotAllowed, Refused
from core.models import RuleVersion


def enter(
    *,
    actor: Any,
    code: str,
    strength: str,
    text: str,
    source: str,
    value: dict[str, Any] | None,
    starts: dt.date,
) -> RuleVersion:
    """Enter a version that waits for its confirmation; nothing changes until then.

    Raises NotAllowed, Invalid when the day is not in the future, the rule is unknown or its values have other names.
    """
    if not actor.may_anywhere("organization.enter_rules"):
        raise NotAllowed("您没有录入规则的权限。")
    present = RuleVersion.objects.filter(code=code, during__contains=clock.today()).first()
    if present is None:
        raise Invalid("没有这条规则。")
    if starts <= clock.today():
        raise Invalid("施行日期应在今天以后。", field="starts")
    value = present.value if value is None else value
    if not isinstance(value, dict) or set(value) != set(present.value):
        raise Invalid(f"数值的名称应为：{'、'.join(sorted(present.value)) or '（无）'}。", field="value")
    row = RuleVersion(
        code=code, strength=strength, text=text.strip(), source=source.strip(), value=value, proposed_from=starts,
        during=DateRange(empty=True), entered_by=actor.name,
    )  # fmt: skip
    try:
        row.full_clean(exclude=["during", "value"])
    except ValidationError as error:
        raise Invalid("；".join(error.messages)) from error
    with audit.act(actor):
        audit.save(row, "录入规则")
    return row


def confirm(*, actor: Any, version: RuleVersion) -> RuleVersion:
    """Confirm an entered version: the present one ends the day before it starts.

    The one who confirms cannot be the one who entered (roles of two powers). Raises NotAllowed, Refused.
    """
    if not actor.may_anywhere("organization.confirm_rules"):
        raise NotAllowed("您没有确认规则的权限。")
    with audit.act(actor):
        rows = list(RuleVersion.objects.select_for_update().filter(code=version.code).order_by("pk"))
        row = next(r for r in rows if r.pk == version.pk)
        if row.confirmed_by:
            raise Refused("该版本已确认。", code="confirmed")
        if row.proposed_from is None or row.proposed_from <= clock.today():
            raise Refused("施行日期已过，请安全管理员重新录入。", code="late")
        for other in rows:
            if not other.during.isempty and (
                other.during.upper is None or other.during.upper > row.proposed_from
            ):
                if other.during.lower is not None and other.during.lower >= row.proposed_from:
                    raise Refused("已有更晚施行的版本，请核对施行日期。", code="later_version")
                other.during = DateRange(other.during.lower, row.proposed_from)
                audit.save(other, "规则版本到期")
        row.during = DateRange(row.proposed_from, None)
        row.confirmed_by = actor.name
        audit.save(row, "确认规则")
    return row
