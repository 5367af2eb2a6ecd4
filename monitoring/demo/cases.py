"""The present month: what waits for each role, and every late, returned, refused, expired, outlying and same-name case."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import connection
from django.db.models import F

from core import audit, clock
from core.periods import containing
from monitoring.demo import admissions
from monitoring.demo.library import Library, decided, new_form, numbered, version_of
from organization.models import Unit
from organization.services.calendar import WorkCalendar
from reports.choices import AssignmentState, Category, FormState, RequestState
from reports.models import Assignment, FieldReturn, Value

S = AssignmentState
MONTHLY_FORMS = (
    "村级基本情况月报",
    "社会救助情况月报",
    "养老服务情况月报",
    "防火防汛巡查月报",
    "种植与农机情况月报",
    "人居环境与防返贫月报",
    "基层卫生服务月报",
    "基层党建情况月报",
)


def build(named: dict[str, Unit], made: Library) -> None:
    """Everything of the present; inside the open act and the transaction of the history."""
    today = clock.today()
    month = containing("monthly", today)
    _pick(_LEDGER_VALUES, {"start": month.start})
    _hand_in(named, month.start)
    _flags(named, made, month.start)
    _village_two(named, made, month.start)
    _weekly(named, made, today)
    admissions.build(named, made)
    _ended_yesterday(named, made, today)


def _pick(sql: str, params: dict[str, dt.date | list[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _hand_in(named: dict[str, Unit], start: dt.date) -> None:
    """河源镇 all 96 handed in; most others too, half of those reviewed; 伊通镇 part."""
    heyuan, yitong = named["河源镇"].pk, named["伊通镇"].pk
    units = Unit.objects.villages()
    chosen = [
        (unit_id, parent_id, unit_id % 5)
        for unit_id, parent_id in units.values_list("pk", "parent_id")
        if parent_id == heyuan
        or (parent_id == yitong and unit_id % 2)
        or (parent_id not in {heyuan, yitong} and unit_id % 5)
    ]
    doors = set(
        Unit.objects.filter(parent_id=yitong, name__in=["示例一村", "示例二村"]).values_list("pk", flat=True)
    )
    ids = [unit_id for unit_id, _, _ in chosen if unit_id not in doors]
    reviewed = [
        unit_id
        for unit_id, parent_id, fifth in chosen
        if parent_id not in {heyuan, yitong} and fifth in {1, 2}
    ]
    _pick(_PRESENT_VALUES, {"start": start, "units": ids})
    moment = clock.now() - dt.timedelta(hours=20)
    mine = Assignment.objects.filter(
        period_start=start, frequency="monthly", form__name__in=MONTHLY_FORMS, state=S.OPEN
    )
    likely = mine.filter(unit_id__in=ids)
    likely.update(
        state=S.SUBMITTED,
        submitted_at=moment,
        typed=2,
        checked=F("fields") - 2,
        minutes=Decimal(7) + (F("fields") - 2) * Decimal("0.2"),
    )
    Assignment.objects.filter(period_start=start, unit_id__in=reviewed, state=S.SUBMITTED).update(
        state=S.APPROVED, approved_on=clock.today()
    )


_PRESENT_VALUES = """
INSERT INTO reports_value (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
                           origin_ref, confirmed_at, reason, at, version)
SELECT b.element_id, b.unit_id, %(start)s, to_char(%(start)s::date, 'YYYY-MM'), v.id, 'number',
       greatest(0, b.base + CASE WHEN b.changing THEN (hashtext(b.unit_id || '-' || b.element_id || '-' || %(start)s::date) %% 4) ELSE 0 END),
       '', CASE WHEN b.changing OR e.carry = 'anew' THEN 'typed' ELSE 'carried' END, '', now(), '', now(), 1
FROM demo_base b
JOIN reports_element e ON e.id = b.element_id AND e.period_type = 'monthly' AND e.carry <> 'source'
JOIN LATERAL (SELECT id FROM reports_elementversion WHERE element_id = e.id ORDER BY n DESC LIMIT 1) v ON true
WHERE b.unit_id = ANY(%(units)s)
"""


_LEDGER_VALUES = """
INSERT INTO reports_value (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin,
                           origin_ref, confirmed_at, reason, at, version)
SELECT b.element_id, b.unit_id, %(start)s, to_char(%(start)s::date, 'YYYY-MM'), v.id, 'number', b.base, '', 'ledger',
       '住建部门台账', NULL, '', now() - interval '5 days', 1
