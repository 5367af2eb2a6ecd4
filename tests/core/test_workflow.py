"""Steps, generated from every Workflow of the product: wrong states, stale versions, all or none, held rows."""

import importlib
import pkgutil
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.http import Http404

from core import audit, workflow
from core.errors import Busy, Invalid, NotAllowed, Stale, WrongState
from core.models import AuditEntry
from core.workflow import Step, Workflow
from reports.choices import FormState
from reports.models import Assignment
from reports.workflow_assignment import APPROVE, ASSIGNMENT, RETURN
from tests import factories
from tests.races import race


def all_workflows() -> list[Workflow]:
    """Every Workflow that a module of an app named workflow… declares."""
    found: dict[int, Workflow] = {}
    for config in apps.get_app_configs():
        if not config.path.startswith(str(apps.get_app_config("core").path.rsplit("/", 1)[0])):
            continue
        for module in pkgutil.iter_modules([config.path]):
            if module.name.startswith("workflow"):
                names = vars(importlib.import_module(f"{config.name}.{module.name}"))
                found |= {id(value): value for value in names.values() if isinstance(value, Workflow)}
    return sorted(found.values(), key=lambda one: one.model)


WORKFLOWS = all_workflows()
WRONG = [
    pytest.param(flow, step, state, id=f"{flow.model}-{step.name}-{state}")
    for flow in WORKFLOWS
    for step in flow.steps
    for state in flow.states.values
    if state not in step.from_
]
MOVES = [
    pytest.param(flow, step, state, id=f"{flow.model}-{state}-{step.name}")
    for flow in WORKFLOWS
    for step in flow.steps
    for state in sorted(step.from_)
    if step.to is not None
]


def an_element() -> models.Model:
    return factories.element("低保户数", factories.county().minzheng, status="pending")


def a_form() -> models.Model:
    here = factories.county()
    return factories.form(
        "防汛日报", here.minzheng, [factories.element("低保户数", here.minzheng)], here.villages
    )


def a_request() -> models.Model:
    here = factories.county()
    of = [factories.element("低保户数", here.minzheng)]
    draft = factories.form("防汛日报", here.minzheng, of, here.villages, state=FormState.DRAFT)
    return factories.request_for(draft)


def an_assignment() -> models.Model:
    here = factories.county()
    of = [factories.element("低保户数", here.minzheng)]
    row = factories.form("防汛日报", here.minzheng, of, here.villages)
    return factories.assignment(row, here.villages[0])


MAKERS: dict[str, Callable[[], models.Model]] = {
    "reports.Element": an_element,
    "reports.Form": a_form,
    "reports.FormRequest": a_request,
    "reports.Assignment": an_assignment,
}


def put(row: models.Model, field: str, state: str) -> None:
    """Set a state as no product code may."""
    with audit.act(audit.SYSTEM):
        type(row)._base_manager.filter(pk=row.pk).update(**{field: state})


def stored(row: models.Model, *names: str) -> Any:
    return type(row)._base_manager.values_list(*names).get(pk=row.pk)


def test_every_workflow_of_the_product_is_tried():
    assert {flow.model for flow in WORKFLOWS} == set(MAKERS)


@pytest.mark.django_db
@pytest.mark.parametrize(("flow", "step", "state"), WRONG)
def test_step_from_a_wrong_state_is_refused(flow: Workflow, step: Step, state: str):
    row = MAKERS[flow.model]()
    put(row, flow.field, state)
    before = AuditEntry.objects.count()
    label = flow.states(state).label
    with (
        pytest.raises(WrongState) as refused,
        workflow.take(
            step, type(row), row.pk, actor=audit.SYSTEM, reason="核对", field_name=flow.field
        ) as taken,
    ):
        raise AssertionError(taken)
    assert refused.value.message == f"当前为“{label}”，不能{step.label}。"
    assert stored(row, flow.field) == (state,)
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("flow", "step", "state"), MOVES)
def test_step_moves_the_row_and_leaves_one_entry(flow: Workflow, step: Step, state: str):
    row = MAKERS[flow.model]()
    put(row, flow.field, state)
    (version,) = stored(row, "version")
    before = AuditEntry.objects.count()
    with workflow.take(
        step, type(row), row.pk, actor=audit.SYSTEM, version=version, reason="核对", field_name=flow.field
    ):
        pass
    assert stored(row, flow.field, "version") == (step.to, version + 1)
    (entry,) = AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before]
    assert (entry.step, entry.verb, entry.reason) == (step.name, step.label, "核对")
    assert entry.after["version"] == version + 1
    assert entry.after.get(flow.field, step.to) == step.to


