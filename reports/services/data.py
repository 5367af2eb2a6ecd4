"""What was collected: a form's table by unit and indicator, an indicator's values, and taking delivery of a period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from core import periods
from core.errors import Invalid
from core.periods import Period
from core.workflow import take, take_many
from organization.models import Unit
from organization.reach import Reach, reach
from reports.choices import Aggregation, AssignmentState, ValueKind, ValueType
from reports.models import Assignment, Element, ElementVersion, Form, FormField, FormVersion, Value
from reports.querysets import HANDED_IN, readable
from reports.services.collection.carrying import element_start, is_derived
from reports.workflow_assignment import ACCEPT

VALUES = "reports.view_values"
ASSIGNMENTS = "reports.view_assignments"
NUMERIC = frozenset({ValueType.INTEGER, ValueType.DECIMAL})
Key = tuple[int, int]
"""Unit and indicator."""


@dataclass(frozen=True)
class Field:
    """One indicator of the table, in the wording of the period."""

    element_id: int
    code: str
    name: str
    unit: str
    definition: str
    decimals: int
    numeric: bool
    derived: bool
    summed: bool
    aggregation: str
    external_code: str
    start: dt.date
    period: str
    shared: bool

    @property
    def header(self) -> str:
        """Name with its unit, as in a table's head."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name


@dataclass(frozen=True)
class Cell:
    """One value as pages and sheets show it; an empty one is missing, never zero."""

    text: str = ""
    number: Decimal | None = None
    origin: str = ""

    @property
    def value(self) -> Decimal | str | None:
        """The number, or the text; None where nothing was reported."""
        return self.number if self.number is not None else self.text or None


MISSING = Cell()


@dataclass(frozen=True)
class Row:
    """One unit with its state and values, in the order of the fields."""

    unit: Unit
    assignment: Assignment | None
    cells: list[Cell]

    @property
    def filled(self) -> int:
        """How many fields have a value."""
        return sum(1 for cell in self.cells if cell.value is not None)


@dataclass
class Table:
    """A form's data of one period as one person may see it."""

    form: Form
    version: FormVersion
    period: Period
    fields: list[Field]
    rows: list[Row]
    totals: list[Cell] = field(default_factory=list)

    def count(self, *states: str) -> int:
        """Units whose assignment is in one of the states."""
        return sum(1 for row in self.rows if row.assignment and row.assignment.state in states)

    @property
    def handed_in(self) -> int:
        """Units that submitted or went further."""
        return self.count(*HANDED_IN)

    @property
    def to_accept(self) -> int:
        """Units whose data the township has approved and nobody has taken yet."""
        return self.count(AssignmentState.APPROVED)

    @property
    def cells_filled(self) -> int:
        """Values there are, of `cells_expected`."""
        return sum(row.filled for row in self.rows)

    @property
    def cells_expected(self) -> int:
        """Values there could be."""
        return len(self.rows) * len(self.fields)


def opened_periods(form: Form) -> list[tuple[str, dt.date]]:
    """Periods of a form that were opened, newest first, as (code, first day)."""
    rows = (
        Assignment.objects.filter(form=form)
        .order_by("-period_start")
        .values_list("period", "period_start")
        .distinct()
    )
    return list(rows)


def table_of(form: Form, period: Period, user: Any, township: Unit | None = None) -> Table:
    """Units × indicators of a form and period within the person's reach. Five statements, however many units.

    A finer indicator is summed or taken from the end of the period; totals leave out 不汇总 ones (a share is no sum).
    """
    reached = reach(user, VALUES)
    assignments = _assignments(form, period, user, reached, township)
    version = _version(form, [row.form_version_id for row in assignments])
    fields = _fields(version, period, reached, form)
    held = _held(fields, period, [row.unit_id for row in assignments], user)
    rows = [
        Row(
            row.unit,
            row,
            [held.get((row.unit_id, item.element_id), MISSING) for item in fields],
        )
        for row in assignments
    ]
    return Table(form, version, period, fields, rows, _totals(fields, rows))