FROM demo_base b
JOIN reports_element e ON e.id = b.element_id AND e.carry = 'source' AND e.period_type = 'monthly'
JOIN LATERAL (SELECT id FROM reports_elementversion WHERE element_id = e.id ORDER BY n DESC LIMIT 1) v ON true
"""


def _value(made: Library, unit: Unit, name: str, start: dt.date) -> Value:
    return Value.objects.get(element=made.elements[name], unit=unit, period_start=start)


def _flags(named: dict[str, Unit], made: Library, start: dt.date) -> None:
    """Four flagged submissions in 河源镇: an outlier with its reason, a broken relation, a fall to nil, a first value."""
    villages = list(Unit.objects.villages().filter(parent=named["河源镇"]).order_by("order_no"))
    cases = (
        (
            villages[0],
            "防火防汛巡查月报",
            "本月防火巡查人次",
            310,
            "outlier",
            "较上月相差较大",
            "防火期每日巡查",
        ),
        (villages[2], "村级基本情况月报", "其中女性", None, "check", "女性多于常住人口", ""),
        (villages[6], "社会救助情况月报", "低保户数", 0, "zero", "由有变为 0，请核", ""),
        (villages[8], "养老服务情况月报", "日间照料人数", 18, "outlier", "较上月相差较大", "新建照料室启用"),
    )
    for unit, form, name, told, kind, message, reason in cases:
        row = _value(made, unit, name, start)
        number = int(_value(made, unit, "常住人口", start).number or 0) + 52 if told is None else told
        last = (
            Value.objects.filter(element=row.element, unit=unit, period_start__lt=start)
            .order_by("-period_start")
            .first()
        )
        row.number, row.origin, row.reason = Decimal(number), "typed", reason
        row.save(update_fields=["number", "origin", "reason"])
        flag = {
            "element_id": row.element_id,
            "name": name,
            "kind": kind,
            "message": message,
            "reason": reason,
            "last": str(int(last.number or 0)) if last else "",
            "now": str(number),
            "hard": kind == "check",
        }
        Assignment.objects.filter(form=made.forms[form], unit=unit, period_start=start).update(
            flags=[flag], by_township=unit == villages[8]
        )


def _village_two(named: dict[str, Unit], made: Library, start: dt.date) -> None:
    """示例二村: one form half filled, one returned on a single field."""
    unit = Unit.objects.get(parent=named["伊通镇"], name="示例二村")
    _pick(_PRESENT_VALUES, {"start": start, "units": [unit.pk]})
    keep = [
        made.elements[n].pk
        for n in ("高血压管理人数", "糖尿病管理人数", "孕产妇人数", "村医人数", "卫生室数")
    ]
    returned = made.forms["防火防汛巡查月报"]
    fields = list(returned.versions.get(n=1).fields.values_list("element_id", flat=True))
    Value.objects.filter(unit=unit, period_start=start).exclude(element_id__in=[*keep, *fields]).delete()
    row = Assignment.objects.get(form=returned, unit=unit, period_start=start)
    row.state, row.returns = S.RETURNED, 1
    row.submitted_at = clock.now() - dt.timedelta(days=2)
    row.save(update_fields=["state", "returns", "submitted_at"])
    _returned(made, row, "本月防火巡查人次", "与上月相差较大，请核对", start)


def _returned(made: Library, row: Assignment, name: str, comment: str, start: dt.date) -> None:
    now = _value(made, row.unit, name, start)
    FieldReturn.objects.create(
        assignment=row,
        element=made.elements[name],
        comment=comment,
        old_text=str(int(now.number or 0)),
        by="伊通镇 党政办",
        act=audit.current().id,
        at=clock.now() - dt.timedelta(hours=26),
    )


def _weekly(named: dict[str, Unit], made: Library, today: dt.date) -> None:
    """冬春防火巡查周报: last week's is late in 示例三村 and returned in 示例二村."""
    form = made.forms["冬春防火巡查周报"]
    last = containing("weekly", containing("weekly", today).start - dt.timedelta(days=1))
    late = Unit.objects.get(parent=named["河源镇"], name="示例三村")
    rows = Assignment.objects.filter(form=form, period=last.code)
    rows.filter(unit=late).update(
        state=S.OPEN, submitted_at=None, approved_on=None, typed=0, checked=0, minutes=0
    )
    Value.objects.filter(unit=late, period_start=last.start, element__period_type="weekly").delete()
    second = rows.select_related("unit", "form").get(unit__parent=named["伊通镇"], unit__name="示例二村")
    second.state, second.approved_on, second.returns = S.RETURNED, None, 1
    second.save(update_fields=["state", "approved_on", "returns"])
    _returned(made, second, "本周防火巡查人次", "“巡查人次”与上周相差较大，请核对", last.start)


def _ended_yesterday(named: dict[str, Unit], made: Library, today: dt.date) -> None:
    """示例二局's form ended yesterday: its open rows stopped; one village had declined it."""
    row = new_form("冬储物资进度月报", named["shili2"], Category.COUNTY, FormState.EXPIRED)
    since = today - dt.timedelta(days=120)
    numbered(row, since, today - dt.timedelta(days=1))
    row.save()
    villages = list(Unit.objects.villages().filter(parent=named["伊通镇"]))[:6]
    names = ("应急物资储备点数", "灭火器数量", "保洁员人数")
    version = version_of(
        made, row, names, "monthly", {"opens_day": 1, "due_kind": "day", "due_n": 28}, villages, all_=False
    )
    decided(row, version, len(villages), RequestState.ADMITTED, since)
    month = containing("monthly", today)
    due = WorkCalendar.load(month.start, month.end + dt.timedelta(days=15)).forward(
        month.start.replace(day=28)
    )
    Assignment.objects.bulk_create(
        Assignment(
            form=row,
            form_version=version,
            unit=unit,
            frequency="monthly",
            period=month.code,
            period_start=month.start,
            opens_on=month.start,
            due_on=due,
            burden_month=f"{due:%Y-%m}",
            fields=len(names),
            state=S.REFUSED if i == 3 else S.STOPPED,
        )
        for i, unit in enumerate(villages)
    )
