"""Requests on the desks of the present: sent in, drafted, returned, rejected, to be renewed, provisional."""

from __future__ import annotations

import datetime as dt

from core import audit, clock
from core.models import Waiver
from monitoring.demo.catalogue import SIGNED_PAIRS
from monitoring.demo.library import Library, decided, new_form, numbered, version_of
from organization.models import Unit
from organization.services.calendar import WorkCalendar
from reports.choices import Category, FormState, ReasonCode, RequestKind, RequestState
from reports.models import Form, FormRequest, FormVersion


def build(named: dict[str, Unit], made: Library) -> None:
    """One of each: signed pairs, drafted, returned, rejected, renewed and urgent; inside the open act."""
    today = clock.today()
    villages = list(Unit.objects.villages())
    calendar = WorkCalendar.load(today - dt.timedelta(days=30), today + dt.timedelta(days=60))
    for days, (name, owner, names, frequency) in zip((2, 1, 0), SIGNED_PAIRS, strict=True):
        row, version = _draft(made, named[owner], name, names, frequency)
        _submitted(row, version, len(villages), today - dt.timedelta(days=days), calendar)
    straw = FormRequest.objects.get(form__name="秸秆禁烧情况日报")
    straw.superior_ref, straw.form.category = "省厅《秸秆禁烧周调度表》（8 项，每周）", Category.SUPERIOR
    straw.form.save(update_fields=["category"])
    straw.superior_frequency = "weekly"
    straw.save(update_fields=["superior_ref", "superior_frequency"])
    straw.form_version.fields.filter(place__lte=8).update(by_superior=True)
    straw.form_version.fields.filter(place__gt=8).update(extra_reason="便于每日掌握现场情况")
    names = ("机井数量", "小型塘坝数量", "完好渠道长度")
    row, version = _draft(made, named["nongye"], "村级水利设施季报", names, "quarterly")
    _submitted(row, version, len(villages), today - dt.timedelta(days=1), calendar)
    names = ("户籍户数", "常住户数", "劳动力人数", "外出务工人数")
    row, version = _draft(made, named["tongji"], "农村住户抽样调查表", names, "quarterly", Category.STATUTORY)
    _submitted(row, version, len(villages), today, calendar, basis="国统制〔2026〕41号")
    _renewal(named, made, today, calendar)
    _urgent(named, made, today, calendar)
    names = ("低保户数", "特困供养人数", "临时救助人次")
    row, version = _draft(made, named["minzheng"], "冬季救助摸排表", names, "one_off")
    _submitted(
        row, version, 197, today, calendar, state=RequestState.DRAFT, submitted_at=None, decide_by=None
    )
    names = ("玉米种植面积", "撂荒地面积")
    row, version = _draft(made, named["shili1"], "耕地使用情况月报", names, "monthly")
    _submitted(
        row,
        version,
        197,
        today - dt.timedelta(days=6),
        calendar,
        state=RequestState.RETURNED,
        opinion="请写明依据文号，并说明为何不能直接取用。",
    )
    names = ("党员人数", "志愿者人数", "网格员人数")
    row, version = _draft(made, named["shili2"], "志愿服务情况周报", names, "weekly")
    _submitted(
        row,
        version,
        197,
        today - dt.timedelta(days=12),
        calendar,
        state=RequestState.REJECTED,
        reason_code=ReasonCode.UNNECESSARY,
        opinion="三项均已由县委组织部按月收集，可直接取用。",
        decided_at=clock.now() - dt.timedelta(days=9),
        decided_by="县政数局",
    )


def _draft(
    made: Library,
    owner: Unit,
    name: str,
    names: tuple[str, ...],
    frequency: str,
    category: str = Category.COUNTY,
) -> tuple[Form, FormVersion]:
    row = new_form(name, owner, category, FormState.DRAFT)
    row.save()
    rule = {"opens_day": 1, "due_kind": "day", "due_n": 1 if frequency == "daily" else 25}
    return row, version_of(made, row, names, frequency, rule, None, all_=True)


def _submitted(
    row: Form,
    version: FormVersion,
    units: int,
    on: dt.date,
    calendar: WorkCalendar,
    **more: object,
) -> FormRequest:
    return decided(
        row,
        version,
        units,
        str(more.pop("state", RequestState.SUBMITTED)),
        on,
        **{
            "submitted_at": min(dt.datetime.combine(on, dt.time(9, 40), clock.COUNTY), clock.now()),
            "decide_by": calendar.add(on, 5),
            "decided_at": None,
            "decided_by": "",
            **more,
        },
    )


def _renewal(named: dict[str, Unit], made: Library, today: dt.date, calendar: WorkCalendar) -> None:
    form = made.forms["应急能力建设季报"]
    form.valid_until = today + dt.timedelta(days=10)
    form.number.valid = (form.valid_from, form.valid_until + dt.timedelta(days=1))  # type: ignore[union-attr]
    form.number.save(update_fields=["valid"])  # type: ignore[union-attr]
    form.save(update_fields=["valid_until"])
    _submitted(
        form,
        form.versions.get(n=1),
        197,
        today - dt.timedelta(days=1),
        calendar,
        kind=RequestKind.RENEW,
        valid_until=today + dt.timedelta(days=364),
    )


def _urgent(named: dict[str, Unit], made: Library, today: dt.date, calendar: WorkCalendar) -> None:
    names = ("应急物资储备点数", "灭火器数量")
    row = new_form(
        "低温雨雪物资摸底急报",
        named["yingji"],
        Category.SUPERIOR,
        FormState.ACTIVE,
        temporary=True,
        reference="省应急厅明电〔2026〕61号",
    )
    numbered(row, today, today + dt.timedelta(days=14))
    row.save()
    villages = list(Unit.objects.villages().filter(parent__name__in=["三道乡", "莫里青乡"]))
    version = version_of(
        made, row, names, "one_off", {"opens_day": 1, "due_kind": "day", "due_n": 1}, villages, all_=False
    )
    request = _submitted(
        row,
        version,
        len(villages),
        today,
        calendar,
        kind=RequestKind.URGENT,
        state=RequestState.PROVISIONAL,
        superior_ref=row.reference,
        decide_by=calendar.add(today, 3),
    )
    Waiver.objects.create(
        rule="reports.not_admitted",
        kind="superior",
        reference=row.reference,
        basis="省厅要求当日报送",
        until=row.valid_until,
        model="reports.FormRequest",
        object_id=str(request.pk),
        act=audit.current().id,
        at=clock.now(),
    )