@pytest.mark.django_db
def test_step_without_its_reason_is_refused():
    row = an_assignment()
    put(row, "state", "submitted")
    for reason in ("", "  \n"):
        with (
            pytest.raises(Invalid) as refused,
            workflow.take(RETURN, Assignment, row.pk, actor=audit.SYSTEM, reason=reason),
        ):
            pass
        assert refused.value.errors == {"reason": "请写明退回修改的理由。"}
    assert stored(row, "state") == ("submitted",)


@pytest.mark.django_db
def test_step_against_an_older_version_is_refused():
    row = an_assignment()
    put(row, "state", "submitted")
    (version,) = stored(row, "version")
    for wrong in (version - 1, version + 1):
        with (
            pytest.raises(Stale),
            workflow.take(APPROVE, Assignment, row.pk, actor=audit.SYSTEM, version=wrong),
        ):
            pass
    assert stored(row, "state", "version") == ("submitted", version)


def submitted_month() -> list[Assignment]:
    """Three submitted assignments of 伊通镇's villages."""
    here = factories.county()
    row = factories.form(
        "防汛日报", here.minzheng, [factories.element("低保户数", here.minzheng)], here.villages
    )
    rows = [factories.assignment(row, village) for village in here.villages]
    for one in rows:
        put(one, "state", "submitted")
    return rows


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_one_row_in_a_wrong_state_moves_none(wrong: int):
    rows = submitted_month()
    put(rows[wrong], "state", "returned")
    before = AuditEntry.objects.count()
    with (
        pytest.raises(WrongState),
        workflow.take_many(APPROVE, Assignment, [row.pk for row in rows], actor=audit.SYSTEM),
    ):
        pass
    expected = ["submitted"] * 3
    expected[wrong] = "returned"
    assert [stored(row, "state")[0] for row in rows] == expected
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_failure_inside_the_step_moves_none():
    rows = submitted_month()
    before = AuditEntry.objects.count()
    with (  # noqa: PT012 - the failure has to come after a write
        pytest.raises(ZeroDivisionError),
        workflow.take_many(APPROVE, Assignment, [row.pk for row in rows], actor=audit.SYSTEM),
    ):
        Assignment.objects.filter(pk=rows[0].pk).update(typed=9)
        raise ZeroDivisionError
    assert [stored(row, "state", "typed") for row in rows] == [("submitted", 0)] * 3
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_many_rows_move_in_one_act_with_an_entry_each():
    rows = submitted_month()
    before = AuditEntry.objects.count()
    pks = [row.pk for row in rows]
    with workflow.take_many(APPROVE, Assignment, [*reversed(pks), pks[0]], actor=audit.SYSTEM) as taken:
        assert [row.pk for row in taken] == sorted(pks)
    entries = AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before]
    assert sorted(int(entry.object_id) for entry in entries) == sorted(pks)
    assert len({entry.act for entry in entries}) == 1


@pytest.mark.django_db
def test_absent_row_among_many_is_not_found():
    rows = submitted_month()
    with (
        pytest.raises(Http404),
        workflow.take_many(APPROVE, Assignment, [rows[0].pk, 10**12], actor=audit.SYSTEM),
    ):
        pass
    assert stored(rows[0], "state") == ("submitted",)


