"""The county of the gate: who asks, who decides, fifteen indicators."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from core import clock, limits
from reports.choices import Category
from reports.models import Form, FormRequest
from reports.rules import RULES
from reports.services import admission_asking, admission_deciding
from reports.services.admission_asking import Chosen, Draft
from tests import factories

WORDS = {
    "purpose": "掌握进度",
    "use": "调度会商",
    "basis": "县政办发〔2026〕3号",
    "sources": "已查指标库，无现成数据",
}
PDF = b"%PDF-1.7\n%notice"


class Place:
    """County, people and fifteen indicators."""

    def __init__(self) -> None:
        limits.install(RULES)
        self.county = factories.county()
        self.dgb = factories.person("dgb", self.county.dgb)
        self.clerk = factories.person("department", self.county.nongye)
        self.other = factories.person("department", self.county.minzheng)
        self.tongji = factories.person("tongji", factories.unit("县统计局", "department", self.county.root))
        self.village = factories.person("village", self.county.villages[0])
        self.elements = [factories.element(f"指标{i:02}", self.county.nongye) for i in range(1, 16)]
        self.villages = self.county.villages + self.county.others

    def draft(self, count: int = 3, **more: Any) -> Draft:
        """A complete draft of 县农业农村局 with the first `count` indicators."""
        chosen = more.pop("chosen", tuple(Chosen(e.pk) for e in self.elements[:count]))
        return Draft(
            requester_id=self.county.nongye.pk,
            name=more.pop("name", "秸秆情况表"),
            chosen=chosen,
            **{**WORDS, **more},
        )

    def sent(self, count: int = 3, **more: Any) -> FormRequest:
        """A request sent in."""
        made = admission_asking.save_draft(self.draft(count, **more), actor=self.clerk)
        return admission_asking.submit(made.pk, version=made.version, actor=self.clerk, endorsed=True)

    def decide(self, how: str, request: FormRequest, **more: Any) -> FormRequest:
        """A decision of 县政数局."""
        step = getattr(admission_deciding, how)
        return step(request.pk, version=None, actor=more.pop("actor", self.dgb), **more)

    def in_force(self, numbers: slice, name: str = "在用表") -> Form:
        """A form in force of 县民政局 with some of the indicators, all villages."""
        return factories.form(
            name,
            self.county.minzheng,
            self.elements[numbers],
            self.villages,
            valid_until=clock.today() + dt.timedelta(days=90),
        )

    def compared(self) -> FormRequest:
        """A request that asks fifteen where the superior asks eight, each of the seven with its reason."""
        chosen = tuple(Chosen(e.pk, by_superior=i < 8) for i, e in enumerate(self.elements))
        chosen = tuple(replace(one, extra_reason="" if one.by_superior else "县里调度用") for one in chosen)
        return self.sent(
            chosen=chosen,
            category=Category.SUPERIOR,
            superior_ref="省农厅函〔2026〕9号",
            superior_frequency="weekly",
            frequency="daily",
        )
