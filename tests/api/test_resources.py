"""The API: scope, strict filters, steps with their refusals as problem+json, writes once per key."""

from __future__ import annotations

import datetime as dt

import pytest
from rest_framework.test import APIClient

from core import audit
from monitoring.reference import install_reference_data
from organization.api_auth import create_token
from reports.models import Assignment, Element, FormRequest, Value
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """A county, a village form of two fields, and one bearer client per role."""
    install_reference_data()
    county = make.county()
    low = make.element("低保户数", county.minzheng)
    poor = make.element("特困人数", county.minzheng, unit="人")
    form = make.form("救助月报", county.minzheng, [low, poor], county.villages + county.others)
    rows = [
        make.assignment(form, unit, opens_on=dt.date(2020, 1, 1)) for unit in county.villages + county.others
    ]
    people = {
        "village": make.person("village", county.villages[0]),
        "township": make.person("township", county.yitong),
        "department": make.person("department", county.minzheng),
        "other": make.person("department", county.nongye),
        "dgb": make.person("dgb", county.dgb),
        "sup": make.person("sup", county.root),
        "sysadmin": make.person("sysadmin", county.root),
    }
    clients = {}
    for role, user in people.items():
        clients[role] = APIClient()
        clients[role].credentials(
            HTTP_AUTHORIZATION=f"Bearer {create_token(user=user, days=1, actor=audit.SYSTEM)}"
        )
    return county, form, low, poor, rows, clients


def _post(client, url, body, **headers):
    return client.post(url, body, format="json", **headers)


def test_without_token_is_401_problem(world):
    answer = APIClient().get("/api/v1/units/")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_administrator_has_no_api(world):
    assert world[5]["sysadmin"].get("/api/v1/units/").status_code == 403


@pytest.mark.row("F12")
def test_village_lists_its_own_assignments_only(world):
    county, _form, _low, _poor, rows, clients = world
    body = clients["village"].get("/api/v1/assignments/").json()
    assert [row["id"] for row in body["results"]] == [rows[0].pk]
    assert body["results"][0]["REF_AREA"] == county.villages[0].code
    assert clients["village"].get(f"/api/v1/assignments/{rows[1].pk}/").status_code == 404
    assert clients["township"].get("/api/v1/assignments/").json()["count"] == 3
    assert clients["sup"].get("/api/v1/assignments/").json()["count"] == 6


def test_absent_and_forbidden_answer_alike(world):
    rows, clients = world[4], world[5]
    forbidden = clients["village"].get(f"/api/v1/assignments/{rows[5].pk}/")
    absent = clients["village"].get("/api/v1/assignments/999999/")
    huge = clients["village"].get(f"/api/v1/assignments/{2**63}/")
    assert forbidden.json() == absent.json() == huge.json()
    assert forbidden.status_code == absent.status_code == huge.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "?colour=red",
        "?state=nonsense",
        "?form=abc",
        "?ordering=password",
        "?page=1&page=2",
        "?due_on=2026-02-30",
    ],
)
def test_wrong_filter_is_400_never_all_rows(world, query):
    answer = world[5]["sup"].get(f"/api/v1/assignments/{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_page_size_goes_up_to_200(world):
    body = world[5]["sup"].get("/api/v1/assignments/?page_size=2").json()
    assert (len(body["results"]), body["count"]) == (2, 6)
    assert world[5]["sup"].get("/api/v1/assignments/?page=99").status_code == 404


@pytest.mark.row("F11")
def test_village_fills_and_submits_by_api(world):
    _county, _form, low, poor, rows, clients = world
    for element, number in ((low, "16"), (poor, "4")):
        saved = _post(
            clients["village"],
            "/api/v1/values/",
            {"assignment": rows[0].pk, "element": element.pk, "value": number},
        )
        assert saved.status_code == 200, saved.json()
    version = clients["village"].get(f"/api/v1/assignments/{rows[0].pk}/").json()["version"]
    sent = _post(clients["village"], f"/api/v1/assignments/{rows[0].pk}/submit/", {"version": version})
    assert sent.status_code == 200, sent.json()
    assert sent.json()["state"] == "submitted"
    approved = _post(
        clients["township"], f"/api/v1/assignments/{rows[0].pk}/approve/", {"version": sent.json()["version"]}
    )
    assert approved.json()["state"] == "township_approved"
    accepted = _post(
        clients["department"],
        f"/api/v1/assignments/{rows[0].pk}/accept/",
        {"version": approved.json()["version"]},
    )
    assert accepted.json()["state"] == "accepted"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1.2万", "应填整数"),
        ("１２", "应填整数"),
        ("1,234", "应填整数"),
        ("约50", "应填整数"),
        ("1e400", "应填整数"),
    ],
)
def test_api_guesses_no_number(world, typed, sentence):
    _county, _form, low, _poor, rows, clients = world
    answer = _post(
        clients["village"], "/api/v1/values/", {"assignment": rows[0].pk, "element": low.pk, "value": typed}
    )
    assert answer.status_code == 400
    assert sentence in answer.json()["detail"]
    assert not Value.objects.exists()