def _assignments(
    form: Form, period: Period, user: Any, reached: Reach, township: Unit | None
) -> list[Assignment]:
    """Rows of the table: what the person may see of the period, all units for a department that reads shared values."""
    found = Assignment.objects.filter(form=form, period=period.code)
    if not reached.departments:
        found = Assignment.objects.for_user(user, ASSIGNMENTS).filter(form=form, period=period.code)
    if township is not None:
        found = found.filter(unit__path__startswith=township.path)
    return list(
        found.select_related("unit__parent").order_by("unit__parent__order_no", "unit__order_no", "unit_id")
    )


def _version(form: Form, used: list[int]) -> FormVersion:
    versions = form.versions.filter(pk__in=set(used)) if used else form.versions.order_by("-in_force")
    version = versions.order_by(*(["-n"] if used else ["-in_force", "-n"])).first()
    if version is None:
        raise Invalid("这张报表还没有内容。")
    return version


def _fields(version: FormVersion, period: Period, reached: Reach, form: Form) -> list[Field]:
    rows = list(version.fields.select_related("element").order_by("place", "pk"))
    ids = [row.element_id for row in rows]
    words = wordings(
        ids, {row.element_id: element_start(row.element.period_type, period.start) for row in rows}
    )
    open_ids = _open_elements(rows, reached, form)
    return [
        _field(
            row.element, words[row.element_id], version.frequency, period, shared=row.element_id in open_ids
        )
        for row in rows
    ]


def _field(element: Element, words: ElementVersion, frequency: str, period: Period, *, shared: bool) -> Field:
    derived = is_derived(element.period_type, frequency)
    own = periods.containing(element.period_type, period.start)
    return Field(
        element_id=element.pk,
        code=element.code,
        name=words.name,
        unit=words.unit,
        definition=words.definition,
        decimals=words.decimals,
        numeric=words.value_type in NUMERIC,
        derived=derived,
        summed=words.value_type in NUMERIC and element.aggregation != Aggregation.NONE,
        aggregation=element.aggregation,
        external_code=element.external_code,
        start=period.start if derived else own.start,
        period=period.code if derived else own.code,
        shared=shared,
    )


def wordings(element_ids: Iterable[int], starts: Mapping[int, dt.date]) -> dict[int, ElementVersion]:
    """The wording of each indicator in force on its day: the newest not later, else the first."""
    found: dict[int, ElementVersion] = {}
    for version in ElementVersion.objects.filter(element_id__in=list(element_ids)).order_by(
        "element_id", "n"
    ):
        if version.element_id not in found or version.from_period <= starts[version.element_id]:
            found[version.element_id] = version
    return found


def _open_elements(rows: list[FormField], reached: Reach, form: Form) -> set[int]:
    """Indicators whose values the person may see at all: what `readable` opens, all of them in one's own tree."""
    ids = {row.element_id for row in rows}
    if not (reached.county or reached.departments) or form.owner_id in reached.homes:
        return ids
    return set(Element.objects.filter(readable(reached), pk__in=ids).values_list("pk", flat=True))


def _held(fields: list[Field], period: Period, unit_ids: list[int], user: Any) -> dict[Key, Cell]:
    visible = Value.objects.for_user(user, VALUES).filter(unit_id__in=unit_ids)
    return {**_exact(fields, visible), **_derived(fields, period, visible)}


def _exact(fields: list[Field], visible: Any) -> dict[Key, Cell]:
    wanted = Q(pk__in=[])
    for start in {item.start for item in fields if not item.derived}:
        wanted |= Q(
            period_start=start,
            element_id__in=[f.element_id for f in fields if f.start == start and not f.derived],
        )
    decimals = {item.element_id: item.decimals for item in fields}
    names = ("unit_id", "element_id", "kind", "number", "text", "origin")
    return {
        (unit_id, element_id): cell_of(kind, number, text, origin, decimals[element_id])
        for unit_id, element_id, kind, number, text, origin in visible.filter(wanted).values_list(*names)
    }


