"""Valid rows for tests. A test changes what matters and asserts exact values.

`county()` builds a small county: the county, departments, two townships (伊通镇 with a 站所, 河源镇) and villages,
among them two of the name 二道村. `person()` gives a user with a granted posting. `element()`, `form()` and
`assignment()` build the reporting chain. Everything is written inside an audit act.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client

from core import audit, clock, numbering, pinyin
from core.periods import Frequency, containing
from organization.choices import Level, Power
from organization.models import Posting, Unit, User
from reports.choices import Category, FormState, Origin, ValueType
from reports.models import (
    Assignment,
    Element,
    ElementVersion,
    Form,
    FormField,
    FormRequest,
    FormVersion,
    Respondent,
    Value,
)

PASSWORD = "correct horse battery 7"
_serial = itertools.count(1)


def unit(
    name: str, level: str, parent: Unit | None = None, *, kind: str = "", code: str | None = None, **more: Any
) -> Unit:
    """A unit with its path and search keys."""
    with audit.act(audit.SYSTEM):
        row = Unit.objects.create(
            name=name,
            level=level,
            parent=parent,
            kind=kind or level,
            code=code,
            pinyin=pinyin.full(name),
            initials=pinyin.initials(name),
            order_no=more.pop("order_no", next(_serial)),
            **more,
        )
        row.path = f"{parent.path if parent else '/'}{row.pk}/"
        row.save(update_fields=["path"])
    return row


def village(name: str, township: Unit, code: str | None = None, **more: Any) -> Unit:
    """A counted village."""
    return unit(
        name,
        Level.VILLAGE,
        township,
        kind=more.pop("kind", "village"),
        code=code,
        counted=more.pop("counted", True),
        **more,
    )


@dataclass
class County:
    """The small county of the tests."""

    root: Unit
    dgb: Unit
    minzheng: Unit
    nongye: Unit
    yitong: Unit
    heyuan: Unit
    station: Unit
    villages: list[Unit]
    others: list[Unit]


def county() -> County:
    """County, three departments, 伊通镇 (station, 3 villages) and 河源镇 (3 villages); 二道村 stands in both."""
    root = unit("伊通满族自治县", Level.COUNTY, code="220323000000")
    dgb = unit("县政务服务和数字化建设管理局", Level.DEPARTMENT, root)
    minzheng = unit("县民政局", Level.DEPARTMENT, root)
    nongye = unit("县农业农村局", Level.DEPARTMENT, root)
    yitong = unit("伊通镇", Level.TOWNSHIP, root, kind="town", code="220323100000")
    heyuan = unit("河源镇", Level.TOWNSHIP, root, kind="town", code="220323110000")
    station = unit("伊通镇民政办", Level.OFFICE, yitong)
    ours = [
        village(name, yitong, f"2203231002{i:02}")
        for i, name in enumerate(("示例一村", "示例二村", "二道村"), 1)
    ]
    theirs = [
        village(name, heyuan, f"2203231102{i:02}")
        for i, name in enumerate(("示例三村", "示例四村", "二道村"), 1)
    ]
    return County(root, dgb, minzheng, nongye, yitong, heyuan, station, ours, theirs)


POWERS = {"sysadmin": Power.SYSTEM, "secadmin": Power.SECURITY, "auditor": Power.AUDIT}


def person(role: str, at: Unit, username: str = "", *, name: str = "", **more: Any) -> User:
    """A person with one granted posting in force; `is_demo=True` by default so that no second factor is asked."""
    number = next(_serial)
    with audit.act(audit.SYSTEM):
        user = User(
            username=username or f"{role}{number}",
            name=name or f"测试{number}",
            is_demo=more.pop("is_demo", True),
            created_at=clock.now(),
        )
        user.set_password(more.pop("password", PASSWORD))
        user.save()
        Posting.objects.create(
            user=user,
            unit=at,
            role=role,
            power=POWERS.get(role, Power.BUSINESS),
            during=more.pop("during", (dt.date(2024, 1, 1), None)),
            needs_two=False,
            created_by=0,
            granted_by=0,
            **more,
        )
    return user


def element(name: str, source: Unit, *, status: str = "active", **more: Any) -> Element:
    """An indicator with its first version. Version fields: definition, value_type, unit, decimals, low, high, choices."""
    words = {
        "definition": more.pop("definition", f"{name}的口径"),
        "value_type": more.pop("value_type", ValueType.INTEGER),
        "unit": more.pop("unit", "户"),
        "decimals": more.pop("decimals", 0),
        "low": more.pop("low", Decimal(0)),
        "high": more.pop("high", None),
        "choices": more.pop("choices", []),
    }
    with audit.act(audit.SYSTEM):
        row = Element.objects.create(
            code=more.pop("code", f"E{next(_serial):04}"),
            name=name,
            pinyin=pinyin.full(name),
            initials=pinyin.initials(name),
            status=status,
            source_unit=source,
            **more,
        )
        ElementVersion.objects.create(element=row, n=1, name=name, from_period=dt.date(2024, 1, 1), **words)
    return row


def form(
    name: str,
    owner: Unit,
    elements: list[Element],
    respondents: list[Unit],
    *,
    state: str = FormState.ACTIVE,
    frequency: str = Frequency.MONTHLY,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
    **more: Any,
) -> Form:
    """A form; ACTIVE ones have a number, one version in force, fields and frozen respondents."""
    today = clock.today()
    version_fields = {
        k: more.pop(k)
        for k in ("opens_day", "due_kind", "due_n", "respondent_rule", "minutes_fixed")
        if k in more
    }
    with audit.act(audit.SYSTEM):
        row = Form(
            code=more.pop("code", f"B{next(_serial):04}"),
            name=name,
            pinyin=pinyin.full(name),
            initials=pinyin.initials(name),
            category=more.pop("category", Category.COUNTY),
            owner=owner,
            state=state,
            **more,
        )
        if state != FormState.DRAFT:
            row.valid_from = valid_from or today.replace(month=1, day=1)
            row.valid_until = valid_until or today.replace(month=12, day=31)
            row.number = numbering.issue(
                "伊表",
                on=row.valid_from,
                kind="form",
                title=name,
                owner_unit_id=owner.pk,
                owner=owner.name,
                until=row.valid_until,
            )
        row.save()
        version = FormVersion.objects.create(
            form=row,
            n=1,
            frequency=frequency,
            from_period=row.valid_from,
            in_force=state == FormState.ACTIVE,
            **{"respondent_rule": {"kind": "units", "ids": [u.pk for u in respondents]}, **version_fields},
        )
        FormField.objects.bulk_create(
            FormField(form_version=version, element=e, place=i) for i, e in enumerate(elements, 1)
        )
        Respondent.objects.bulk_create(Respondent(form_version=version, unit=u) for u in respondents)
    return row


def request_for(row: Form, **more: Any) -> FormRequest:
    """A submitted request for a draft form."""
    version = row.versions.get(n=1)
    with audit.act(audit.SYSTEM):
        return FormRequest.objects.create(
            **{
                "form": row,
                "form_version": version,
                "requester": row.owner,
                "purpose": "掌握情况",
                "use": "制定计划",
                "basis": "工作需要",
                "sources": "已查指标库，无现成数据",
                "respondents": version.respondents.count(),
                "times_a_year": 12,
                "minutes_each": Decimal(10),
                "state": "submitted",
                "created_at": clock.now(),
                "submitted_at": clock.now(),
                **more,
            }
        )


def assignment(row: Form, at: Unit, day: dt.date | None = None, **more: Any) -> Assignment:
    """An open assignment of a form's first version for the period that holds `day` (today)."""
    version = row.versions.get(n=1)
    day = day or clock.today()
    period = containing(version.frequency, day)
    due = more.pop(
        "due_on",
        period.start.replace(day=28) if period.end - period.start > dt.timedelta(days=27) else period.end,
    )
    with audit.act(audit.SYSTEM):
        return Assignment.objects.create(
            form=row,
            form_version=version,
            unit=at,
            frequency=version.frequency,
            period=period.code,
            period_start=period.start,
            opens_on=more.pop("opens_on", period.start),
            due_on=due,
            burden_month=f"{due:%Y-%m}",
            fields=version.fields.count(),
            **more,
        )


def value(of: Element, at: Unit, day: dt.date, number: int | str | None = None, **more: Any) -> Value:
    """A value of an indicator for the period of its own cycle that holds `day`."""
    period = containing(of.period_type, day)
    return Value.objects.create(
        element=of,
        unit=at,
        period_start=period.start,
        period=period.code,
        element_version=of.versions.order_by("-n").first(),
        number=None if number is None else Decimal(number),
        origin=more.pop("origin", Origin.TYPED),
        at=clock.now(),
        **more,
    )


def browser(user: Any) -> Client:
    """A signed-in client."""
    client = Client()
    client.force_login(user, backend="organization.backends.PasswordBackend")
    return client


__all__ = [
    "PASSWORD",
    "County",
    "assignment",
    "browser",
    "county",
    "element",
    "form",
    "person",
    "request_for",
    "unit",
    "value",
    "village",
]
