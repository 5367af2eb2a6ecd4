"""List page, fill page and saving one field through the whole middleware, against plain signed-in Django views."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from benchmarks import _county
from benchmarks._county import alternately, report
from core import clock
from core.models import Bucket
from reports.models import Value
from tests import factories

ROWS, FIELDS, RUNS = 100_000, 45, 40
PLAIN = [
    "benchmarks._floors.OwnAddresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
VALUES = """
INSERT INTO reports_value (element_id, unit_id, period_start, period, element_version_id, kind, number, text, origin, origin_ref,
  reason, at, version)
SELECT %(element)s, u.id, %(first)s, %(month)s, %(version)s, 'number', u.id %% 900, '', 'typed', '', '', now(), 1
FROM organization_unit u WHERE u.level = 'village'
"""


def signed_in(user, middleware=None):
    client = Client(headers={"host": "localhost"})
    with override_settings(**({"MIDDLEWARE": middleware} if middleware else {})):
        client.handler.load_middleware()
    client.force_login(user, backend="organization.backends.PasswordBackend")
    return client


class Asked:
    """One request, asked again and again; keeps the last answer."""

    def __init__(self, client, path, data=None):
        self.client, self.path, self.data = client, path, data
        self.answer = None

    def __call__(self):
        data = self.data() if self.data else None
        self.answer = self.client.get(self.path) if data is None else self.client.post(self.path, data)
        assert self.answer.status_code == 200, (self.path, self.answer.status_code, self.answer.content[:300])

    def statements(self):
        with CaptureQueriesContext(connection) as queries:
            self()
        return len(queries)


def compare(name, product, floor, goal):
    product(), floor(), product(), floor()
    print(
        f"{name}: SQL {product.statements()} (floor {floor.statements()}), bytes {len(product.answer.content)} (floor {len(floor.answer.content)})"
    )
    report(name, *alternately(RUNS, product, floor), goal)


def main():
    settings.DEMO = True
    plain_files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain_files}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _county.clean()
    root, office, villages = _county.county(200)
    for number in range(1, ROWS // 5000):
        _county.villages(factories.unit(f"县{number}", "county", code=f"{220400000000 + number}"), 5000)
    _county.villages(root, ROWS - 5000 * (ROWS // 5000 - 1) - 200)
    listed = factories.element("低保户数", office)
    today = clock.today()
    first, month = today.replace(day=1), f"{today:%Y-%m}"
    with connection.cursor() as cursor:
        cursor.execute(
            VALUES,
            {"element": listed.pk, "first": first, "month": month, "version": listed.versions.get().pk},
        )
    of = [factories.element(f"指标{n}", office) for n in range(FIELDS)]
    form = factories.form("村情月报", office, of, [villages[0]])
    row = factories.assignment(form, villages[0], opens_on=first, due_on=today)
    for element in of:
        factories.value(element, villages[0], first.replace(day=1) - (first - first.replace(day=1)), 5)
    Bucket.objects.create(pk="bench", tokens=1, at=clock.now())
    _county.analyze()
    assert Value.objects.filter(element=listed).count() == ROWS
    reader, filler = (
        signed_in(factories.person("dgb", office)),
        signed_in(factories.person("village", villages[0])),
    )
    bare_reader = signed_in(factories.person("dgb", office), PLAIN)
    bare_filler = signed_in(factories.person("village", villages[0]), PLAIN)
    query = f"element={listed.pk}&period={month}"
    compare(
        "list_page",
        Asked(reader, f"{reverse('reports:element_values', args=[listed.pk])}?period={month}"),
        Asked(bare_reader, f"/rows/?{query}"),
        1.5,
    )
    compare(
        "fill_page",
        Asked(filler, f"/reports/fill/{row.pk}/"),
        Asked(bare_filler, "/four/"),
        2.5,
    )
    numbers, versions = itertools.count(10), itertools.count(1)
    compare(
        "save_one_field",
        Asked(
            filler,
            f"/reports/values/{row.pk}/{of[0].pk}/",
            lambda: {"value": next(numbers) % 90 + 10, "version": next(versions)},
        ),
        Asked(bare_filler, "/one/", lambda: {"value": next(numbers)}),
        2.5,
    )
    _county.clean()


if __name__ == "__main__":
    main()
