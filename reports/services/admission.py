"""一表一审: what a form needs before anything may be asked through it, and how it gets its number and its end."""

from __future__ import annotations

import calendar
import datetime as dt

from core import audit, clock, numbering
from core.errors import RuleRefused
from core.limits import Door, finding, in_force
from core.models import NumberedItem
from core.periods import containing, following
from core.workflow import Step, take
from organization.services import notices
from organization.services.calendar import WorkCalendar
from reports.choices import ElementStatus, FormState
from reports.models import Element, Form, FormRequest, FormVersion, Respondent
from reports.services import burden
from reports.workflow import ACTIVATE

REGISTER_CODE = "伊表"
DOORS = (
    Door("上级急要数：凭上级通知先取得临时编号", "/reports/requests/urgent/"),
    Door("法定统计调查：由县统计局登记", "/reports/requests/add/?category=statutory"),
    Door("存量报表：双向确认后批量编号", "/reports/requests/stock/"),
)


def require_admitted(form: Form, on: dt.date) -> None:
    """Refuse to assign a form without a valid number. Raises RuleRefused `reports.not_admitted` (F18)."""
    valid = form.state == FormState.ACTIVE and form.number_id and form.valid_until and form.valid_until >= on
    if not valid:
        raise RuleRefused(
            [
                finding(
                    "reports.not_admitted",
                    f"《{form.name}》没有有效的准入编号，不能下发。",
                    actual=form.get_state_display(),
                    doors=DOORS,
                )
            ]
        )


def lock_register() -> None:
    """Hold the register of this year: two decisions of one moment are made one after the other."""
    numbering.lock(REGISTER_CODE, clock.today().year)


def latest_end(on: dt.date) -> dt.date:
    """Last day of the longest validity from `on` (`reports.validity`, 12 months, the last day included)."""
    months = int(in_force("reports.validity").value["months"])
    years, month = divmod(on.month - 1 + months, 12)
    year = on.year + years
    day = min(on.day, calendar.monthrange(year, month + 1)[1])
    return dt.date(year, month + 1, day) - dt.timedelta(days=1)


def workdays_left(calendar: WorkCalendar, day: dt.date) -> int:
    """Working days from today until `day`, 0 today and on days off before the next one; -1 when it has passed."""
    today = clock.today()
    if day < today:
        return -1
    days = (today + dt.timedelta(days=n) for n in range(1, (day - today).days + 1))
    return sum(calendar.is_workday(one) for one in days)


def held_elements(version: FormVersion) -> list[Element]:
    """The version's indicators, locked by key until the transaction ends: none is retired meanwhile (F8).

    A lock that leaves the keys free, so that villages go on saving values of these indicators.
    """
    rows = Element._base_manager.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=version.fields.values("element_id")).order_by("pk"))


def require_usable(version: FormVersion) -> None:
    """Refuse fields that are not 启用 indicators and keep the others 启用 until the transaction ends.

    Inside a transaction. Raises RuleRefused `reports.element_not_standard` (F8, F9).
    """
    refuse_unusable([one for one in held_elements(version) if one.status != ElementStatus.ACTIVE])


def refuse_unusable(elements: list[Element]) -> None:
    """Refuse these indicators, if any, by name. Raises RuleRefused `reports.element_not_standard`."""
    if not elements:
        return
    names = "”“".join(one.name for one in elements)
    text = f"只能选用指标库中“启用”的指标：“{names}”未启用，请换用已启用的，或先由县政数局启用。"
    door = Door("查指标库", "/reports/elements/")
    found = finding("reports.element_not_standard", text, actual=f"{len(elements)} 项", doors=(door,))
    raise RuleRefused([found])


def activate(request: FormRequest, *, until: dt.date | None, temporary: bool = False) -> Form:
    """Put the form of a request in force: number (once), validity, frozen respondents, version in force.

    Call inside the `take` of the request and under `lock_register`.
    """
    today = clock.today()
    with take(ACTIVATE, Form, request.form_id, actor=audit.SYSTEM) as form:
        form.valid_until = min(until, latest_end(today)) if until and until >= today else latest_end(today)
        form.temporary = temporary
        if form.number_id is None:
            form.valid_from = today
            form.number = _number(form, request)
        else:
            _renew_number(form)
    _put_in_force(request.form_version, today, first=form.valid_from == today)
    return form


def _number(form: Form, request: FormRequest) -> NumberedItem:
    return numbering.issue(
        REGISTER_CODE,
        on=clock.today(),
        kind="form",
        title=form.name,
        owner_unit_id=form.owner_id,
        owner=form.owner.name,
        until=form.valid_until,
        url=f"/reports/forms/{form.pk}/",
        minutes=round(request.minutes_each),
    )


def _renew_number(form: Form) -> None:
    assert form.valid_until is not None
    NumberedItem.objects.filter(form=form).update(
        valid=(form.valid_from, form.valid_until + dt.timedelta(days=1)), state="valid"
    )


def _put_in_force(version: FormVersion, today: dt.date, *, first: bool) -> None:
    """Freeze who fills and from which period; a later version starts with the next period."""
    if version.in_force:
        return
    period = containing(version.frequency, today)
    version.from_period = period.start if first else following(version.frequency, period).start
    version.in_force = True
    audit.save(version, "版本生效")
    units = burden.respondent_ids(version.respondent_rule)
    Respondent.objects.bulk_create(
        [Respondent(form_version=version, unit_id=unit) for unit in units], ignore_conflicts=True
    )


def end(step: Step, form_pk: int, *, reason: str, text: str) -> int:
    """End an active form inside the open act: state by `step`, number ended, open rows stopped, people told.

    Returns how many open rows were stopped.
    """
    from reports.services.expiry import stop_open

    with take(step, Form, form_pk, actor=audit.SYSTEM, reason=reason) as form:
        return stop_open(form, text)


def tell_owner(request: FormRequest, text: str, *, urgent: bool = False) -> None:
    """Tell the people of the unit that asked, once per version of the request."""
    notices.tell(
        notices.people([request.requester_id], "reports.request_forms"),
        kind="request_decided",
        key=f"request:{request.pk}:{request.version}",
        text=text,
        url=f"/reports/requests/{request.pk}/",
        urgent=urgent,
    )