def test_wrong_state_is_409_and_changes_nothing(world):
    rows, clients = world[4], world[5]
    answer = _post(
        clients["township"], f"/api/v1/assignments/{rows[0].pk}/approve/", {"version": rows[0].version}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert Assignment.objects.get(pk=rows[0].pk).state == "open"


def test_visible_but_not_allowed_is_403(world):
    rows, clients = world[4], world[5]
    answer = _post(clients["sup"], f"/api/v1/assignments/{rows[0].pk}/approve/", {"version": 1})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_unknown_key_in_body_is_refused(world):
    rows, clients = world[4], world[5]
    answer = _post(
        clients["township"], f"/api/v1/assignments/{rows[0].pk}/approve/", {"version": 1, "state": "accepted"}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "state"


@pytest.mark.row("F9")
def test_draft_with_pending_indicator_is_refused_by_rule(world):
    county, _form, _low, _poor, _rows, clients = world
    pending = make.element("待审指标", county.nongye, status="pending")
    draft = _draft(county.nongye, [pending])
    made = _post(clients["other"], "/api/v1/form-requests/", draft)
    if made.status_code == 201:
        made = _post(
            clients["other"],
            f"/api/v1/form-requests/{made.json()['id']}/submit/",
            {"version": made.json()["version"], "endorsed": True},
        )
    assert made.status_code == 422, made.json()
    assert made.json()["rule"]["code"] == "reports.element_not_standard"


@pytest.mark.row("F17")
@pytest.mark.row("F19")
def test_duplicate_is_422_and_rejection_passes(world):
    county, _form, low, poor, _rows, clients = world
    made = _post(clients["other"], "/api/v1/form-requests/", _draft(county.nongye, [low, poor]))
    assert made.status_code == 201, made.json()
    url = f"/api/v1/form-requests/{made.json()['id']}/"
    sent = _post(clients["other"], f"{url}submit/", {"version": made.json()["version"], "endorsed": True})
    assert sent.status_code == 200, sent.json()
    refused = _post(clients["dgb"], f"{url}admit/", {"version": sent.json()["version"]})
    assert refused.status_code == 422
    assert refused.json()["rule"]["code"] == "reports.duplicate"
    assert refused.json()["rule"]["strength"] == "hard"
    rejected = _post(
        clients["dgb"],
        f"{url}reject/",
        {"version": sent.json()["version"], "reason": "已有数据", "code": "duplicate"},
    )
    assert rejected.json()["state"] == "rejected"


@pytest.mark.row("F18")
def test_admission_gives_number_once_per_key(world):
    county, _form, _low, _poor, _rows, clients = world
    fresh = [make.element(name, county.nongye) for name in ("农机台数", "大棚面积")]
    made = _post(clients["other"], "/api/v1/form-requests/", _draft(county.nongye, fresh))
    url = f"/api/v1/form-requests/{made.json()['id']}/"
    sent = _post(clients["other"], f"{url}submit/", {"version": made.json()["version"], "endorsed": True})
    body = {"version": sent.json()["version"], "opinion": "同意"}
    first = _post(clients["dgb"], f"{url}admit/", body, HTTP_IDEMPOTENCY_KEY="k-1")
    again = _post(clients["dgb"], f"{url}admit/", body, HTTP_IDEMPOTENCY_KEY="k-1")
    assert first.status_code == again.status_code == 200, first.json()
    assert first.json()["number"] == again.json()["number"]
    assert first.json()["number"].startswith("伊表〔")
    assert again["Idempotency-Replayed"] == "true"
    other = _post(clients["dgb"], f"{url}admit/", {**body, "opinion": "另一"}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert FormRequest.objects.filter(state="admitted").count() == 1


def _draft(owner, elements):
    return {
        "requester_id": owner.pk,
        "name": "农业情况月报",
        "purpose": "掌握情况",
        "use": "调度",
        "basis": "部门职责",
        "sources": "已查指标库",
        "chosen": [{"element_id": element.pk} for element in elements],
    }


@pytest.mark.row("F3")
def test_indicator_is_proposed_and_activated(world):
    county, clients = world[0], world[5]
    made = _post(
        clients["other"],
        "/api/v1/elements/",
        {
            "name": "玉米面积",
            "definition": "当年种植面积",
            "unit": "亩",
            "source_unit": county.nongye.pk,
            "from_period": "2026-11",
        },
    )
    assert made.status_code == 201, made.json()
    assert made.json()["status"] == "pending"
    url = f"/api/v1/elements/{made.json()['id']}/activate/"
    assert _post(clients["other"], url, {"version": made.json()["version"]}).status_code == 403
    done = _post(clients["dgb"], url, {"version": made.json()["version"]})
    assert done.json()["status"] == "active"
    assert Element.objects.get(pk=made.json()["id"]).status == "active"


def test_rules_and_figures_are_read(world):
    clients = world[5]
    rules = clients["village"].get("/api/v1/rules/?code=reports.duplicate").json()["results"]
    assert [rule["strength"] for rule in rules] == ["hard"]
    figures = {row["code"]: row for row in clients["sup"].get("/api/v1/figures/").json()}
    assert figures["forms_in_force"]["value"] == "1.0000"
    assert clients["sup"].get("/api/v1/figures/?month=2026-13").status_code == 400


def test_schema_and_documentation_open(world):
    clients = world[5]
    assert clients["sup"].get("/api/v1/schema/").status_code == 200
    docs = clients["sup"].get("/api/v1/docs/")
    assert docs.status_code == 200
    assert b"<script>" not in docs.content
