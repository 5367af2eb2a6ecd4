"""The access matrix: every address of the URLconf × one account per permission set × GET and POST × own, outside, gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from psycopg2.extras import DateRange

from core import audit, clock
from core.models import RuleVersion
from reports.choices import FormState
from tests import factories
from tests.access.registry import ENTRIES, PUBLIC, Entry
from tests.access.routes import Route, routes
from tests.access.world import World, build
from yitong_gov.urls import PUBLIC as DECLARED_PUBLIC

OURS = [route for route in routes() if not route.of_library and route.name not in PUBLIC]
GUARDED = [route for route in OURS if route.name in ENTRIES]
SHUT = {403, 404}
WRITES = ("INSERT", "UPDATE", "DELETE")
OWN_BOOKS = ('"django_session"', '"usersessions_usersession"')
"""Tables of the sign-in itself: the time of the last request is not business."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Rows on both sides of each border."""
    made = build()
    with audit.act(audit.SYSTEM):
        made.more["pending_rule"] = RuleVersion.objects.create(
            code=made.rule.code, text="新条文", source="新出处", strength="hard", value=made.rule.value, during=DateRange(empty=True),
            proposed_from=clock.today().replace(year=clock.today().year + 1), entered_by="某",
        )  # fmt: skip
        made.more["value"] = factories.value(made.element, made.county.villages[0], clock.today(), 7)
        made.more["value_outside"] = factories.value(made.element, made.county.others[0], clock.today(), 8)
    made.more["assignment_nongye"] = factories.assignment(made.form_outside, made.county.villages[0])
    draft = factories.form(
        "民政二表", made.county.minzheng, [made.element], made.county.villages, state=FormState.DRAFT
    )
    made.more["draft_request"] = factories.request_for(draft, state="draft", submitted_at=None)
    return made


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the request writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Matrix:
    """One address asked by one account after another."""

    def __init__(self, route: Route, world: World) -> None:
        self.route, self.world, self.entry = route, world, ENTRIES[route.name]
        self.clients: dict[str, Client] = {}

    def client(self, role: str) -> Client:
        """Signed in as the account of a role."""
        if role not in self.clients:
            self.clients[role] = Client(raise_request_exception=True)
            self.clients[role].force_login(
                self.world.people[role], backend="organization.backends.PasswordBackend"
            )
        return self.clients[role]

    def ask(self, role: str, method: str, arguments: dict[str, Any]) -> Any:
        """Status of a request; what it wrote is undone."""
        address = reverse(self.route.name, kwargs=arguments)
        client = self.client(role)
        body = self.entry.sent(self.world) if self.entry.sent else {}
        with undone():
            if method == "GET":
                return client.get(address)
            if not self.route.address.startswith("api/"):
                return client.post(address, body)
            whole = body if self.route.name.endswith("-list") else {"version": 1, **body}
            return client.post(address, json.dumps(whole), content_type="application/json")

    def entitled(self, role: str) -> bool:
        """Whether the role holds one of the permissions."""
        wanted = self.entry.permission.split()
        return not wanted or any(name in settings.ROLES[role].permissions for name in wanted)


@pytest.fixture
def matrix(request: pytest.FixtureRequest, world: World) -> Matrix:
    """The matrix of a route."""
    return Matrix(request.param, world)


every_route = pytest.mark.parametrize("matrix", GUARDED, ids=[route.name for route in GUARDED], indirect=True)


def test_public_addresses_are_the_declared_ones() -> None:
    """What answers without sign-in is what the URLconf declares, beside the ways in."""
    open_to_all = {"story", "account_login", "account_logout"}
    assert DECLARED_PUBLIC | open_to_all == PUBLIC
    assert {route.name for route in routes()} >= PUBLIC


@every_route
def test_strangers_are_sent_to_sign_in(matrix: Matrix) -> None:
    """Nobody unsigned sees a page or writes a row."""
    address = reverse(matrix.route.name, kwargs=matrix.entry.arguments(matrix.world))
    for answer in (Client().get(address), Client().post(address, {})):
        assert answer.status_code in {302, 401, 403, 405}, answer.status_code
        assert answer.status_code != 302 or answer.headers["Location"].startswith(
            ("/accounts/login/", "/")
        ), answer.headers


@every_route
def test_entitled_account_gets_in(matrix: Matrix) -> None:
    """The door opens for who should pass, otherwise every refusal below proves nothing."""
    entry: Entry = matrix.entry
    arguments = entry.arguments(matrix.world)
    assert matrix.entitled(entry.role)
    if entry.may_miss:
        assert matrix.ask(entry.role, "POST" if entry.posts else "GET", arguments).status_code in {
            200,
            403,
            404,
            409,
            422,
        }
        return
    if entry.posts:
        assert matrix.ask(entry.role, "POST", arguments).status_code not in {*SHUT, 405}
        return
    with CaptureQueriesContext(connection) as asked:
        answer = matrix.ask(entry.role, "GET", arguments)
    assert answer.status_code == 200
    written = [
        q["sql"]
        for q in asked
        if q["sql"].startswith(WRITES) and not any(book in q["sql"] for book in OWN_BOOKS)
    ]
    assert written == [], "GET must not write"


@every_route
def test_accounts_without_right_stay_out(matrix: Matrix) -> None:
    """Absent or forbidden for every permission set that lacks the permission, by GET and POST, with a row that exists."""
    arguments = matrix.entry.arguments(matrix.world)
    wrong = {}
    for role in matrix.world.people:
        if matrix.entitled(role):
            continue
        for method in ("GET", "POST"):
            answer = matrix.ask(role, method, arguments)
            shut = {*SHUT, 405, 400} if matrix.entry.row_in_body and method == "POST" else {*SHUT, 405}
            if answer.status_code not in shut and not (matrix.entry.open_list and rows_of(answer) == 0):
                wrong[role, method] = answer.status_code
    assert wrong == {}


def rows_of(answer: Any) -> int | None:
    """How many rows a list shows: of a page's table or of the API's count; None when it is no list."""
    if answer.headers["Content-Type"].startswith("application/json"):
        body = answer.json()
        return int(body["count"]) if "count" in body else len(body.get("results", body))
    return int(answer.context["table"]["total"]) if answer.context and "table" in answer.context else None


@every_route
def test_rows_outside_and_gone_are_absent(matrix: Matrix) -> None:
    """A row of another unit answers exactly as one that does not exist: 404."""
    entry = matrix.entry
    method = "POST" if entry.posts else "GET"
    cases = {
        "gone": entry.gone(matrix.world),
        "outside": entry.outside(matrix.world) if entry.outside else None,
    }
    statuses = {
        name: matrix.ask(entry.role, method, arguments).status_code
        for name, arguments in cases.items()
        if arguments
    }
    assert statuses.get("outside") in {None, entry.outside_status}
    assert statuses.get("gone") in {None, 404}


def test_every_address_is_registered() -> None:
    """A new address must say in tests/access/registry.py who may open it; one that is gone is taken out."""
    names = {route.name for route in OURS}
    assert sorted(names - set(ENTRIES)) == []
    assert sorted(set(ENTRIES) - names) == []
