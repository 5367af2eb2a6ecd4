"""Opening a period: 197 villages x 40 forms by the product's service, against one bare INSERT … SELECT."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import _county
from benchmarks._county import alternately, report
from core import audit, clock
from reports.models import Assignment, Respondent
from reports.services.collection import opening
from tests import factories

FORMS = 40
BARE = """
INSERT INTO reports_assignment (form_id, form_version_id, unit_id, frequency, period, period_start, opens_on, due_on,
  due_provisional, burden_month, state, fields, typed, checked, minutes, flags, submitted_by, by_township, returns, version)
SELECT v.form_id, v.id, r.unit_id, v.frequency, to_char(now(), 'YYYY-MM'), date_trunc('month', now()), date_trunc('month', now()),
  date_trunc('month', now()) + interval '27 days', false, to_char(now(), 'YYYY-MM'), 'open', 1, 0, 0, 0, '[]', '', false, 0, 1
FROM reports_formversion v JOIN reports_respondent r ON r.form_version_id = v.id
"""


def emptied():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reports_assignment CASCADE")


def product():
    return opening.open_periods(clock.today())


def floor():
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL app.act = 'bench'")
        cursor.execute(BARE)
        written = cursor.rowcount
        cursor.execute("COMMIT")
    return written


def main():
    _county.clean()
    _, office, villages = _county.county()
    element = factories.element("低保户数", office)
    first = clock.today().replace(day=1)
    for n in range(FORMS):
        form = factories.form(f"表{n}", office, [element], [], opens_day=1, due_kind="day", due_n=28)
        version = form.versions.get()
        with audit.act(audit.SYSTEM):
            Respondent.objects.bulk_create(
                Respondent(form_version=version, unit=village) for village in villages
            )
    _county.analyze()
    emptied()
    with CaptureQueriesContext(connection) as queries:
        made = product()
    expected = FORMS * len(villages)
    stored = Assignment.objects.filter(period_start=first).count()
    assert made == stored == expected
    print(f"assignments {expected}, SQL {len(queries)}, PostgreSQL {connection.pg_version}")
    emptied()
    assert floor() == expected
    report(f"opening_{len(villages)}x{FORMS}", *alternately(5, product, floor, before=emptied), 2.0)
    _county.clean()


if __name__ == "__main__":
    main()
