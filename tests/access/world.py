"""Rows and people of the access matrix: for each model an own row of 县民政局 / 伊通镇 and one outside."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from core import audit, clock, limits
from core.models import RuleVersion, SheetCheck
from organization.models import Posting, User
from organization.services.calendar import install_calendar
from reports.choices import FormState
from reports.models import Assignment, Element, Form, FormRequest
from reports.rules import RULES
from tests import factories

GONE = 999_999_999


def one_role_per_permission_set() -> list[str]:
    """The first role of each distinct set of permissions and reach."""
    seen: dict[tuple[frozenset[str], str], str] = {}
    for code, role in settings.ROLES.items():
        seen.setdefault((role.permissions, role.reach), code)
    return list(seen.values())


@dataclass
class World:
    """What the routes' makers pick from."""

    county: factories.County
    people: dict[str, User]
    element: Element
    form: Form
    form_outside: Form
    draft_outside: Form
    request: FormRequest
    request_outside: FormRequest
    assignment: Assignment
    assignment_outside: Assignment
    posting: Posting
    rule: RuleVersion
    sheet: SheetCheck
    more: dict[str, Any] = field(default_factory=dict)


def build() -> World:
    """The small county with a reporting chain on both sides of each border."""
    install_calendar()
    limits.install(RULES)
    county = factories.county()
    places = {"department": county.minzheng, "township": county.yitong, "station": county.station}
    own_village, outside = county.villages[0], county.others[0]
    places |= {"village": own_village, "obs": own_village}
    people = {
        role: factories.person(role, places.get(role, county.dgb), f"m-{role}")
        for role in one_role_per_permission_set()
    }
    element = factories.element("在册户数", county.minzheng)
    foreign = factories.element("秸秆离田面积", county.nongye)
    form = factories.form("民政月报", county.minzheng, [element], [*county.villages, *county.others])
    form_outside = factories.form("农业月报", county.nongye, [foreign], [*county.villages, *county.others])
    drafts = [
        factories.form(name, owner, [of], county.villages, state=FormState.DRAFT)
        for name, owner, of in (("民政新表", county.minzheng, element), ("农业新表", county.nongye, foreign))
    ]
    rule = RuleVersion.objects.order_by("code").first()
    assert rule is not None
    with audit.act(audit.SYSTEM):
        sheet = SheetCheck.objects.create(
            hash="0" * 64,
            kind="none",
            uploaded_name="无.xlsx",
            actor_id=people["auditor"].pk,
            created_at=clock.now(),
        )
    return World(
        county,
        people,
        element,
        form,
        form_outside,
        drafts[1],
        factories.request_for(drafts[0]),
        factories.request_for(drafts[1]),
        factories.assignment(form, own_village, due_on=clock.today() + dt.timedelta(days=3)),
        factories.assignment(form, outside, due_on=clock.today() + dt.timedelta(days=3)),
        factories.person("department", county.nongye).postings.get(),
        rule,
        sheet,
    )