@pytest.mark.django_db
def test_actor_outside_scope_finds_nothing_and_inside_may_not():
    row = an_assignment()
    put(row, "state", "submitted")
    assert isinstance(row, Assignment)
    stranger = factories.person(
        "village", Assignment.objects.get(pk=row.pk).unit.parent.children.exclude(pk=row.unit_id)[0]
    )
    own = factories.person("village", row.unit)
    with pytest.raises(Http404), workflow.take(APPROVE, Assignment, row.pk, actor=stranger):
        pass
    with pytest.raises(NotAllowed), workflow.take(APPROVE, Assignment, row.pk, actor=own):
        pass
    assert stored(row, "state") == ("submitted",)


@pytest.mark.django_db
def test_service_may_not_end_where_the_step_does_not_allow():
    row = an_assignment()
    loose = Step(
        "loose", "试", frozenset({"open"}), None, "reports.fill", "测试", may_end_in=frozenset({"submitted"})
    )
    with pytest.raises(AssertionError), workflow.take(loose, Assignment, row.pk, actor=audit.SYSTEM) as taken:
        taken.state = "accepted"
    with workflow.take(loose, Assignment, row.pk, actor=audit.SYSTEM) as taken:
        taken.state = "submitted"
    assert stored(row, "state") == ("submitted",)


@pytest.mark.django_db(transaction=True)
def test_row_held_by_another_is_answered_busy():
    row = an_assignment()
    put(row, "state", "submitted")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Assignment.objects.select_for_update().get(pk=row.pk)
                held.set()
                done.wait(30)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    try:
        with (
            pytest.raises(Busy) as refused,
            workflow.take(APPROVE, Assignment, row.pk, actor=audit.SYSTEM),
        ):
            pass
    finally:
        done.set()
        holder.join()
    assert refused.value.message == "正在被他人处理，请稍后再试。"
    assert stored(row, "state") == ("submitted",)
    with workflow.take(APPROVE, Assignment, row.pk, actor=audit.SYSTEM):
        pass
    assert stored(row, "state") == ("township_approved",)


def six_at_once(row: Assignment) -> list[str]:
    """Six actors take the same step at a barrier; what each was answered."""

    def one() -> str:
        with workflow.take(APPROVE, Assignment, row.pk, actor=audit.SYSTEM):
            pass
        return "done"

    answers = race(*[one] * 6, expected=(WrongState, Busy))
    return sorted(each if isinstance(each, str) else each.code for each in answers)


@pytest.mark.django_db(transaction=True)
def test_of_six_approvers_at_once_one_wins():
    row = an_assignment()
    put(row, "state", "submitted")
    assert isinstance(row, Assignment)
    answers = six_at_once(row)
    assert answers.count("done") == 1
    assert len(answers) == 6
    assert AuditEntry.objects.filter(step="approve").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_several_approvers_win(monkeypatch):
    """Negative control: with the row lock taken away and all reads before the first write, the race is lost."""
    row = an_assignment()
    put(row, "state", "submitted")
    assert isinstance(row, Assignment)
    met = threading.Barrier(6)

    def unlocked(model: Any, pks: Any) -> list[Any]:
        rows = list(model._base_manager.filter(pk__in=list(pks)))
        met.wait(30)
        return rows

    monkeypatch.setattr(workflow, "_locked", unlocked)
    assert six_at_once(row).count("done") > 1


@pytest.mark.django_db
def test_offers_show_only_own_steps_of_the_state():
    row = an_assignment()
    assert isinstance(row, Assignment)
    own = factories.person("village", row.unit)
    offers = workflow.offers(ASSIGNMENT, row, own, lambda step: f"/{step.name}/")
    assert [offer.name for offer in offers] == ["submit", "refuse"]
    assert [(offer.url, offer.version, offer.allowed) for offer in offers] == [
        ("/submit/", 1, True),
        ("/refuse/", 1, True),
    ]
