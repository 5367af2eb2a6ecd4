"""Rows for the benchmarks: a clean database, counties of 197 villages, forms, indicators. As owner; nothing is kept."""

from __future__ import annotations

import statistics
import time

from django.db import connection
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from benchmarks import _django  # noqa: F401 - sets Django up before the models are imported
from core import audit, limits
from organization.choices import Level
from organization.models import Unit
from reports.rules import RULES
from tests import factories

VILLAGES = 197
KEPT = ("django_migrations", "django_content_type", "auth_permission")


def clean():
    """An empty database with the rules of form reporting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in cursor.fetchall() if name not in KEPT]
        cursor.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
    limits.install(RULES)


def villages(county, count):
    """Villages under a township each 12, written at once."""
    with audit.act(audit.SYSTEM):
        town = Unit.objects.create(
            name=f"第{county.pk}镇{Unit.objects.count()}",
            level=Level.TOWNSHIP,
            kind="town",
            parent=county,
            code=None,
            pinyin="x",
            initials="x",
            order_no=1,
        )
        Unit.objects.filter(pk=town.pk).update(path=f"{county.path}{town.pk}/")
        town.refresh_from_db()
        Unit.objects.bulk_create(
            Unit(
                name=f"示例{n}村",
                level=Level.VILLAGE,
                kind="village",
                parent=town,
                counted=True,
                pinyin="x",
                initials="x",
                order_no=n,
            )
            for n in range(count)
        )
        rows = Unit.objects.filter(parent=town)
        rows.update(path=Concat(Value(town.path), Cast(F("pk"), CharField()), Value("/")))
    return list(Unit.objects.filter(parent=town).order_by("pk"))


def county(count=VILLAGES):
    """One county with a department and its villages."""
    root = factories.unit("县", Level.COUNTY, code="220323000000")
    office = factories.unit("县民政局", Level.DEPARTMENT, root)
    return root, office, villages(root, count)


def analyze():
    """Statistics for the planner, as autovacuum would have made them."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def alternately(runs, *measured, before=lambda: None):
    """Median milliseconds of each of the functions, run in turn; `before` runs ahead of each, not measured."""
    times = [[] for _ in measured]
    for _ in range(runs):
        for kept, run in zip(times, measured, strict=True):
            before()
            started = time.perf_counter()
            run()
            kept.append((time.perf_counter() - started) * 1000)
    return [statistics.median(kept) for kept in times]


def report(name, product, floor, goal):
    """One line: name, product, floor, ratio, goal, verdict."""
    ratio = product / floor
    print(
        f"{name}  {product:.1f} ms  {floor:.1f} ms  {ratio:.2f}  <= {goal:g}  {'ok' if ratio <= goal else 'short'}"
    )
