"""Registration of an indicator: proposed, in use, superseded, retired."""

from core.workflow import Step, Workflow
from reports.choices import ElementStatus as S

REGISTRATION = "统一指标口径：一个指标一个口径，启用后方可用于报表"
UNUSED = "在用报表和待审申请不再使用的指标方可停用"

ACTIVATE = Step(
    "activate",
    "启用",
    frozenset({S.PENDING}),
    S.ACTIVE,
    "reports.manage_elements",
    REGISTRATION,
    primary=True,
)
DECLINE = Step(
    "decline",
    "不予启用",
    frozenset({S.PENDING}),
    S.RETIRED,
    "reports.manage_elements",
    REGISTRATION,
    needs_reason=True,
    danger=True,
    stock_reasons=(
        "已有同一指标，请直接使用。",
        "口径不清，请写明统计范围和时点后重新提出。",
        "可由现有指标计算得出。",
    ),
)
SUPERSEDE = Step(
    "supersede",
    "替代",
    frozenset({S.ACTIVE}),
    S.SUPERSEDED,
    "reports.manage_elements",
    REGISTRATION,
    needs_reason=True,
)
RETIRE = Step(
    "retire",
    "停用",
    frozenset({S.ACTIVE, S.SUPERSEDED}),
    S.RETIRED,
    "reports.manage_elements",
    UNUSED,
    needs_reason=True,
    danger=True,
    stock_reasons=("工作已结束，不再采集。", "已由其他指标替代。"),
)
REACTIVATE = Step(
    "reactivate",
    "重新启用",
    frozenset({S.RETIRED}),
    S.ACTIVE,
    "reports.manage_elements",
    REGISTRATION,
    needs_reason=True,
)

ELEMENT = Workflow(
    model="reports.Element",
    states=S,
    initial=S.PENDING,
    steps=(ACTIVATE, DECLINE, SUPERSEDE, RETIRE, REACTIVATE),
    field="status",
)
STEPS = {step.name: step for step in ELEMENT.steps}
