"""Indicators and forms of the demonstration, with their requests and numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from core import clock, numbering, pinyin
from core.periods import PER_YEAR, Frequency
from monitoring.demo.catalogue import ENDED, EXTRA, MONTHLY, QUARTERLY, WEEKLY, YEARLY, Item, Sheet
from organization.models import Unit
from reports.choices import Category, DueKind, FormState, ReasonCode, RequestKind, RequestState
from reports.models import (
    Element,
    ElementVersion,
    Form,
    FormCheck,
    FormField,
    FormRequest,
    FormVersion,
    Respondent,
)
from reports.services import burden
from reports.services.burden import Burden


@dataclass
class Library:
    """What was made: elements by name with their items, forms by name."""

    elements: dict[str, Element] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)


def months_back(today: dt.date, count: int) -> dt.date:
    """First day of the month `count` months before."""
    index = today.year * 12 + today.month - 1 - count
    return dt.date(index // 12, index % 12 + 1, 1)


def build(named: dict[str, Unit]) -> Library:
    """Create the library, the forms in force and those that ended; inside the open act."""
    made = Library()
    for sheet in (*MONTHLY, WEEKLY):
        for item in sheet.items:
            _element(made, item, named[sheet.owner])
    for item in EXTRA:
        _element(made, item, named["nongye"])
    _superseded(made, named["nongye"])
    today = clock.today()
    villages = list(Unit.objects.villages())
    for n, sheet in enumerate((*MONTHLY, *QUARTERLY, *YEARLY), 1):
        _in_force(
            made,
            sheet,
            named[sheet.owner],
            villages,
            months_back(today, 2 + n % 9) + dt.timedelta(days=4 + n),
        )
    some = [
        u
        for u in villages
        if u.parent_id in {named["伊通镇"].pk, named["河源镇"].pk} and u.name != "示例一村"
    ]
    _in_force(made, WEEKLY, named[WEEKLY.owner], some, months_back(today, 2) + dt.timedelta(days=8))
    for name, owner, months, state, successor in ENDED:
        _ended(made, name, named[owner], villages, months, state, successor)
    return made


def _element(made: Library, item: Item, source: Unit) -> None:
    row = Element.objects.create(
        code=f"YT{len(made.elements) + 1:04}",
        name=item.name,
        pinyin=pinyin.full(item.name),
        initials=pinyin.initials(item.name),
        status=item.status,
        source_unit=source,
        basic=item.basic,
        carry=item.carry,
        likely_to_change=item.changing,
        period_type=item.cycle,
        aggregation="sum" if item.carry == "anew" else "last",
        sensitivity="sensitive" if item.name in {"严重精神障碍管理人数", "困境儿童数"} else "shared",
    )
    ElementVersion.objects.create(
        element=row,
        n=1,
        name=item.name,
        definition=item.definition,
        unit=item.unit,
        decimals=item.decimals,
        value_type="decimal" if item.decimals else "integer",
        low=Decimal(0),
        from_period=dt.date(2024, 1, 1),
    )
    made.elements[item.name], made.items[item.name] = row, item


def _superseded(made: Library, source: Unit) -> None:
    old = Element.objects.create(
        code="YT0900",
        name="农业机械台数",
        pinyin=pinyin.full("农业机械台数"),
        initials=pinyin.initials("农业机械台数"),
        status="superseded",
        source_unit=source,
        superseded_by=made.elements["农机保有量"],
    )
    ElementVersion.objects.create(
        element=old,
        n=1,
        name=old.name,
        definition="各类农业机械，含小型机具",
        unit="台",
        low=Decimal(0),
        from_period=dt.date(2024, 1, 1),
    )
    changed = made.elements["常住人口"]
    ElementVersion.objects.create(
        element=changed,
        n=2,
        name=changed.name,
        definition="实际居住半年以上的人口，含外来常住人口",
        unit="人",
        low=Decimal(0),
        from_period=months_back(clock.today(), 6),
    )


def due_rule(today: dt.date) -> dict[str, object]:
    """Due within this week where the month still has room; a few working days after its end otherwise."""
    soon = today + dt.timedelta(days=3)
    if soon.month == today.month and today.day >= 3:
        return {"opens_day": max(1, today.day - 8), "due_kind": DueKind.DAY, "due_n": soon.day}
    return {
        "opens_day": 1 if today.day < 3 else max(1, today.day - 8),
        "due_kind": DueKind.WORKDAYS_AFTER,
        "due_n": 3,
    }


LAST_WEEK = {"quarterly": 84, "yearly": 358}


def _rule_of(sheet: Sheet) -> dict[str, object]:
    if sheet.frequency == "monthly":
        return due_rule(clock.today())
    if sheet.frequency == "weekly":
        return {"opens_day": 1, "due_kind": DueKind.DAY, "due_n": 5}
    return {"opens_day": LAST_WEEK[sheet.frequency], "due_kind": DueKind.WORKDAYS_AFTER, "due_n": 10}


def version_of(
    made: Library,
    row: Form,
    names: tuple[str, ...],
    frequency: str,
    rule: dict[str, object],
    units: list[Unit] | None,
    *,
    all_: bool,
) -> FormVersion:
    """A form's first version with fields (and respondents where it is in force)."""
    version = FormVersion.objects.create(
        form=row,
        n=1,
        frequency=frequency,
        from_period=row.valid_from,
        in_force=row.state == FormState.ACTIVE,
        respondent_rule={"kind": "all"} if all_ else {"kind": "units", "ids": [u.pk for u in units or []]},
        **rule,
    )
    FormField.objects.bulk_create(
        FormField(
            form_version=version,
            element=made.elements[name],
            place=i,
            by_superior=row.category == Category.SUPERIOR,
        )
        for i, name in enumerate(names, 1)
    )
    if units:
        Respondent.objects.bulk_create(Respondent(form_version=version, unit=unit) for unit in units)
    return version


