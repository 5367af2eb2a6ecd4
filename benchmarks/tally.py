"""A month's tally of 1, 10 and 100 counties (197 villages x 12 forms each) by the service, against its one statement.

The floor is the same GROUP BY written straight into a table of the same key. `BENCH_BIG=1` adds 1,000 counties.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import _county
from benchmarks._county import VILLAGES, alternately, report
from core import clock
from reports.models import UnitMonth
from reports.services import tally
from tests import factories

FORMS = 12
GOALS = {1: 5.0, 10: 2.0, 100: 1.2, 1000: 1.15}
ASSIGN = """
INSERT INTO reports_assignment (form_id, form_version_id, unit_id, frequency, period, period_start, opens_on, due_on,
  due_provisional, burden_month, state, fields, typed, checked, minutes, flags, submitted_at, submitted_by, by_township, returns, version)
SELECT v.form_id, v.id, u.id, 'monthly', %(month)s, %(first)s, %(first)s, %(first)s::date + 27, false, %(month)s,
  CASE WHEN (u.id + v.id) %% 10 = 0 THEN 'open' ELSE 'submitted' END, 8, (u.id %% 8)::int, 8 - (u.id %% 8)::int, 9.5, '[]',
  %(first)s::timestamptz + interval '20 days', '', false, 0, 1
FROM organization_unit u CROSS JOIN reports_formversion v WHERE u.level = 'village'
"""
BARE = """
INSERT INTO bench_tally
SELECT %(month)s, a.unit_id, count(DISTINCT a.form_id), count(*),
  count(*) FILTER (WHERE a.state IN ('submitted', 'township_approved', 'accepted')),
  count(*) FILTER (WHERE a.state IN ('submitted', 'township_approved', 'accepted')
                   AND (a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date <= a.due_on),
  count(*) FILTER (WHERE a.state IN ('open', 'returned') AND a.due_on < now()),
  sum(a.typed), sum(a.checked), sum(a.minutes), 0
FROM reports_assignment a WHERE a.burden_month = %(month)s AND a.state NOT IN ('stopped', 'refused') GROUP BY a.unit_id
"""
TABLE = """
CREATE TABLE bench_tally (month varchar(7), unit_id bigint, forms int, expected int, received int, on_time int,
  overdue int, typed bigint, checked bigint, minutes numeric(12, 2), people int, PRIMARY KEY (month, unit_id))
"""


def run(sql, **values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.rowcount


def emptied():
    run("TRUNCATE reports_tallyrun, reports_unitmonth, bench_tally CASCADE")


def measure(counties, month):
    product = lambda: tally.tally_month(month)  # noqa: E731
    floor = lambda: run(BARE, month=month)  # noqa: E731
    emptied()
    with CaptureQueriesContext(connection) as queries:
        product()
    assert UnitMonth.objects.count() == counties * VILLAGES == floor()
    print(f"counties {counties}, rows {counties * VILLAGES * FORMS}, SQL {len(queries)}")
    report(f"tally_{counties}", *alternately(5, product, floor, before=emptied), GOALS[counties])
    product()
    with CaptureQueriesContext(connection) as queries:
        ours, bare = alternately(3, product, lambda: (run("TRUNCATE bench_tally"), floor()))
    report(f"tally_{counties}_nothing_changed", ours, bare, 0.8)


def main():
    run("DROP TABLE IF EXISTS bench_tally")
    _county.clean()
    run(TABLE)
    first = clock.today().replace(day=1)
    month = f"{first:%Y-%m}"
    _, office, _ = _county.county()
    element = factories.element("低保户数", office)
    for n in range(FORMS):
        factories.form(f"表{n}", office, [element], [])
    made = 1
    for counties in (1, 10, 100, *([1000] if os.environ.get("BENCH_BIG") else [])):
        while made < counties:
            _county.villages(factories.unit(f"县{made}", "county", code=f"{220400000000 + made}"), VILLAGES)
            made += 1
        run("TRUNCATE reports_assignment CASCADE")
        run("SELECT set_config('app.act', 'bench', false)")
        run(ASSIGN, month=month, first=first)
        run("SELECT set_config('app.act', '', false)")
        _county.analyze()
        measure(counties, month)
    run("DROP TABLE bench_tally")
    _county.clean()


if __name__ == "__main__":
    main()
