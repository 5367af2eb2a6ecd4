"""Builds the demonstration county once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import connection

from core import audit, clock, installation, periods
from core.models import Installation
from monitoring.demo import cases, county, desks, history, library, trail
from monitoring.reference import install_reference_data
from organization.models import Unit
from reports.services import tally


def tallies() -> None:
    """Tally the 24 months and their quarters; those long past are published."""
    today = clock.today()
    month = periods.containing("monthly", today)
    quarters = {}
    for back in range(history.MONTHS + 1):
        run = tally.tally_month(month.code)
        if back > 1:
            tally.publish(pk=run.pk, actor=audit.SYSTEM)
        quarter = periods.containing("quarterly", month.start)
        quarters[quarter.code] = quarter
        month = periods.previous("monthly", month)
    for quarter in quarters.values():
        run = tally.tally_quarter(quarter.code)
        if quarter.end < today - dt.timedelta(days=100):
            tally.publish(pk=run.pk, actor=audit.SYSTEM)


def seed(say: Callable[[str], None]) -> bool:
    """Build everything in one transaction; False when the county stands already. Refused on a real system."""
    installation.claim(Installation.Kind.DEMO)
    if Unit.objects.exists():
        return False
    install_reference_data()
    with audit.act(audit.SYSTEM, reason="建立演示县"):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        named = county.build()
        county.people(named)
        say("单位和账号已建立")
        made = library.build(named)
        say("指标和报表已建立")
        history.values(made)
        say("24 个月数据已生成")
        history.assignments(made)
        cases.build(named, made)
        desks.build(named)
        trail.build()
        say("本月事项已生成")
        tallies()
        audit.record("建立演示县", Unit, count=Unit.objects.count())
    return True