def new_form(name: str, owner: Unit, category: str, state: str, **more: object) -> Form:
    """An unsaved form with its search keys."""
    code = f"{pinyin.initials(owner.name).split()[0].upper()[:4]}-{Form.objects.filter(owner=owner).count() + 1:02}"
    return Form(
        code=f"{code}",
        name=name,
        pinyin=pinyin.full(name),
        initials=pinyin.initials(name),
        category=category,
        owner=owner,
        state=state,
        **more,
    )


def numbered(row: Form, on: dt.date, until: dt.date) -> None:
    """Give a form the next number and its term; the caller saves it."""
    row.valid_from, row.valid_until = on, until
    row.number = numbering.issue(
        "伊表",
        on=on,
        kind="form",
        title=row.name,
        owner_unit_id=row.owner_id,
        owner=row.owner.name,
        until=until,
    )


def burden_of(version: FormVersion, units: int) -> Burden:
    """What a version costs, computed as the product does."""
    elements = [row.element for row in version.fields.select_related("element")]
    return Burden(units, PER_YEAR[Frequency(version.frequency)], burden.minutes_each(elements))


def _in_force(made: Library, sheet: Sheet, owner: Unit, units: list[Unit], on: dt.date) -> None:
    on = min(on, clock.today() - dt.timedelta(days=20))
    row = new_form(sheet.name, owner, sheet.category, FormState.ACTIVE)
    if sheet.category != Category.COUNTY:
        row.reference = "吉民发〔2026〕3号" if sheet.category == Category.SUPERIOR else "国统制〔2025〕88号"
    numbered(row, on, on + dt.timedelta(days=364))
    row.save()
    names = tuple(item.name for item in sheet.items) + sheet.also
    version = version_of(made, row, names, sheet.frequency, _rule_of(sheet), units, all_=len(units) > 100)
    _checks(made, version, sheet)
    made.forms[sheet.name] = row
    state = RequestState.REGISTERED if sheet.category != Category.COUNTY else RequestState.ADMITTED
    decided(row, version, len(units), state, on)


def _checks(made: Library, version: FormVersion, sheet: Sheet) -> None:
    FormCheck.objects.bulk_create(
        FormCheck(
            form_version=version,
            left=[made.elements[left].pk],
            op=op,
            right=[made.elements[right].pk],
            strength=strength,
            message=message,
        )
        for left, op, right, strength, message in sheet.checks
    )


def decided(
    row: Form,
    version: FormVersion,
    units: int,
    state: str,
    on: dt.date,
    **more: object,
) -> FormRequest:
    """A decided request of a form."""
    moment = dt.datetime.combine(on, dt.time(10, 20), clock.COUNTY)
    cost = burden_of(version, units)
    return FormRequest.objects.create(
        **{
            "kind": RequestKind.NEW,
            "requester": row.owner,
            "form": row,
            "form_version": version,
            "purpose": f"掌握全县{row.name.removesuffix('月报').removesuffix('季报').removesuffix('年报')}",
            "use": "用于工作调度和向上级汇总",
            "basis": row.reference or "部门职责",
            "superior_ref": row.reference,
            "sources": "已查指标库，无其他部门收集",
            "respondents": units,
            "times_a_year": cost.times,
            "minutes_each": cost.minutes,
            "hours_after": cost.hours_a_year,
            "state": state,
            "created_at": moment - dt.timedelta(days=5),
            "submitted_at": moment - dt.timedelta(days=4),
            "decided_at": moment,
            "decided_by": "县政数局",
            "created_by": row.owner.name,
            **more,
        }
    )


def _ended(
    made: Library, name: str, owner: Unit, villages: list[Unit], months: int, state: str, successor: str
) -> None:
    today = clock.today()
    start = months_back(today, 24)
    end = months_back(today, 24 - months) - dt.timedelta(days=1)
    row = new_form(name, owner, Category.COUNTY, state)
    numbered(row, start, end)
    if successor:
        row.successor = made.forms[successor]
    row.save()
    names = tuple(made.items)[months : months + 9]
    rule = {"opens_day": 1, "due_kind": DueKind.DAY, "due_n": 25}
    version = version_of(made, row, names, "monthly", rule, villages, all_=True)
    made.forms[name] = row
    decided(row, version, len(villages), RequestState.ADMITTED, start)
    hours = burden_of(version, len(villages)).hours_a_year
    if state == "cancelled":
        decided(
            row,
            version,
            len(villages),
            RequestState.ADMITTED,
            end,
            kind=RequestKind.CANCEL,
            hours_before=hours,
            hours_after=0,
            change_code=ReasonCode.CANCELLED,
        )
    elif state == "merged":
        decided(
            row,
            version,
            len(villages),
            RequestState.MERGED,
            end,
            kind=RequestKind.REVISE,
            hours_before=hours,
            hours_after=0,
            change_code=ReasonCode.MERGED_AWAY,
            merged_into=row.successor,
        )
