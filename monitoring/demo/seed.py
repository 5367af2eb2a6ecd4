"""Builds the demonstration county once."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from core import audit, installation
from core.models import Installation
from monitoring.demo import cases, county, history, library
from monitoring.reference import install_reference_data
from organization.models import Unit


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
        audit.record("建立演示县", Unit, count=Unit.objects.count())
    return True
