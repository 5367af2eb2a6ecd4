"""The reference month (features.md D.2): one village, 8 forms, 85 values, of which 7 are likely to change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from core import clock
from core.periods import Frequency, containing, previous
from monitoring.reference import install_reference_data
from organization.models import User
from reports.models import Assignment, Element, Form, Value
from tests import factories

CHANGING = (
    "低保户数",
    "常住人口",
    "本月防火巡查",
    "危房户数",
    "外出务工人数",
    "慢病随访人数",
    "养老补贴发放人数",
)
SHARED = 3
"""Forms that use 低保户数."""


@dataclass
class Reference:
    """What the tests of a village's month stand on."""

    county: factories.County
    officer: User
    forms: list[Form]
    elements: list[Element]
    assignments: list[Assignment]

    @property
    def changing(self) -> list[Element]:
        """The indicators likely to change."""
        return [one for one in self.elements if one.likely_to_change]


def last_month(day: dt.date | None = None) -> dt.date:
    """First day of the month before."""
    return previous(Frequency.MONTHLY, containing(Frequency.MONTHLY, day or clock.today())).start


def reference_month(*, forms: int = 8, values: int = 85) -> Reference:
    """A county with one village's month; last month's values are 100, 101, … and were delivered."""
    install_reference_data()
    county = factories.county()
    village = county.villages[0]
    officer = factories.person("village", village, "vil_reference", name="李会计")
    elements = [
        factories.element(
            CHANGING[n] if n < len(CHANGING) else f"参考指标{n:02}",
            county.minzheng,
            likely_to_change=n < len(CHANGING),
            basic=n in {1, 10},
        )
        for n in range(values)
    ]
    made, rows = [], []
    share = [elements[n::forms] for n in range(forms)]
    for n in range(1, min(SHARED, forms)):
        share[n] = [*share[n], elements[0]]
    end_of_month = containing(Frequency.MONTHLY, clock.today()).end
    for n, part in enumerate(share, 1):
        form = factories.form(f"参考表{n}", county.minzheng, part, [village], code=f"R{n}")
        made.append(form)
        rows.append(factories.assignment(form, village, due_on=end_of_month))
    for n, element in enumerate(elements):
        factories.value(element, village, last_month(), 100 + n)
    return Reference(county, officer, made, elements, rows)


def stored(reference: Reference, element: Element) -> Value | None:
    """This month's value of an indicator."""
    start = containing(element.period_type, clock.today()).start
    return Value.objects.filter(
        element=element, unit=reference.county.villages[0], period_start=start
    ).first()


def number_of(value: Value | None) -> Decimal:
    """Its number; the value must be there."""
    assert value is not None
    assert value.number is not None
    return value.number
