"""The unit tree: the county's division list brought in whole, names that tell same-named villages apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from core import audit, clock, pinyin
from core.errors import Invalid, Refused
from core.models import Installation
from organization.choices import Level
from organization.imports import DivisionRow
from organization.models import Unit, UnitAlias

LEVELS: Mapping[str, str] = {
    "county": Level.COUNTY,
    "department": Level.DEPARTMENT,
    "subdistrict": Level.TOWNSHIP,
    "town": Level.TOWNSHIP,
    "township": Level.TOWNSHIP,
    "office": Level.OFFICE,
    "village": Level.VILLAGE,
    "community": Level.VILLAGE,
    "residents_committee": Level.VILLAGE,
}
"""What the list calls a unit → where it stands."""
FIELDS = ("name", "level", "kind", "parent_id", "counted", "order_no")


@dataclass
class Imported:
    """What an import did: new and changed units, and the counts after it."""

    added: int = 0
    changed: int = 0
    townships: int = 0
    villages: int = 0
    listed: int = 0
    absent: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether everything stood already as the list says."""
        return not (self.added or self.changed)


def root() -> Unit:
    """The county itself, made from COUNTY_CODE and COUNTY_NAME where it is missing; needs an open act to make it."""
    found = Unit.objects.filter(code=settings.COUNTY_CODE).first()
    if found is not None:
        return found
    made = Unit(
        code=settings.COUNTY_CODE,
        name=settings.COUNTY_NAME,
        level=Level.COUNTY,
        kind="county",
        pinyin=pinyin.full(settings.COUNTY_NAME),
        initials=pinyin.initials(settings.COUNTY_NAME),
    )
    made.save()
    made.path = f"/{made.pk}/"
    made.save(update_fields=["path"])
    audit.record("建立单位", made, after={"code": made.code, "name": made.name})
    return made


def import_units(rows: Sequence[DivisionRow], *, actor: audit.Actor = audit.SYSTEM) -> Imported:
    """Bring the division list in, all or nothing; a second run changes nothing.

    Units are known by their code. What the list does not name stays as it is and is returned in `absent`.
    Raises Refused in a demonstration installation, Invalid with the line of the first fault.
    """
    if Installation.objects.filter(kind=Installation.Kind.DEMO).exists():
        raise Refused("这是演示县，不能导入正式区划；请另设 DATA_DIR、以 DEMO=0 建立正式系统。", code="demo")
    _check(rows)
    done = Imported()
    with audit.act(actor, reason="导入区划"):
        top = root()
        known = {unit.code: unit for unit in Unit.objects.select_for_update().filter(code__isnull=False)}
        places: dict[str, int] = {}
        for row in _parents_first(rows, top):
            if row.code != top.code:
                _place(row, known, top, places, done)
        if not done.nothing:
            audit.record("导入区划", Unit, count=done.added + done.changed)
    given = {row.code for row in rows} | {top.code}
    done.absent = sorted(unit.name for code, unit in known.items() if code not in given)
    done.townships = Unit.objects.townships().count()
    done.villages = Unit.objects.villages().count()
    done.listed = Unit.objects.present().filter(level=Level.VILLAGE).count()
    return done


def _check(rows: Sequence[DivisionRow]) -> None:
    codes: dict[str, int] = {}
    names: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.kind not in LEVELS:
            raise Invalid(f"第 {row.line} 行：类别“{row.kind}”不认识。应为 {'、'.join(LEVELS)} 之一。")
        if row.code in codes:
            raise Invalid(f"第 {row.line} 行：代码 {row.code} 与第 {codes[row.code]} 行重复。")
        place = (row.parent_code, row.name)
        if place in names:
            raise Invalid(f"第 {row.line} 行：“{row.name}”与第 {names[place]} 行同属一个上级且同名。")
        codes[row.code], names[place] = row.line, row.line
    for row in rows:
        if row.parent_code and row.parent_code not in codes and row.parent_code != settings.COUNTY_CODE:
            raise Invalid(f"第 {row.line} 行：上级代码 {row.parent_code} 不在表中。")


def _parents_first(rows: Iterable[DivisionRow], top: Unit) -> list[DivisionRow]:
    """Each row after its parent, otherwise in the order of the list. Raises Invalid when rows name each other."""
    waiting, ordered, ready = list(rows), [], {str(top.code), ""}
    while waiting:
        now = [row for row in waiting if row.parent_code in ready]
        if not now:
            raise Invalid(f"第 {waiting[0].line} 行：上级关系成环。")
        ordered += now
        ready |= {row.code for row in now}
        waiting = [row for row in waiting if row.code not in ready]
    return ordered


def _place(
    row: DivisionRow, known: dict[str | None, Unit], top: Unit, places: dict[str, int], done: Imported
) -> None:
    parent = known.get(row.parent_code, top)
    places[str(parent.pk)] = places.get(str(parent.pk), 0) + 1
    values = dict(
        zip(
            FIELDS,
            (row.name, LEVELS[row.kind], row.kind, parent.pk, row.counted, places[str(parent.pk)]),
            strict=True,
        )
    )
    unit = known.get(row.code) or Unit(code=row.code)
    adding = unit.pk is None
    if not adding and all(getattr(unit, name) == value for name, value in values.items()):
        return
    before = {} if adding else {name: getattr(unit, name) for name in FIELDS}
    if not adding and unit.name != row.name:
        _remember_name(unit)
    for name, value in values.items():
        setattr(unit, name, value)
    unit.pinyin, unit.initials = pinyin.full(row.name), pinyin.initials(row.name)
    unit.version += 0 if adding else 1
    unit.save()
    _set_path(unit, parent)
    known[row.code] = unit
    audit.record("建立单位" if adding else "修改单位", unit, before=before, after=values)
    done.added += adding
    done.changed += not adding


def _set_path(unit: Unit, parent: Unit) -> None:
    """The path of a unit from its parent's, carried on to everything below it."""
    old, unit.path = unit.path, f"{parent.path}{unit.pk}/"
    if old == unit.path:
        return
    unit.save(update_fields=["path"])
    below = Unit.objects.filter(path__startswith=old).exclude(pk=unit.pk) if old else Unit.objects.none()
    for row in below:
        row.path = unit.path + row.path.removeprefix(old)
        row.save(update_fields=["path"])


def _remember_name(unit: Unit) -> None:
    """Keep the former name as an alias until today, so that old sheets still find the unit."""
    UnitAlias.objects.get_or_create(
        unit=unit, name=unit.name, defaults={"during": (None, clock.today() + dt.timedelta(days=1))}
    )


def display_name(unit: Unit) -> str:
    """A village with its township (河源镇二道村), since names repeat inside a county; any other unit by its name."""
    if unit.level != Level.VILLAGE or unit.parent is None:
        return unit.name
    return f"{unit.parent.name}{unit.name}"
