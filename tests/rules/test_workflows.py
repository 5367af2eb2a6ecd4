"""Workflows as drawn: every step has its source, starts from a state that is reached, and leads on or ends."""

import pytest
from django.apps import apps

from core.workflow import Step, Workflow
from tests.core.test_workflow import WORKFLOWS
from yitong_gov.roles import ROLES


def reached(flow: Workflow) -> set[str]:
    """States that some chain of steps reaches from the initial one."""
    found = {str(flow.initial)}
    while True:
        more = {
            target
            for step in flow.steps
            if step.from_ & found
            for target in ([step.to] if step.to is not None else step.may_end_in)
        }
        if more <= found:
            return found
        found |= more


def faults(flow: Workflow) -> list[str]:
    """What is wrong with a workflow, one sentence each."""
    known, here = set(flow.states.values), reached(flow)
    found = [f"{state} 从不到达" for state in sorted(known - here)]
    for step in flow.steps:
        targets = {step.to} if step.to is not None else set(step.may_end_in)
        if not step.source.strip():
            found.append(f"{step.name} 没有出处")
        if not step.from_ & here:
            found.append(f"{step.name} 不能开始")
        if not targets or (step.from_ | targets) - known:
            found.append(f"{step.name} 的状态不在列表中")
    leaving = {state for step in flow.steps for state in step.from_}
    found += [f"{state} 是死胡同" for state in sorted(here - leaving - set(flow.final))]
    names = [step.name for step in flow.steps]
    return found + [f"{name} 重名" for name in sorted(set(names)) if names.count(name) > 1]


@pytest.mark.parametrize("flow", WORKFLOWS, ids=lambda flow: flow.model)
def test_workflow_is_sound(flow):
    assert faults(flow) == []


@pytest.mark.parametrize("flow", WORKFLOWS, ids=lambda flow: flow.model)
def test_workflow_belongs_to_its_model(flow):
    model = apps.get_model(flow.model)
    field = model._meta.get_field(flow.field)
    assert field.choices == flow.states.choices
    assert field.default == flow.initial


@pytest.mark.parametrize("flow", WORKFLOWS, ids=lambda flow: flow.model)
def test_each_step_is_somebodys(flow):
    held = {permission for role in ROLES.values() for permission in role.permissions}
    assert {step.permission for step in flow.steps} - held == set()


def broken(**changes: object) -> list[str]:
    flow = next(flow for flow in WORKFLOWS if flow.model == "reports.Element")
    words = {
        "model": flow.model,
        "states": flow.states,
        "initial": flow.initial,
        "steps": flow.steps,
        "field": flow.field,
    }
    return faults(Workflow(**{**words, **changes}))


def test_faults_of_a_workflow_are_seen():
    flow = next(flow for flow in WORKFLOWS if flow.model == "reports.Element")
    first = flow.steps[0]
    nowhere = Step("nowhere", "无", frozenset({"mislaid"}), "active", "reports.view_elements", "")
    assert broken(steps=(*flow.steps, nowhere)) == [
        "nowhere 没有出处",
        "nowhere 不能开始",
        "nowhere 的状态不在列表中",
    ]
    assert broken(steps=(*flow.steps, first)) == [f"{first.name} 重名"]
    assert "active 从不到达" in broken(steps=())
    assert "pending 是死胡同" in broken(steps=())
