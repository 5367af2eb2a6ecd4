"""What the township's tests stand on: 河源镇 with three villages, two forms, and submissions as asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core import clock
from monitoring.reference import install_reference_data
from organization.models import User
from reports.models import Assignment, Element, Form
from tests import factories


def flag(element: Element, message: str = "由 22 变为 0，请核", **more: Any) -> dict[str, Any]:
    """A flag as a submission leaves it."""
    return {
        "element_id": element.pk,
        "name": element.name,
        "unit": "户",
        "kind": "outlier",
        "message": message,
        "reason": "",
        "last": "22",
        "now": "0",
        **more,
    }


@dataclass
class Township:
    """A township, its clerk, its villages' clerks, forms and this month's assignments."""

    county: factories.County
    clerk: User
    villagers: list[User]
    elements: list[Element]
    forms: list[Form]
    rows: list[Assignment] = field(default_factory=list)

    def again(self, row: Assignment) -> Assignment:
        """The row as stored now."""
        return Assignment.objects.select_related("form", "unit").get(pk=row.pk)


def township(*, state: str = "submitted", villages: int = 3, forms: int = 2) -> Township:
    """Three villages × two forms of two indicators each (the second form shares the first form's first one)."""
    install_reference_data()
    county = factories.county()
    more = [
        factories.village(f"示例增{n}村", county.heyuan, f"2203231103{n:02}") for n in range(villages - 3)
    ]
    places = [*county.others, *more]
    elements = [factories.element(name, county.minzheng) for name in ("低保户数", "危房户数", "外出务工人数")]
    made = [
        factories.form(f"测试报表{n}", county.minzheng, [elements[0], elements[1 + n % 2]], places)
        for n in range(forms)
    ]
    found = Township(
        county,
        factories.person("township", county.heyuan, name="王党政"),
        [factories.person("village", place) for place in county.others],
        elements,
        made,
    )
    day = clock.today()
    submitted = {"submitted_at": clock.now(), "submitted_by": "李会计"} if state != "open" else {}
    for place in places:
        for one in elements:
            factories.value(one, place, day, 22)
        found.rows += [factories.assignment(form, place, day, state=state, **submitted) for form in made]
    return found