def _derived(fields: list[Field], period: Period, visible: Any) -> dict[Key, Cell]:
    finer = {item.element_id: item for item in fields if item.derived}
    if not finer:
        return {}
    inside = visible.filter(
        kind=ValueKind.NUMBER, period_start__gte=period.start, period_start__lte=period.end
    )
    sums = [key for key, item in finer.items() if item.aggregation == Aggregation.SUM]
    lasts = [key for key, item in finer.items() if item.aggregation == Aggregation.LAST]
    rows = list(
        inside.filter(element_id__in=sums).values_list("unit_id", "element_id").annotate(found=Sum("number"))
    )
    newest = (
        inside.filter(element_id__in=lasts)
        .order_by("unit_id", "element_id", "-period_start")
        .distinct("unit_id", "element_id")
    )
    rows += list(newest.values_list("unit_id", "element_id", "number"))
    return {
        (unit_id, element_id): cell_of(ValueKind.NUMBER, number, "", "derived", finer[element_id].decimals)
        for unit_id, element_id, number in rows
    }


def cell_of(kind: str, number: Decimal | None, text: str, origin: str, decimals: int) -> Cell:
    """A stored value as it is shown: separators, the indicator's decimals, 不适用 said in words."""
    if kind == ValueKind.NUMBER and number is not None:
        return Cell(f"{number:,.{decimals}f}", trimmed(number), origin)
    return Cell("不适用" if kind == ValueKind.NOT_APPLICABLE else text, None, origin)


def trimmed(number: Decimal) -> Decimal:
    """The same number without trailing zeros, and never in scientific notation."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _totals(fields: list[Field], rows: list[Row]) -> list[Cell]:
    totals = []
    for place, item in enumerate(fields):
        numbers = [number for row in rows if (number := row.cells[place].number) is not None]
        total = cell_of(ValueKind.NUMBER, sum(numbers, Decimal(0)), "", "", item.decimals)
        totals.append(total if item.summed and numbers else MISSING)
    return totals


def accept_period(*, form_pk: int, period: str, actor: Any) -> int:
    """Take delivery of all township-approved assignments of a form and period; returns how many.

    All or none, one entry a row. Raises Invalid where nothing waits, and what `take_many` raises.
    """
    waiting = Assignment.objects.for_user(actor, ACCEPT.permission).filter(
        form_id=form_pk, period=period, state=AssignmentState.APPROVED
    )
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    if not pks:
        raise Invalid("这一期没有乡镇已审、待接收的数据。")
    with take_many(ACCEPT, Assignment, pks, actor=actor) as rows:
        return len(rows)


def accept_one(*, pk: int, actor: Any, version: int | None) -> Assignment:
    """Take delivery of one township-approved assignment. Raises what `take` raises."""
    with take(ACCEPT, Assignment, pk, actor=actor, version=version) as row:
        return row


def counted_villages(user: Any) -> Any:
    """The villages whose values a person may ask about: all for county and departments, else the own tree."""
    reached = reach(user, VALUES)
    villages = Unit.objects.villages()
    if reached.county or reached.departments:
        return villages
    return villages.filter(reached.units(""))


@dataclass(frozen=True)
class Coverage:
    """How many of the villages have a value of an indicator in a period, and when the newest was written."""

    have: int
    of: int
    as_of: dt.datetime | None


def coverage_of(values: Any, user: Any) -> Coverage:
    """n/N of scoped values of one indicator and period."""
    villages = counted_villages(user)
    have = values.filter(unit__in=villages).count()
    newest = values.order_by("-at").values_list("at", flat=True).first()
    return Coverage(have, villages.count(), newest)
